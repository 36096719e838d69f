"""The same reviews, given on every forge: each remark stands on exactly the lines it is about, or its text is kept."""

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from stories.forge_worlds import NAMES, Remark, World, Worlds

from bot.diff import Place, Side, parse_diff, place
from bot.errors import UserError
from bot.events import FileChange, Subject
from bot.forges.github.access import GitHubAccess
from bot.forges.github.adapter import GitHubForge
from bot.git import run_git
from bot.review import Comparison, Review, ReviewComment, Thread

BASE, BRANCH = "trunk", "codex/7-mend"
ODD = "größe/my notes.txt"
TEN = [f"line {n}" for n in range(1, 11)]
LONG = [f"line {n}" for n in range(1, 61)]
BEFORE = {"a.txt": TEN, "gone.txt": TEN[:3], "old name.txt": LONG, ODD: TEN, "end.txt": TEN, "long.txt": LONG}
AFTER = {
    "a.txt": [*TEN[:4], "five", "five and a half", *TEN[6:]],
    "gone.txt": None,
    "old name.txt": None,
    "new name.txt": [*LONG[:29], "thirty", *LONG[30:]],
    ODD: [*TEN[:8], "neun ``` \f", "zehn"],
    "end.txt": [*TEN[:9], "the end"],
    "long.txt": ["first", *LONG[1:59], "last"],
    "new.txt": ["one", "two"],
}


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worlds]:
    with Worlds(tmp_path_factory.mktemp("forges")) as made:
        yield made


@pytest.fixture(params=NAMES)
def world(request: pytest.FixtureRequest, tmp_path: Path, worlds: Worlds) -> World:
    return worlds.make(request.param, tmp_path)


def content(path: str, lines: list[str] | None) -> FileChange:
    """Return a file of lines; of those called "end" the last one has no LF."""
    if lines is None:
        return FileChange(path, None)
    return FileChange(path, ("\n".join(lines) + ("" if path.startswith("end") else "\n")).encode())


@dataclasses.dataclass
class Proposed:
    """A pull request from BRANCH into BASE, which has gone on meanwhile."""

    world: World
    number: int
    shas: tuple[str, str, str]
    compared: Comparison

    def at(self, path: str, first: int, last: int, side: Side = Side.NEW) -> Place:
        return place(self.compared.files, path, first, last, side)

    def say(self, *comments: ReviewComment, body: str = "Some things.") -> str:
        review = Review(self.compared, body, comments)
        return self.world.forge.reviews.submit(self.world.repo, self.number, review)


def propose(
    world: World, before: Mapping[str, list[str]] = BEFORE, after: Mapping[str, list[str] | None] = AFTER
) -> Proposed:
    forge, repo = world.forge, world.repo
    start = forge.head(repo, "main")
    assert start is not None
    files = [content(path, lines) for path, lines in before.items()]
    left = forge.commit(repo, branch=BASE, parent=start, message="Before", changes=files)
    changed = [content(path, lines) for path, lines in after.items()]
    head = forge.commit(repo, branch=BRANCH, parent=left, message="After", changes=changed)
    tip = forge.commit(repo, branch=BASE, parent=left, message="Go on", changes=[FileChange("sums.py", b"x = 1\n")])
    pull = forge.open_pull_request(repo, branch=BRANCH, base=BASE, title="T", body="", draft=False)
    return Proposed(world, pull.number, (left, tip, head), forge.reviews.compare(repo, pull.number))


def of_git(world: World, left: str, head: str) -> str:
    """Return what git itself says of the change."""
    for branch in (BASE, BRANCH):
        world.tree(branch)
    clone = world.folder / "clone.git"
    return run_git(["diff", "--find-renames", left, head], cwd=clone).decode()


def test_what_is_compared_is_what_git_compares(world: World) -> None:
    proposed = propose(world)
    left, tip, head = proposed.shas
    assert (proposed.compared.base, proposed.compared.start, proposed.compared.head) == (left, tip, head)
    assert proposed.compared.files == parse_diff(of_git(world, left, head))
    assert [file.path for file in proposed.compared.files if file.old_path != file.new_path] == [
        "gone.txt",
        "new name.txt",
        "new.txt",
    ]


def test_a_change_that_is_too_large_to_show_is_compared_all_the_same(world: World) -> None:
    many = {f"many/{n}.txt": ["x"] for n in range(301)}
    proposed = propose(world, {"a.txt": TEN}, many)
    left, tip, head = proposed.shas
    assert len(proposed.compared.files) == 301
    assert (proposed.compared.base, proposed.compared.start, proposed.compared.head) == (left, tip, head)
    assert proposed.compared.files == parse_diff(of_git(world, left, head))


def test_remarks_stand_on_the_lines_they_are_about(world: World) -> None:
    proposed = propose(world)
    wanted = [
        ("a.txt", Side.NEW, 5, 5),  # added
        ("a.txt", Side.OLD, 5, 6),  # removed
        ("a.txt", Side.NEW, 2, 2),  # unchanged
        ("a.txt", Side.NEW, 4, 7),  # a range over all of these
        ("new name.txt", Side.NEW, 30, 30),
        (ODD, Side.NEW, 9, 10),
        ("end.txt", Side.NEW, 10, 10),  # the last line, which has no LF
        ("long.txt", Side.NEW, 60, 60),  # in the second hunk
        ("new.txt", Side.NEW, 1, 2),
        ("gone.txt", Side.OLD, 1, 3),
    ]
    comments = [
        ReviewComment(proposed.at(path, first, last, side), f"{path} {first}") for path, side, first, last in wanted
    ]
    proposed.say(*comments)
    expected = [Remark(path, str(side), first, last, f"{path} {first}") for path, side, first, last in wanted]
    assert sorted(world.reviewed(proposed.number).remarks, key=repr) == sorted(expected, key=repr)


def test_a_range_is_cut_to_what_one_hunk_shows(world: World) -> None:
    proposed = propose(world)
    proposed.say(ReviewComment(proposed.at("long.txt", 2, 59), "Long."))
    assert [(r.first, r.last) for r in world.reviewed(proposed.number).remarks] == [(57, 59)]


@pytest.mark.parametrize(
    ("lines", "text", "after"),
    [
        (("a.txt", 5, 6), "5", [*TEN[:4], "5", *TEN[6:]]),
        (("a.txt", 6, 6), "", [*TEN[:4], "five", *TEN[6:]]),
        (("a.txt", 7, 7), "more\n\nlines", [*TEN[:4], "five", "five and a half", "more", "", "lines", *TEN[7:]]),
        ((ODD, 9, 9), "````\n``` `", [*TEN[:8], "````", "``` `", "zehn"]),
        (("new.txt", 1, 2), "  indented\t", ["  indented\t"]),
    ],
)
def test_a_suggestion_puts_its_lines_in_place_of_exactly_those(
    world: World, lines: tuple[str, int, int], text: str, after: list[str]
) -> None:
    proposed = propose(world)
    proposed.say(ReviewComment(proposed.at(*lines), "Rather so:", text))
    (remark,) = world.reviewed(proposed.number).remarks
    assert remark.suggestion is not None
    there = world.tree(BRANCH)[remark.path][1].decode().split("\n")
    there[remark.first - 1 : remark.last] = remark.suggestion.split("\n")[:-1]
    assert there == [*after, ""]


def test_a_review_is_found_again_by_its_marker(world: World) -> None:
    proposed = propose(world)
    reviews = world.forge.reviews
    assert reviews.find(world.repo, proposed.number, "marker-1") is None
    first, _ = (proposed.say(body="Once. <!-- marker-1 -->") for _ in range(2))
    assert reviews.find(world.repo, proposed.number, "marker-1") == first
    assert reviews.find(world.repo, proposed.number, "marker-2") is None


def test_a_conversation_is_answered_and_settled(world: World) -> None:
    proposed = propose(world)
    reviews, repo, number = world.forge.reviews, world.repo, proposed.number
    proposed.say(
        ReviewComment(proposed.at("a.txt", 5, 5), "Why?"), ReviewComment(proposed.at("a.txt", 6, 6, Side.OLD), "Old.")
    )
    why, old = sorted(reviews.threads(repo, number), key=lambda thread: thread.comments[0].body, reverse=True)
    assert (why.path, why.line, why.is_resolved, why.comments[0].body) == ("a.txt", 5, False, "Why?")
    assert old.line is None
    answer = reviews.reply(repo, number, why.id, "Because.")
    for _ in range(2):  # one that is settled already is no error
        reviews.resolve(repo, number, why.id)
    found = {thread.id: thread for thread in reviews.threads(repo, number)}
    assert [comment.body for comment in found[why.id].comments] == ["Why?", "Because."]
    assert found[why.id].comments[1] == answer
    assert (found[why.id].is_resolved, found[old.id].is_resolved) == (True, False)
    assert answer.author == why.comments[0].author


def test_our_own_summaries_are_read_back_the_oldest_first(world: World) -> None:
    proposed = propose(world)
    assert list(world.forge.reviews.summaries(world.repo, proposed.number)) == []
    proposed.say(ReviewComment(proposed.at("a.txt", 5, 5), "On a line."), body="One. <!-- m-1 -->")
    proposed.say(ReviewComment(proposed.at("long.txt", 30, 31), "On none. <!-- m-3 -->"), body="Two. <!-- m-2 -->")
    if world.ann is not world.forge:
        world.ann.reviews.submit(world.repo, proposed.number, Review(proposed.compared, "Hers. <!-- m-4 -->"))
    first, second = world.forge.reviews.summaries(world.repo, proposed.number)
    assert first == "One. <!-- m-1 -->"
    assert second.startswith("Two. <!-- m-2 -->")
    threads = world.forge.reviews.threads(world.repo, proposed.number)
    on_files = [thread.comments[0].body for thread in threads if thread.line is None]
    assert "On none. <!-- m-3 -->" in "".join([second, *on_files]), "what has no line is found in one of the two"


def test_a_conversation_is_found_and_answered_by_what_a_comment_in_it_is_called(world: World) -> None:
    """As deliveries call it: GitHub's know no conversation, only the comment that began it."""
    proposed = propose(world)
    reviews, repo, number = world.forge.reviews, world.repo, proposed.number
    proposed.say(ReviewComment(proposed.at("a.txt", 5, 5), "Why?"), ReviewComment(proposed.at("a.txt", 7, 7), "Else."))
    (why,) = (thread for thread in reviews.threads(repo, number) if thread.line == 5)
    called = why.comments[0].id if world.forge.name == "github" else why.id
    reviews.reply(repo, number, called, "Because.")
    found = reviews.thread(repo, number, called)
    assert found is not None
    assert (found.id, [comment.body for comment in found.comments]) == (why.id, ["Why?", "Because."])


THUMB_DOWN = {"github": "-1", "gitlab": "thumbsdown"}
WITH_PEOPLE = [name for name in NAMES if name != "local"]


def begun(world: World) -> tuple[Proposed, Callable[[], Thread]]:
    """Return a pull request with one remark of ours, and how to look at the conversation that it began."""
    proposed = propose(world)
    proposed.say(ReviewComment(proposed.at("a.txt", 5, 5), "Why?"))
    (first,) = world.forge.reviews.threads(world.repo, proposed.number)

    def look() -> Thread:
        found = world.forge.reviews.thread(world.repo, proposed.number, first.id)
        assert found is not None
        assert [found] == list(world.forge.reviews.threads(world.repo, proposed.number))
        return found

    return proposed, look


def test_a_conversation_that_we_began_is_known_as_ours_and_so_is_our_settling_it(world: World) -> None:
    proposed, look = begun(world)
    assert (look().is_ours, look().people, look().resolved_by, look().may_be_settled) == (True, (), "", True)
    world.forge.reviews.reply(world.repo, proposed.number, look().id, "Mended.")
    world.forge.reviews.resolve(world.repo, proposed.number, look().id)
    assert look().resolved_by == look().us == look().comments[1].author.login
    assert (look().people, look().may_be_settled) == ((), False)
    gone = "f" * 40 if world.forge.name == "gitlab" else "gone"
    assert world.forge.reviews.thread(world.repo, proposed.number, gone) is None


@pytest.mark.parametrize("name", WITH_PEOPLE)
def test_what_a_person_says_or_does_in_our_conversation_is_known(name: str, tmp_path: Path, worlds: Worlds) -> None:
    world = worlds.make(name, tmp_path)
    proposed, look = begun(world)
    subject = Subject(proposed.number, is_pull_request=True)
    world.forge.react(world.repo, subject, look().comments[0].id, "eyes")
    assert look().thumbs_down == ()
    for _ in range(2):
        with contextlib.suppress(UserError):  # one forge refuses the second
            world.ann.react(world.repo, subject, look().comments[0].id, THUMB_DOWN[world.forge.name])
    assert look().thumbs_down == ("ann",)
    assert look().may_be_settled, "a thumb is no word"
    world.ann.reviews.reply(world.repo, proposed.number, look().id, "Because.")
    assert (look().is_ours, look().people, look().may_be_settled) == (True, ("ann",), False)
    world.ann.reviews.resolve(world.repo, proposed.number, look().id)
    assert (look().is_resolved, look().resolved_by) == (True, "ann")


@pytest.mark.parametrize("name", WITH_PEOPLE)
def test_a_conversation_that_a_person_began_is_not_ours(name: str, tmp_path: Path, worlds: Worlds) -> None:
    world = worlds.make(name, tmp_path)
    proposed = propose(world)
    comment = ReviewComment(proposed.at("a.txt", 5, 5), "Mine.")
    world.ann.reviews.submit(world.repo, proposed.number, Review(proposed.compared, "Hers.", (comment,)))
    (hers,) = world.forge.reviews.threads(world.repo, proposed.number)
    assert (hers.is_ours, hers.people, hers.may_be_settled) == (False, ("ann",), False)
    world.forge.reviews.reply(world.repo, proposed.number, hers.id, "Yes?")
    (hers,) = world.forge.reviews.threads(world.repo, proposed.number)
    assert (hers.is_ours, hers.people) == (False, ("ann",))


def test_what_has_no_line_in_the_diff_is_said_of_the_file_or_of_the_whole(world: World) -> None:
    proposed = propose(world)
    proposed.say(
        ReviewComment(proposed.at("long.txt", 30, 31), "Between the hunks."),
        ReviewComment(proposed.at("nowhere.txt", 1, 1), "In another file."),
        ReviewComment(proposed.at("a.txt", 5, 5), "On a line."),
    )
    found = world.reviewed(proposed.number)
    for said in ("Between the hunks.", "In another file."):
        assert sum(said in text for text in found.texts) == 1
    assert [(each.path, each.body) for each in found.remarks] == [("a.txt", "On a line.")]


@pytest.mark.parametrize("act", ["compare", "submit", "reply", "resolve"])
def test_conversations_and_pull_requests_that_are_not_there(world: World, act: str) -> None:
    proposed = propose(world)
    reviews, repo = world.forge.reviews, world.repo
    acts: dict[str, Callable[[], object]] = {
        "compare": lambda: reviews.compare(repo, 4711),
        "submit": lambda: reviews.submit(repo, 4711, Review(proposed.compared, "Hello?")),
        "reply": lambda: reviews.reply(repo, proposed.number, "none", "Hello?"),
        "resolve": lambda: reviews.resolve(repo, proposed.number, "none"),
    }
    with pytest.raises(UserError):
        acts[act]()


def test_a_stranger_who_copies_our_marker_gave_no_review_of_ours(tmp_path: Path, worlds: Worlds) -> None:
    world = worlds.make("github-app", tmp_path)
    proposed = propose(world)
    server = worlds.server("github")
    forge = GitHubForge(GitHubAccess(server.url, token=server.token_for("ann")))
    forge.reviews.submit(world.repo, proposed.number, Review(proposed.compared, "copied: marker-1"))
    assert world.forge.reviews.find(world.repo, proposed.number, "marker-1") is None
    ours = proposed.say(body="ours: marker-1")
    assert world.forge.reviews.find(world.repo, proposed.number, "marker-1") == ours
