"""Pull requests from forks: the bot talks about them by the numbers of the repository that they go to."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from stories.checked import GOING
from stories.forge_worlds import NAMES, World, Worlds
from stories.forks import propose

from bot.check import CheckReport, Status
from bot.diff import place
from bot.errors import UserError
from bot.events import FileChange, Subject
from bot.git import header_environment, run_git
from bot.review import Review, ReviewComment
from infra.practice_forge.state import Asked

BRANCH = "codex/7-mend"
CHANGE = FileChange("sums.py", b"def add(a, b):\n    return a + b\n")
REMOTE = [name for name in NAMES if name != "local"]


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worlds]:
    with Worlds(tmp_path_factory.mktemp("forges")) as made:
        yield made


@pytest.fixture(params=REMOTE)
def world(request: pytest.FixtureRequest, tmp_path: Path, worlds: Worlds) -> World:
    return worlds.make(request.param, tmp_path)


def head(world: World, branch: str = "main") -> str:
    found = world.forge.head(world.repo, branch)
    assert found is not None
    return found


def fetched(world: World, number: int) -> str:
    """Fetch as the worker does: from the repository itself, with the bot's own credential."""
    clone, target = world.forge.clone(world.repo), world.folder / "fetched.git"
    run_git(["init", "--quiet", "--bare", str(target)])
    refspec = f"+{world.forge.pull_request_ref(number)}:refs/heads/got"
    run_git(["fetch", "--quiet", "--", clone.url, refspec], cwd=target, env_extra=header_environment(clone))
    return run_git(["rev-parse", "refs/heads/got"], cwd=target).decode().strip()


@pytest.mark.parametrize("name", NAMES)
def test_the_head_of_our_own_is_fetched_by_its_ref(name: str, worlds: Worlds, tmp_path: Path) -> None:
    world = worlds.make(name, tmp_path)
    sha = world.forge.commit(world.repo, branch=BRANCH, parent=head(world), message="Mend", changes=[CHANGE])
    pull = world.forge.open_pull_request(world.repo, branch=BRANCH, base="main", title="T", body="B", draft=False)
    assert fetched(world, pull.number) == sha


def test_the_head_of_a_forks_is_fetched_from_the_repository_itself(worlds: Worlds, world: World) -> None:
    pull = propose(worlds, world, BRANCH, [CHANGE])
    assert fetched(world, pull.number) == pull.head
    newer = pull.goes_on(BRANCH, [FileChange("more.txt", b"")])
    assert fetched(world, pull.number) == newer
    assert world.forge.head(world.repo, BRANCH) is None


def test_a_number_without_a_pull_request_has_no_head(world: World) -> None:
    with pytest.raises(UserError, match="git fetch failed"):
        fetched(world, 4711)


def test_it_is_known_to_be_from_outside_and_nobodys_own(worlds: Worlds, world: World) -> None:
    pull = propose(worlds, world, BRANCH, [CHANGE])
    read = world.forge.issue(world.repo, Subject(pull.number, is_pull_request=True))
    assert (read.title, read.author.login, read.is_pull_request, read.is_from_outside) == ("Mine", "eve", True, True)
    assert world.forge.own_pull_request(world.repo, pull.number) is None


@pytest.mark.parametrize("name", ["github-token", "gitlab"])
def test_what_our_own_account_opened_from_its_fork_is_not_the_bots_to_change(
    name: str, worlds: Worlds, tmp_path: Path
) -> None:
    world = worlds.make(name, tmp_path)
    pull = propose(worlds, world, BRANCH, [CHANGE], login="bob" if name == "github-token" else "codex-bot")
    assert world.forge.own_pull_request(world.repo, pull.number) is None
    assert world.forge.find_pull_request(world.repo, BRANCH) is None


def test_a_forks_branch_of_the_same_name_is_not_taken_for_ours(worlds: Worlds, world: World) -> None:
    theirs = propose(worlds, world, BRANCH, [CHANGE])
    assert world.forge.find_pull_request(world.repo, BRANCH) is None
    world.forge.commit(world.repo, branch=BRANCH, parent=head(world), message="Mend", changes=[CHANGE])
    ours = world.forge.open_pull_request(world.repo, branch=BRANCH, base="main", title="T", body="B", draft=True)
    assert ours.number != theirs.number
    assert world.forge.find_pull_request(world.repo, BRANCH) == ours
    assert world.forge.own_pull_request(world.repo, ours.number) == ours


def test_comments_are_written_to_it_and_found_again(worlds: Worlds, world: World) -> None:
    subject = Subject(propose(worlds, world, BRANCH, [CHANGE]).number, is_pull_request=True)
    comment = world.forge.create_comment(world.repo, subject, "Thanks. marker-1")
    world.forge.react(world.repo, subject, "", "eyes")
    world.forge.edit_comment(world.repo, comment.id, "Thank you. marker-1")
    found = world.forge.find_comment(world.repo, subject, "marker-1")
    assert found is not None
    assert (found.id, found.body) == (comment.id, "Thank you. marker-1")
    assert world.forge.find_comment(world.repo, world.issue, "marker-1") is None


def test_its_changes_are_compared_and_reviewed(worlds: Worlds, world: World) -> None:
    pull = propose(worlds, world, BRANCH, [CHANGE])
    reviews = world.forge.reviews
    compared = reviews.compare(world.repo, pull.number)
    assert (compared.base, compared.head) == (head(world), pull.head)
    remark = ReviewComment(place(compared.files, "sums.py", 2, 2), "Yes.")
    id_ = reviews.submit(world.repo, pull.number, Review(compared, "Good. marker-2", (remark,)))
    assert reviews.find(world.repo, pull.number, "marker-2") == id_
    [thread] = reviews.threads(world.repo, pull.number)
    assert (thread.path, thread.line, thread.comments[0].body) == ("sums.py", 2, "Yes.")
    reviews.reply(world.repo, pull.number, thread.id, "Still.")
    reviews.resolve(world.repo, pull.number, thread.id)
    [thread] = reviews.threads(world.repo, pull.number)
    assert (len(thread.comments), thread.is_resolved) == (2, True)


def test_a_check_stands_beside_its_head_in_the_repository_itself(worlds: Worlds, world: World) -> None:
    pull = propose(worlds, world, BRANCH, [CHANGE])
    check = CheckReport("Codex Bot", pull.head, "job-7", Status.QUEUED, "Waiting", "Soon.")
    world.forge.checks.report(world.repo, check)
    world.forge.checks.report(world.repo, dataclasses.replace(check, status=Status.IN_PROGRESS, title="Reading"))
    assert [(each.name, each.state) for each in world.checked(pull.head)] == [("Codex Bot", GOING)]


def test_maintainers_may_push_to_a_forks_branch_only_where_its_author_says_so(worlds: Worlds, tmp_path: Path) -> None:
    for name, word in (("github-app", "maintainer_can_modify"), ("gitlab", "allow_collaboration")):
        world = worlds.make(name, tmp_path)
        shared = propose(worlds, world, "shared", [CHANGE], **{word: True})
        kept = propose(worlds, world, "kept", [CHANGE], **{word: False})
        assert (shared.told[word], kept.told[word]) == (True, False)


def test_ours_grant_nothing_to_anybody(worlds: Worlds, tmp_path: Path) -> None:
    world, server = worlds.make("github-app", tmp_path), worlds.server("github")
    tape: list[Asked] = []
    server.forge.state.tapes.append(tape.append)
    world.forge.commit(world.repo, branch=BRANCH, parent=head(world), message="Mend", changes=[CHANGE])
    world.forge.open_pull_request(world.repo, branch=BRANCH, base="main", title="T", body="B", draft=True)
    [sent] = [asked.body for asked in tape if (asked.method, asked.path[-6:]) == ("POST", "/pulls")]
    assert b'"maintainer_can_modify": false' in sent
