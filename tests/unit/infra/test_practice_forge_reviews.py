"""Reviews with comments on lines, over the REST API, with GitHub's refusals."""

from typing import Any

import pytest
from stories.demo_repository import Ask, branch, commit, tip

from infra.practice_forge.server import PracticeForge

OLD = "".join(f"line {n}\n" for n in range(1, 41))
NEW = OLD.replace("line 5\n", "five\nand a half\n").replace("line 30\n", "")
OUTSIDE = (
    "Pull request review thread line must be part of the diff and Pull request review thread diff hunk can't be blank"
)
OUTSIDE_RANGE = (
    "Pull request review thread line must be part of the diff, Pull request review thread start line must be part of "
    "the same hunk as the line., and Pull request review thread diff hunk can't be blank"
)


@pytest.fixture
def pull(ask: Ask) -> str:
    """Return the address of a pull request over two hunks of one file."""
    below = commit(ask, "text.txt", OLD, tip(ask))
    ask("bot", "PATCH", "/git/refs/heads/main", {"sha": below})
    sha = commit(ask, "text.txt", NEW, below)
    ask("bot", "POST", "/git/refs", {"ref": "refs/heads/topic", "sha": sha})
    number = ask("bot", "POST", "/pulls", {"title": "T", "head": "topic", "base": "main"}).json()["number"]
    return f"/pulls/{number}"


def at(line: int, **more: Any) -> dict[str, Any]:
    return {"path": "text.txt", "body": f"on {line}", "line": line, **more}


def review(ask: Ask, pull: str, *comments: dict[str, Any], who: str = "bot", **more: Any) -> Any:
    fields = {"event": "COMMENT", "body": "Two things.", "comments": list(comments), **more}
    return ask(who, "POST", f"{pull}/reviews", {key: value for key, value in fields.items() if value is not None})


def test_comments_stand_on_added_removed_and_unchanged_lines_and_on_ranges(ask: Ask, pull: str) -> None:
    given = review(
        ask,
        pull,
        at(6),
        at(5, side="LEFT"),
        at(8),
        at(6, start_line=4, start_side="RIGHT"),
        {"path": "text.txt", "body": "old words", "position": 4},
    )
    assert (given.status_code, given.json()["state"]) == (200, "COMMENTED"), given.text
    comments = ask("ann", "GET", f"{pull}/reviews/{given.json()['id']}/comments").json()
    assert [(c["side"], c["line"], c["start_line"]) for c in comments] == [
        ("RIGHT", 6, None),
        ("LEFT", 5, None),
        ("RIGHT", 8, None),
        ("RIGHT", 6, 4),
        ("LEFT", 5, None),
    ]
    assert comments[0]["diff_hunk"].endswith("-line 5\n+five\n+and a half")
    assert [c["id"] for c in ask("eve", "GET", f"{pull}/comments").json()] == [c["id"] for c in comments]
    assert ask("ann", "GET", pull).json()["review_comments"] == 5


@pytest.mark.parametrize(
    ("comment", "error"),
    [
        (at(20), OUTSIDE),
        (at(20, start_line=18), OUTSIDE_RANGE),
        (at(8, side="LEFT"), OUTSIDE),
        (at(4711), OUTSIDE),
        (at(6, start_line=6), "Pull request review thread start line must precede the end line."),
        (at(4, start_line=6), "Pull request review thread start line must precede the end line."),
        (at(28, start_line=5), "Pull request review thread start line must be part of the same hunk as the line."),
        (at(6, path="none.txt"), "Path could not be resolved"),
        (at(6, body=" "), "Body can't be blank"),
        (at(6, body="x" * 65_537), "Body is too long (maximum is 65536 characters)"),
        ({"path": "text.txt", "body": "x", "position": 4711}, OUTSIDE),
    ],
)
def test_one_comment_that_cannot_stand_refuses_the_whole_review(
    ask: Ask, pull: str, comment: dict[str, Any], error: str
) -> None:
    refused = review(ask, pull, at(6), comment)
    assert (refused.status_code, refused.json()["message"], refused.json()["errors"]) == (
        422,
        "Unprocessable Entity",
        [error],
    )
    assert ask("ann", "GET", f"{pull}/reviews").json() == []
    assert ask("ann", "GET", f"{pull}/comments").json() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"comments": [{"path": "text.txt", "body": "nowhere"}]},
        {"comments": [at(6, side="MIDDLE")]},
        {"comments": [{"path": "text.txt", "body": "a word", "line": "6"}]},
        {"comments": [{"path": "text.txt", "body": "true is 1", "line": True}]},
        {"comments": [{"body": "no path", "line": 6}]},
        {"body": " "},
        {"body": "x" * 65_537},
        {"event": "LOVE"},
        {"commit_id": "0" * 40},
        {"commit_id": "HEAD"},
    ],
)
def test_reviews_that_cannot_be(ask: Ask, pull: str, changes: dict[str, Any]) -> None:
    assert review(ask, pull, **changes).status_code == 422
    assert ask("bot", "GET", f"{pull}/reviews").json() == []


def test_a_review_is_kept_back_until_it_is_submitted(ask: Ask, pull: str) -> None:
    kept = review(ask, pull, at(6), event=None)
    assert (kept.json()["state"], "submitted_at" in kept.json()) == ("PENDING", False)
    path = f"{pull}/reviews/{kept.json()['id']}"
    assert ask("ann", "GET", f"{pull}/reviews").json() == ask("ann", "GET", f"{pull}/comments").json() == []
    assert ask("ann", "GET", path).status_code == 404
    for second in (review(ask, pull, at(6)), ask("bot", "POST", f"{pull}/comments", comment_at(ask, pull, 6))):
        assert (second.status_code, second.json()["errors"]) == (
            422,
            ["User can only have one pending review per pull request"],
        )
    assert ask("bot", "POST", f"{path}/events", {"event": "APPROVE"}).status_code == 422  # its own work
    given = ask("bot", "POST", f"{path}/events", {"event": "COMMENT", "body": "Now."}).json()
    assert (given["state"], given["body"]) == ("COMMENTED", "Now.")
    assert ask("bot", "POST", f"{path}/events", {"event": "COMMENT"}).status_code == 422
    assert ask("bot", "DELETE", path).status_code == 422
    assert ask("ann", "PUT", path, {"body": "mine"}).status_code == 403
    assert ask("bot", "PUT", path, {"body": "Better."}).json()["body"] == "Better."
    assert len(ask("ann", "GET", f"{pull}/comments").json()) == 1


def test_a_review_that_nobody_saw_is_thrown_away_with_its_comments(ask: Ask, pull: str) -> None:
    path = f"{pull}/reviews/{review(ask, pull, at(6), event=None).json()['id']}"
    assert ask("bot", "DELETE", path).json()["state"] == "PENDING"
    assert ask("bot", "GET", path).status_code == 404
    assert review(ask, pull, at(6)).status_code == 200


def comment_at(ask: Ask, pull: str, line: int, **more: Any) -> dict[str, Any]:
    return {"commit_id": ask("bot", "GET", pull).json()["head"]["sha"], **at(line), **more}


def test_a_single_comment_is_written_answered_edited_and_deleted(ask: Ask, pull: str) -> None:
    first = ask("ann", "POST", f"{pull}/comments", comment_at(ask, pull, 6))
    assert first.status_code == 201, first.text
    number = first.json()["id"]
    answers = [
        ask("bob", "POST", f"{pull}/comments/{number}/replies", {"body": "Yes."}),
        ask("bot", "POST", f"{pull}/comments", {"body": "Done.", "in_reply_to": number}),
    ]
    assert [(a.status_code, a.json()["in_reply_to_id"], a.json()["line"]) for a in answers] == [(201, number, 6)] * 2
    deep = ask("bob", "POST", f"{pull}/comments/{answers[0].json()['id']}/replies", {"body": "No."})
    assert deep.status_code == 422
    path = f"/pulls/comments/{number}"
    assert ask("bob", "PATCH", path, {"body": "mine"}).status_code == 403
    assert ask("ann", "PATCH", path, {"body": "better"}).json()["body"] == "better"
    assert ask("eve", "GET", path).json()["body"] == "better"
    eyes = [ask("bot", "POST", f"{path}/reactions", {"content": "eyes"}).status_code for _ in range(2)]
    assert (eyes, ask("bot", "GET", f"{path}/reactions").json()[0]["content"]) == ([201, 200], "eyes")
    assert ask("ann", "DELETE", path).status_code == 204
    assert ask("ann", "GET", path).status_code == 404
    assert len(ask("ann", "GET", f"{pull}/comments").json()) == 2


def test_a_comment_stands_on_a_whole_file(ask: Ask, pull: str) -> None:
    wish = {key: value for key, value in comment_at(ask, pull, 6).items() if key != "line"}
    said = ask("ann", "POST", f"{pull}/comments", {**wish, "subject_type": "file"})
    assert (said.status_code, said.json()["subject_type"], said.json()["line"]) == (201, "file", None)
    assert ask("ann", "POST", f"{pull}/comments", wish).status_code == 422
    assert ask("ann", "POST", f"{pull}/comments", {**wish, "line": 6, "subject_type": "file"}).status_code == 422


def test_a_single_comment_outside_the_diff_names_the_field(ask: Ask, pull: str) -> None:
    refused = ask("ann", "POST", f"{pull}/comments", comment_at(ask, pull, 20)).json()
    assert refused["message"] == "Validation Failed"
    assert [(e["field"], e["code"]) for e in refused["errors"]] == [
        ("pull_request_review_thread.line", "custom"),
        ("pull_request_review_thread.diff_hunk", "custom"),
    ]


def test_a_comment_moves_with_its_line_and_is_outdated_when_that_goes(ask: Ask, pull: str) -> None:
    review(ask, pull, at(6), at(31, start_line=29))
    for text, lines in ((f"new\n{NEW}", [7, 32]), (NEW.replace("and a half\n", ""), [None, 30]), (NEW, [6, 31])):
        sha = commit(ask, "text.txt", text, ask("bot", "GET", pull).json()["head"]["sha"])
        ask("bot", "PATCH", "/git/refs/heads/topic", {"sha": sha})
        comments = ask("ann", "GET", f"{pull}/comments").json()
        assert [c["line"] for c in comments] == lines
        assert [c["original_line"] for c in comments] == [6, 31]
        assert comments[1]["start_line"] == lines[1] - 2


def test_the_app_is_told_of_reviews_and_their_comments(forge: PracticeForge, ask: Ask, pull: str) -> None:
    forge.send_webhooks_to("http://127.0.0.1:9/hook")  # nobody listens, but what was sent is kept
    given = review(ask, pull, at(6), who="bob", event="REQUEST_CHANGES").json()
    sent = [(d.parcel.event, d.parcel.action) for d in forge.deliveries()]
    assert sorted(sent) == [("pull_request_review", "submitted"), ("pull_request_review_comment", "created")]
    assert given["state"] == "CHANGES_REQUESTED"


def test_a_strangers_pull_request_takes_no_review_from_an_app_without_permission(
    forge: PracticeForge, ask: Ask, pull: str
) -> None:
    forge.grant({"pull_requests": "read"})
    assert review(ask, pull, at(6)).status_code == 403


def test_large_diffs_are_refused_as_text_and_large_files_come_without_a_patch(ask: Ask) -> None:
    sha = commit(ask, "large.txt", "x\n" * 20_001, tip(ask))
    ask("bot", "POST", "/git/refs", {"ref": "refs/heads/large", "sha": sha})
    ask("bot", "POST", "/pulls", {"title": "T", "head": "large", "base": "main"})
    for path in ("/pulls/1", f"/compare/main...{sha}"):
        refused = ask("bot", "GET", path, Accept="application/vnd.github.diff")
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (406, "too_large")
    file = ask("bot", "GET", "/pulls/1/files").json()[0]
    assert (file["filename"], file["additions"], "patch" in file) == ("large.txt", 20_001, False)
    branch(ask, "small")
    ask("bot", "POST", "/pulls", {"title": "T", "head": "small", "base": "main"})
    assert "patch" in ask("bot", "GET", "/pulls/2/files").json()[0]


def test_an_answer_that_is_known_is_neither_sent_nor_counted_again(ask: Ask, pull: str) -> None:
    first = ask("ann", "GET", pull)
    again = ask("ann", "GET", pull, **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert again.headers["X-RateLimit-Used"] == first.headers["X-RateLimit-Used"]
    ask("ann", "PATCH", pull, {"title": "T!"})
    changed = ask("ann", "GET", pull, **{"If-None-Match": first.headers["ETag"]})
    assert (changed.status_code, changed.json()["title"]) == (200, "T!")
    assert int(changed.headers["X-RateLimit-Used"]) == int(first.headers["X-RateLimit-Used"]) + 2
