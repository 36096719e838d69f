"""Reviews over the wire: how many calls, what they carry, and what is done when GitHub will not have them."""

import base64
from typing import Any

import pytest

from bot.diff import Place, parse_diff, place
from bot.errors import RetryableError, UserError
from bot.events import Account, Comment, Repo
from bot.forges.github.adapter import GitHubForge
from bot.review import Comparison, Review, ReviewComment

REPO = Repo("ann", "sums")
PULL = "/repos/ann/sums/pulls/9"
REVIEWS = f"{PULL}/reviews"
BASE, START, HEAD = "a" * 40, "b" * 40, "c" * 40
SPAN = f"/repos/ann/sums/compare/{START}...{HEAD}"
DIFF = """\
diff --git a/a.txt b/a.txt
--- a/a.txt
+++ b/a.txt
@@ -1,4 +1,4 @@
 one
-two
+2
 three
 four
diff --git a/sh b/sh
old mode 100644
new mode 100755
diff --git "a/caf\\351" "b/caf\\351"
--- "a/caf\\351"
+++ "b/caf\\351"
@@ -1 +1 @@
-a
+b
"""
FILES = parse_diff(DIFF)
COMPARED = Comparison(BASE, START, HEAD, FILES)
ON_LINE = ReviewComment(place(FILES, "a.txt", 2, 2), "Why?", "zwei")
ON_RANGE = ReviewComment(place(FILES, "a.txt", 1, 3), "All this.")
ON_MODE = ReviewComment(place(FILES, "sh", 1, 1), "Executable?")
ANYWHERE = ReviewComment(Place(), "And the README?")


def pull(forge: GitHubForge, *comments: ReviewComment, body: str = "Hm. <!-- m -->") -> str:
    return forge.reviews.submit(REPO, 9, Review(COMPARED, body, comments))


def test_a_review_is_one_call_with_everything_in_it(scripted: Any, forge: GitHubForge) -> None:
    scripted.say("POST", REVIEWS, {"id": 5})
    assert pull(forge, ON_LINE, ON_RANGE, ON_MODE, ANYWHERE) == "5"
    (asked,) = scripted.asked
    assert asked.body == {
        "commit_id": HEAD,
        "event": "COMMENT",
        "body": "Hm. <!-- m -->\n\n**`sh`**\n\nExecutable?\n\n---\n\nAnd the README?",
        "comments": [
            {
                "path": "a.txt",
                "body": "Why?\n\n```suggestion\nzwei\n```",
                "side": "RIGHT",
                "line": 2,
            },
            {
                "path": "a.txt",
                "body": "All this.",
                "start_side": "RIGHT",
                "start_line": 1,
                "side": "RIGHT",
                "line": 3,
            },
        ],
    }


def test_a_line_that_github_will_not_have_costs_no_word(scripted: Any, forge: GitHubForge) -> None:
    refusal = {"message": "Unprocessable Entity", "errors": ["Pull request review thread line must be part of"]}
    scripted.say("POST", REVIEWS, refusal, status=422)
    scripted.say("POST", REVIEWS, {"id": 6})
    assert pull(forge, ON_LINE, ON_RANGE) == "6"
    assert scripted.asked[1].body["comments"] == []
    assert scripted.asked[1].body["body"] == (
        "Hm. <!-- m -->\n\n**`a.txt`**, line 2\n\nWhy?\n\nInstead:\n\n```\nzwei\n```"
        "\n\n**`a.txt`**, lines 1 to 3\n\nAll this."
    )


def test_a_review_that_is_refused_as_a_whole_is_refused(scripted: Any, forge: GitHubForge) -> None:
    scripted.say("POST", REVIEWS, {"message": "Unprocessable Entity", "errors": ["No."]}, status=422)
    with pytest.raises(UserError, match=r"No\."):
        pull(forge)
    assert len(scripted.asked) == 1


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_review_is_never_written_twice(scripted: Any, forge: GitHubForge, status: int) -> None:
    scripted.say("POST", REVIEWS, {"message": "Oh"}, status=status)
    with pytest.raises(RetryableError):
        pull(forge, ON_LINE)
    assert len(scripted.asked) == 1


def test_a_limit_is_no_refusal_of_lines(scripted: Any, forge: GitHubForge) -> None:
    scripted.say("POST", REVIEWS, {"message": "slow down"}, status=403, headers={"Retry-After": "7"})
    with pytest.raises(RetryableError):
        pull(forge, ON_LINE)
    assert len(scripted.asked) == 1


def test_nothing_longer_than_github_takes_is_sent(scripted: Any, forge: GitHubForge) -> None:
    scripted.say("POST", REVIEWS, {"id": 5})
    long = ReviewComment(ON_LINE.place, "x" * 70_000, "y")
    much = ReviewComment(ON_LINE.place, "Rather:", "y" * 70_000)
    many = [ReviewComment(Place(), f"{n} {'z' * 3000}") for n in range(40)]
    pull(forge, long, much, *many, body="<!-- top -->" + "w" * 30_000 + "<!-- m -->")
    pull(forge, body="<!-- top -->" + "w" * 70_000 + "<!-- m -->")
    pull(forge, ReviewComment(ON_LINE.place, "half of a character: \ud83d"))
    first, second, third = (asked.body for asked in scripted.asked)
    assert len(first["body"]) <= 65_536
    assert "remarks do not fit here" in first["body"]
    assert [len(said["body"]) <= 65_536 for said in first["comments"]] == [True, True]
    assert (first["comments"][1]["body"], third["comments"][0]["body"]) == ("Rather:", "half of a character: ?")
    assert len(second["body"]) <= 65_536
    for text in (first["body"], second["body"]):
        assert "<!-- top -->" in text
        assert "<!-- m -->" in text


def test_a_file_that_json_cannot_name_is_spoken_of_in_the_summary(scripted: Any, forge: GitHubForge) -> None:
    scripted.say("POST", REVIEWS, {"id": 5})
    pull(forge, ReviewComment(place(FILES, "caf\udce9", 1, 1), "A name!"))
    (asked,) = scripted.asked
    assert (asked.body["comments"], "**`caf?`**, line 1\n\nA name!" in asked.body["body"]) == ([], True)


def test_a_review_says_at_least_something(scripted: Any, forge: GitHubForge) -> None:
    scripted.say("POST", REVIEWS, {"id": 5})
    pull(forge, ON_LINE, body="")
    assert scripted.asked[0].body["body"]


def _ready_to_compare(scripted: Any) -> None:
    scripted.say("GET", PULL, {"base": {"sha": START}, "head": {"sha": HEAD}})
    scripted.say("GET", f"{SPAN}?page=2&per_page=1", {"merge_base_commit": {"sha": BASE}})


def test_a_comparison_takes_three_looks(scripted: Any, forge: GitHubForge) -> None:
    _ready_to_compare(scripted)
    scripted.say("GET", SPAN, DIFF)
    assert forge.reviews.compare(REPO, 9) == COMPARED
    scripted.say("GET", SPAN, "")
    forge.reviews.compare(REPO, 9)
    assert forge.reviews.compare(REPO, 9) == Comparison(BASE, START, HEAD, ())


@pytest.mark.parametrize(("status", "answer"), [(406, '{"message": "too large"}'), (200, f"{DIFF}diff --cc x\n")])
def test_what_github_does_not_show_is_asked_of_git_and_the_token_stays_secret(
    scripted: Any, forge: GitHubForge, status: int, answer: str
) -> None:
    _ready_to_compare(scripted)
    scripted.say("GET", SPAN, answer, status=status)
    with pytest.raises(UserError) as caught:
        forge.reviews.compare(REPO, 9)
    asked = [each for each in scripted.asked if each.path.startswith("/ann/sums.git/")]
    secret = base64.b64encode(b"x-access-token:sesame-token").decode()
    assert asked[0].authorization == f"Basic {secret}"
    assert secret not in str(caught.value)


def test_any_other_refusal_to_compare_is_one(scripted: Any, forge: GitHubForge) -> None:
    _ready_to_compare(scripted)
    with pytest.raises(UserError, match="Not Found"):
        forge.reviews.compare(REPO, 9)
    assert not [each for each in scripted.asked if ".git/" in each.path]


def test_the_oldest_review_of_ours_is_found_on_any_page(scripted: Any, forge: GitHubForge) -> None:
    others = [{"id": n, "body": "marker", "user": {"login": "eve"}} for n in range(99)]
    first = [*others, {"id": 99, "body": None, "user": None}]
    second = [{"id": n, "body": f"marker {n}", "user": {"login": "codex"}} for n in (100, 101)]
    scripted.say("GET", f"{REVIEWS}?page=1&per_page=100", first)
    scripted.say("GET", f"{REVIEWS}?page=2&per_page=100", second)
    assert forge.reviews.find(REPO, 9, "marker") == "100"
    assert forge.reviews.find(REPO, 9, "marker 7") is None


def _threads(*nodes: Any, after: str | None = None) -> dict[str, Any]:
    page = {"hasNextPage": after is not None, "endCursor": after}
    return {"data": {"repository": {"pullRequest": {"reviewThreads": {"nodes": nodes, "pageInfo": page}}}}}


def _node(id_: str, *comments: dict[str, Any], side: str = "RIGHT", **more: Any) -> dict[str, Any]:
    plain = {"isResolved": False, "path": "a.txt", "line": 2, "diffSide": side, "resolvedBy": None}
    return {"id": id_, **plain, "comments": {"nodes": list(comments)}, "begun": {"nodes": []}, **more}


SAID = {"databaseId": 3, "body": "Why?", "author": {"__typename": "Bot", "login": "codex"}}
GONE = {"databaseId": 4, "body": "So.", "author": None}


def test_conversations_are_read_to_the_last_page(scripted: Any, forge: GitHubForge) -> None:
    scripted.say("POST", "/api/graphql", _threads(_node("T1", SAID, GONE), _node("empty"), after="x"))
    scripted.say("POST", "/api/graphql", _threads(_node("T2", SAID, side="LEFT")))
    one, two = forge.reviews.threads(REPO, 9)
    assert [asked.body["variables"]["after"] for asked in scripted.asked] == [None, "x"]
    assert (one.id, one.line, two.line) == ("T1", 2, None)
    assert one.comments == (
        Comment("pulls/comments/3", "Why?", Account("codex[bot]", is_bot=True)),
        Comment("pulls/comments/4", "So.", Account("ghost")),
    )


def test_an_account_that_is_gone_put_no_thumb_down(scripted: Any, forge: GitHubForge) -> None:
    thumbs = [{"user": None}, {"user": {"login": "ann"}}]
    node = _node("T1", SAID, begun={"nodes": [{"reactions": {"nodes": thumbs}}]})
    scripted.say("POST", "/api/graphql", _threads(node))
    (found,) = forge.reviews.threads(REPO, 9)
    assert (found.thumbs_down, found.resolved_by, found.is_ours) == (("ann",), "", False)


@pytest.mark.parametrize(
    ("error", "kind", "mend"),
    [
        ({"type": "RATE_LIMITED", "message": "slow down"}, RetryableError, ""),
        ({"type": "FORBIDDEN", "message": "Resource not accessible"}, UserError, "pull_requests"),
        ({"type": "NOT_FOUND", "message": "no node"}, UserError, "exists"),
    ],
)
def test_what_graphql_refuses_is_put_into_our_words(
    scripted: Any, forge: GitHubForge, error: dict[str, str], kind: type[Exception], mend: str
) -> None:
    scripted.say("POST", "/api/graphql", {"data": None, "errors": [error]})
    with pytest.raises(kind, match=error["message"]) as caught:
        forge.reviews.resolve(REPO, 9, "T1")
    assert mend in getattr(caught.value, "mend", "")
