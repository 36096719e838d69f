"""The same stories, told to every forge: what the rest of the bot may rely on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from stories.forge_worlds import FILES, NAMES, World, Worlds

from bot.errors import UserError
from bot.events import Account, FileChange, Subject
from bot.git import run_git
from infra.practice_forge.forge import AppSpec

BRANCH = "codex/7-mend"


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worlds]:
    with Worlds(tmp_path_factory.mktemp("forges")) as made:
        yield made


@pytest.fixture(params=NAMES)
def world(request: pytest.FixtureRequest, tmp_path: Path, worlds: Worlds) -> World:
    return worlds.make(request.param, tmp_path)


def _head(world: World, branch: str = "main") -> str:
    head = world.forge.head(world.repo, branch)
    assert head is not None
    return head


def _commit(world: World, *changes: FileChange, parent: str, message: str = "Mend the sum") -> str:
    return world.forge.commit(world.repo, branch=BRANCH, parent=parent, message=message, changes=changes)


def _open(world: World) -> Any:
    return world.forge.open_pull_request(world.repo, branch=BRANCH, base="main", title="Mend", body="Why.", draft=True)


def test_everybodys_permission_is_known(world: World) -> None:
    assert {login: world.forge.permission(world.repo, login) for login in world.rights} == world.rights


def test_the_issue_is_read(world: World) -> None:
    issue = world.forge.issue(world.repo, world.issue)
    assert (issue.number, issue.title, issue.body, issue.author.login) == (
        world.issue.number,
        "add() subtracts",
        "It does.",
        "ann",
    )
    assert issue.is_open
    assert not issue.is_pull_request


def test_an_issue_that_is_not_there_is_refused(world: World) -> None:
    with pytest.raises(UserError) as caught:
        world.forge.issue(world.repo, Subject(4711))
    assert caught.value.mend


def test_the_same_eyes_twice_are_one_pair(world: World) -> None:
    comment = world.forge.create_comment(world.repo, world.issue, "On it.")
    for _ in range(2):
        world.forge.react(world.repo, world.issue, comment.id, "eyes")
    assert world.reactions(comment.id) == ["eyes"]
    assert world.reactions("") == []


def test_eyes_can_be_put_on_the_issue_itself(world: World) -> None:
    for _ in range(2):
        world.forge.react(world.repo, world.issue, "", "eyes")
    assert world.reactions("") == ["eyes"]


def test_a_comment_is_found_by_its_marker_and_edited_in_place(world: World) -> None:
    assert world.forge.find_comment(world.repo, world.issue, "marker-1") is None
    first = world.forge.create_comment(world.repo, world.issue, "On it. <!-- marker-1 -->")
    world.forge.create_comment(world.repo, world.issue, "Again. <!-- marker-1 -->")
    world.forge.edit_comment(world.repo, first.id, "Done. <!-- marker-1 -->")
    found = world.forge.find_comment(world.repo, world.issue, "marker-1")
    assert found is not None
    assert (found.id, found.body) == (first.id, "Done. <!-- marker-1 -->")
    assert world.forge.find_comment(world.repo, world.issue, "marker-2") is None


def test_a_comment_that_is_not_there_cannot_be_edited(world: World) -> None:
    with pytest.raises(UserError):
        world.forge.edit_comment(world.repo, "99999999", "hello")


def test_a_comment_that_is_taken_back_is_gone_and_the_next_oldest_is_found(world: World) -> None:
    first, second = (world.forge.create_comment(world.repo, world.issue, "On it. <!-- marker-1 -->") for _ in range(2))
    found = world.forge.find_comment(world.repo, world.issue, "marker-1")
    assert found is not None
    assert found.id == first.id
    for _ in range(2):  # one that is gone already is no error
        world.forge.delete_comment(world.repo, first.id)
    found = world.forge.find_comment(world.repo, world.issue, "marker-1")
    assert found is not None
    assert (found.id, found.body) == (second.id, "On it. <!-- marker-1 -->")
    world.forge.delete_comment(world.repo, second.id)
    assert world.forge.find_comment(world.repo, world.issue, "marker-1") is None
    with pytest.raises(UserError):
        world.forge.edit_comment(world.repo, second.id, "hello")


def test_a_missing_branch_has_no_head(world: World) -> None:
    assert world.forge.default_branch(world.repo) == "main"
    assert len(_head(world)) == 40
    assert world.forge.head(world.repo, "codex") is None


def test_a_commit_makes_the_branch_and_leaves_the_other_alone(world: World) -> None:
    main = _head(world)
    sha = _commit(world, FileChange("sums.py", b"def add(a, b):\n    return a + b\n"), parent=main)
    assert (_head(world, BRANCH), _head(world)) == (sha, main)
    assert world.tree(BRANCH)["sums.py"] == ("100644", b"def add(a, b):\n    return a + b\n")
    assert world.tree("main") == {name: ("100644", content) for name, content in FILES.items()}


def test_files_are_added_removed_made_executable_and_kept_byte_for_byte(world: World) -> None:
    changes = [
        FileChange("old.py", None),
        FileChange("run.sh", b"#!/bin/sh\nexit 0\n", executable=True),
        FileChange("deep/er/ümlaut.txt", "größe\r\n".encode()),
        FileChange("logo.png", b"\x89PNG\r\n\x1a\n\xff\0"),
        FileChange("empty.txt", b""),
    ]
    _commit(world, *changes, parent=_head(world))
    assert world.tree(BRANCH) == {
        "sums.py": ("100644", FILES["sums.py"]),
        "run.sh": ("100755", b"#!/bin/sh\nexit 0\n"),
        "deep/er/ümlaut.txt": ("100644", "größe\r\n".encode()),
        "logo.png": ("100644", b"\x89PNG\r\n\x1a\n\xff\0"),
        "empty.txt": ("100644", b""),
    }


def test_a_renamed_file_is_gone_where_it_was_and_keeps_every_byte_and_its_mode(world: World) -> None:
    content = b"\xef\xbb\xbfusing A;\r\n"
    first = _commit(world, FileChange("run.sh", b"caf\xe9\r\n", executable=True), parent=_head(world))
    changes = [
        FileChange("run.sh", None),
        FileChange("bin/run", b"caf\xe9\r\nth\xe9", executable=True),
        FileChange("old.py", None),
        FileChange("deep/er/marked.cs", content),
    ]
    second = _commit(world, *changes, parent=first)
    assert _head(world, BRANCH) == second
    assert world.tree(BRANCH) == {
        "sums.py": ("100644", FILES["sums.py"]),
        "bin/run": ("100755", b"caf\xe9\r\nth\xe9"),
        "deep/er/marked.cs": ("100644", content),
    }


def test_a_second_commit_goes_on_top_of_the_first(world: World) -> None:
    first = _commit(world, FileChange("a.txt", b"a"), parent=_head(world))
    second = _commit(world, FileChange("b.txt", b"b"), parent=first)
    assert _head(world, BRANCH) == second
    assert {"a.txt", "b.txt", "sums.py"} <= world.tree(BRANCH).keys()


def test_a_branch_that_moved_is_never_written_over(world: World) -> None:
    main = _head(world)
    first = _commit(world, FileChange("a.txt", b"a"), parent=main)
    with pytest.raises(UserError, match="moved on"):
        _commit(world, FileChange("b.txt", b"b"), parent=main)
    assert _head(world, BRANCH) == first


def test_a_commit_needs_a_parent_that_is_there(world: World) -> None:
    with pytest.raises(UserError):
        _commit(world, FileChange("a.txt", b"a"), parent="1" * 40)
    assert world.forge.head(world.repo, BRANCH) is None


def test_a_path_out_of_the_repository_is_refused(world: World) -> None:
    for path in ("../a", ".git/config", "/a"):
        with pytest.raises(UserError):
            _commit(world, FileChange(path, b"a"), parent=_head(world))
    assert world.forge.head(world.repo, BRANCH) is None


def test_a_commit_is_found_again_by_its_marker(world: World) -> None:
    assert world.forge.find_commit(world.repo, BRANCH, "job-7") is None
    sha = _commit(world, FileChange("a.txt", b"a"), parent=_head(world), message="Mend\n\nCodex-Job: job-7")
    assert world.forge.find_commit(world.repo, BRANCH, "Codex-Job: job-7") == sha
    assert world.forge.find_commit(world.repo, BRANCH, "Codex-Job: job-8") is None


def test_opened_twice_there_is_one_pull_request(world: World) -> None:
    _commit(world, FileChange("a.txt", b"a"), parent=_head(world))
    assert world.forge.find_pull_request(world.repo, BRANCH) is None
    first = _open(world)
    assert (first.head, first.base, first.is_draft) == (BRANCH, "main", True)
    assert _open(world) == first
    assert world.forge.find_pull_request(world.repo, BRANCH) == first


def test_a_pull_request_is_edited_in_place(world: World) -> None:
    _commit(world, FileChange("a.txt", b"a"), parent=_head(world))
    pull = _open(world)
    world.forge.edit_pull_request(world.repo, pull.number, title="Mend add()", body="Because.")
    assert world.forge.find_pull_request(world.repo, BRANCH) == pull
    with pytest.raises(UserError):
        world.forge.edit_pull_request(world.repo, 4711, title="a", body="b")


def _parents(world: World, branch: str) -> list[str]:
    world.tree(branch)  # fetches
    return run_git(["rev-list", "--parents", "-1", branch], cwd=world.folder / "clone.git").decode().split()[1:]


def _parted(world: World) -> tuple[str, str]:
    """Let the branch and main each have a commit that the other lacks; return both."""
    start = _head(world)
    ours = _commit(world, FileChange("a.txt", b"a"), FileChange("old.py", None), parent=start)
    theirs = world.forge.commit(
        world.repo, branch="their", parent=start, message="Go on", changes=[FileChange("b.bin", b"\0\xff")]
    )
    return ours, theirs


def test_two_branches_come_together_in_a_commit_with_both_as_parents(world: World) -> None:
    ours, theirs = _parted(world)
    changes = [FileChange("a.txt", b"a, newer"), FileChange("old.py", None), FileChange("r.sh", b"", executable=True)]
    message = "Bring both together\n\nCodex-Job: job-7"
    sha = world.forge.commit(world.repo, branch=BRANCH, parent=ours, message=message, changes=changes, merging=theirs)
    assert (_head(world, BRANCH), _parents(world, BRANCH)) == (sha, [ours, theirs])
    assert world.forge.find_commit(world.repo, BRANCH, "Codex-Job: job-7") == sha
    tree = world.tree(BRANCH)
    assert (tree["a.txt"], tree["b.bin"], tree["r.sh"]) == (
        ("100644", b"a, newer"),
        ("100644", b"\0\xff"),
        ("100755", b""),
    )
    assert "old.py" not in tree


def test_coming_together_writes_over_nobodys_commit_and_makes_no_branch(world: World) -> None:
    ours, theirs = _parted(world)
    newer = _commit(world, FileChange("c.txt", b"c"), parent=ours)
    for branch in (BRANCH, "codex/not-there"):
        with pytest.raises(UserError, match="moved on"):
            world.forge.commit(
                world.repo,
                branch=branch,
                parent=ours,
                message="Late",
                changes=[FileChange("a.txt", b"")],
                merging=theirs,
            )
    assert (_head(world, BRANCH), world.forge.head(world.repo, "codex/not-there")) == (newer, None)


def test_a_branch_that_is_protected_from_us_is_left_alone(tmp_path: Path, worlds: Worlds) -> None:
    world = worlds.make("gitlab", tmp_path)
    ours, _ = _parted(world)
    main, changes = _head(world), [FileChange("a.txt", b"a")]
    with pytest.raises(UserError, match="git push failed"):
        world.forge.commit(world.repo, branch="main", parent=main, message="No", changes=changes, merging=ours)
    assert _head(world) == main


def test_a_pull_request_of_ours_is_found_by_its_number(world: World) -> None:
    _commit(world, FileChange("a.txt", b"a"), parent=_head(world))
    opened = _open(world)
    assert world.forge.own_pull_request(world.repo, opened.number) == opened
    assert world.forge.own_pull_request(world.repo, 4711) is None
    read = world.forge.issue(world.repo, Subject(opened.number, is_pull_request=True))
    assert (read.title, read.body, read.is_pull_request, read.is_open) == ("Mend", "Why.", True, True)


def test_a_draft_becomes_ready_and_a_draft_again(world: World) -> None:
    _commit(world, FileChange("a.txt", b"a"), parent=_head(world))
    number = _open(world).number
    for draft, is_draft in ((False, False), (None, False), (True, True), (None, True), (True, True)):
        world.forge.edit_pull_request(world.repo, number, title="Draft: Mend", body="Because.", draft=draft)
        found = world.forge.own_pull_request(world.repo, number)
        assert found is not None
        assert found.is_draft is is_draft, draft


@pytest.mark.parametrize("name", ["github-app", "gitlab"])
def test_a_stranger_who_copies_our_marker_is_not_taken_for_us(name: str, tmp_path: Path, worlds: Worlds) -> None:
    world = worlds.make(name, tmp_path)
    world.says("copied: marker-1")
    assert world.forge.find_comment(world.repo, world.issue, "marker-1") is None
    ours = world.forge.create_comment(world.repo, world.issue, "ours: marker-1")
    assert world.forge.find_comment(world.repo, world.issue, "marker-1") == ours


def test_an_app_comments_as_a_bot(tmp_path: Path, worlds: Worlds) -> None:
    world = worlds.make("github-app", tmp_path)
    ours = world.forge.create_comment(world.repo, world.issue, "ours")
    assert ours.author == Account("codex-bot[bot]", is_bot=True)


def test_a_permission_that_was_taken_away_is_asked_for(tmp_path: Path, worlds: Worlds) -> None:
    world, server = worlds.make("github-app", tmp_path), worlds.server("github")
    server.grant({**AppSpec().permissions, "issues": "read"})
    try:
        with pytest.raises(UserError, match="Resource not accessible by integration") as caught:
            world.forge.create_comment(world.repo, world.issue, "hello")
    finally:
        server.grant(AppSpec().permissions)
    assert "issues" in caught.value.mend
