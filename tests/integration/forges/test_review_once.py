"""A review on both dialects of the practice forge, whose answers get lost one by one: all stands there once."""

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from stories.forge_worlds import World, Worlds
from stories.review_desk import ReviewDesk, checked, given

from bot.diff import place
from bot.events import FileChange, Permission
from bot.review import Comparison, Review, ReviewComment
from infra.practice_forge.faults import Fault
from tasks.publish import Publisher
from tasks.review.markers import conversations, marked
from tasks.review.signs import Dismissal, dismissals

_WHEN: tuple[Literal["before", "after"], ...] = ("before", "after")
NAMES = ("a" * 20, "b" * 20)
LINES = [f"line {n}" for n in range(1, 11)]
# Every request that the story makes of a forge, by what it is for.
GITHUB = (
    ("GET", r"/pulls/\d+/reviews"),
    ("POST", r"/pulls/\d+/reviews"),
    ("POST", r"/comments/\d+/replies"),
    ("POST", r"/graphql"),
    ("POST", r"/check-runs"),
)
GITLAB = (
    ("GET", r"/merge_requests/\d+/notes"),
    ("GET", r"/draft_notes"),
    ("POST", r"/draft_notes$"),
    ("POST", r"/draft_notes/bulk_publish"),
    ("GET", r"/discussions/"),
    ("GET", r"/award_emoji"),
    ("POST", r"/discussions/[0-9a-f]+/notes"),
    ("PUT", r"/discussions/"),
    ("POST", r"/statuses/"),
)
CASES = [
    (dialect, Fault(re.compile(path), method, times=1, status=502, delay_s=0.0, when=when))
    for dialect, asked in (("github-app", GITHUB), ("gitlab", GITLAB))
    for method, path in asked
    for when in _WHEN
]


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worlds]:
    with Worlds(tmp_path_factory.mktemp("forges")) as made:
        yield made


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[ReviewDesk]:
    made = ReviewDesk(tmp_path)
    yield made
    made.close()


@dataclasses.dataclass
class Pull:
    """A pull request that changes one file, with the conversation that an earlier review of ours began."""

    world: World
    number: int
    compared: Comparison
    earlier: str

    def review(self) -> Review:
        at = [place(self.compared.files, "a.txt", line, line) for line in (2, 5)]
        remarks = [ReviewComment(spot, marked("Why?", [name])) for spot, name in zip(at, NAMES, strict=True)]
        return given(self.compared, *remarks)

    def act(self, publisher: Publisher) -> None:
        publisher.review(self.review())
        publisher.answer_thread(self.earlier, "Fixed.", "f1")
        publisher.resolve_thread(self.earlier, "f1")
        publisher.check(checked(self.compared.head))


def propose(world: World) -> Pull:
    forge, repo = world.forge, world.repo
    start = forge.head(repo, "main")
    assert start is not None
    changed = [*LINES[:1], "two", *LINES[2:4], "five", *LINES[5:]]
    before = [FileChange("a.txt", ("\n".join(LINES) + "\n").encode())]
    base = forge.commit(repo, branch="trunk", parent=start, message="Before", changes=before)
    after = [FileChange("a.txt", ("\n".join(changed) + "\n").encode())]
    forge.commit(repo, branch="topic", parent=base, message="After", changes=after)
    number = forge.open_pull_request(repo, branch="topic", base="trunk", title="T", body="", draft=False).number
    compared = forge.reviews.compare(repo, number)
    comment = ReviewComment(place(compared.files, "a.txt", 2, 2), "Earlier.")
    forge.reviews.submit(repo, number, Review(compared, "Earlier.", (comment,)))
    (thread,) = forge.reviews.threads(repo, number)
    return Pull(world, number, compared, thread.id)


@pytest.mark.parametrize(("dialect", "fault"), CASES)
def test_an_answer_that_gets_lost_leaves_everything_there_once(
    desk: ReviewDesk, worlds: Worlds, tmp_path: Path, dialect: str, fault: Fault
) -> None:
    world = worlds.make(dialect, tmp_path)
    pull, faults = propose(world), worlds.server(world.forge.name).forge.faults
    faults.arm(fault)
    desk.ask(world.repo, pull.number).until_done(pull.act, world.forge)
    assert faults.pending() == [], "the story asks this"
    everything_stands_there_once(pull)


def everything_stands_there_once(pull: Pull) -> None:
    world = pull.world
    found = world.reviewed(pull.number)
    said = sorted(remark.body.split("\n")[0] for remark in found.remarks)
    # What GitHub lists are comments, what GitLab lists are discussions: there an answer stands below the first.
    assert said in (["Earlier.", "Fixed.", "Why?", "Why?"], ["Earlier.", "Why?", "Why?"])
    assert sum("Two things." in text for text in found.texts) == 1
    threads = world.forge.reviews.threads(world.repo, pull.number)
    (earlier,) = [thread for thread in threads if thread.id == pull.earlier]
    assert [each.body.split("\n")[0] for each in earlier.comments] == ["Earlier.", "Fixed."]
    assert (earlier.is_resolved, earlier.resolved_by) == (True, earlier.us)
    assert set(conversations(threads)) == set(NAMES)
    assert len(world.checked(pull.compared.head)) == 1


@pytest.mark.parametrize("dialect", ["github-app", "gitlab"])
def test_what_people_dismiss_is_dismissed_if_they_may_write(
    desk: ReviewDesk, worlds: Worlds, tmp_path: Path, dialect: str
) -> None:
    world = worlds.make(dialect, tmp_path)
    pull = propose(world)
    desk.ask(world.repo, pull.number).attempt(world.forge).review(pull.review())
    reviews = world.forge.reviews
    first = conversations(reviews.threads(world.repo, pull.number))[NAMES[0]]
    world.ann.reviews.reply(world.repo, pull.number, first.id, "Won't fix, it is a test.")

    def may(login: str) -> bool:
        return world.forge.permission(world.repo, login) >= Permission.WRITE

    assert dismissals(reviews.threads(world.repo, pull.number), may) == {NAMES[0]: Dismissal.SAID}
    assert dismissals(reviews.threads(world.repo, pull.number), lambda _: False) == {}
    second = conversations(reviews.threads(world.repo, pull.number))[NAMES[1]]
    world.ann.reviews.resolve(world.repo, pull.number, second.id)
    assert dismissals(reviews.threads(world.repo, pull.number), may)[NAMES[1]] is Dismissal.SETTLED


@pytest.mark.parametrize("dialect", ["github-app", "gitlab"])
def test_a_conversation_in_which_a_person_speaks_is_never_settled(
    desk: ReviewDesk, worlds: Worlds, tmp_path: Path, dialect: str
) -> None:
    world = worlds.make(dialect, tmp_path)
    pull = propose(world)
    world.ann.reviews.reply(world.repo, pull.number, pull.earlier, "Hm.")
    publisher = desk.ask(world.repo, pull.number).attempt(world.forge)
    assert not publisher.resolve_thread(pull.earlier, "f1")
    found = world.forge.reviews.thread(world.repo, pull.number, pull.earlier)
    assert found is not None
    assert not found.is_resolved
