"""Commits that are too large for a forge's API: git carries them, and nobody can tell but by the signature."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from stories.forge_worlds import FILES, NAMES, World, Worlds

from bot.errors import UserError
from bot.events import Clone, FileChange
from bot.forges.gitlab.access import GitLabAccess
from bot.forges.gitlab.adapter import GitLabForge
from bot.forges.pushing import Commit, push_commit
from bot.git import run_git
from infra.practice_forge.forge import AppSpec

BRANCH = "codex/7-large"
REMOTE = [name for name in NAMES if name != "local"]
BOT = ("Bot", "bot@localhost")
MANY = [FileChange(f"many/{n}.txt", f"{n}\n".encode()) for n in range(301)]
SMALL = [FileChange("a.txt", b"a")]


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worlds]:
    with Worlds(tmp_path_factory.mktemp("forges")) as made:
        yield made


@pytest.fixture(params=NAMES)
def world(request: pytest.FixtureRequest, tmp_path: Path, worlds: Worlds) -> World:
    return worlds.make(request.param, tmp_path)


@pytest.fixture(params=REMOTE)
def remote(request: pytest.FixtureRequest, tmp_path: Path, worlds: Worlds) -> World:
    return worlds.make(request.param, tmp_path)


def head(world: World, branch: str = "main") -> str:
    found = world.forge.head(world.repo, branch)
    assert found is not None
    return found


def commit(world: World, changes: Sequence[FileChange], *, parent: str, branch: str = BRANCH, **more: str) -> str:
    message = "Mend all\n\nCodex-Job: job-7"
    return world.forge.commit(world.repo, branch=branch, parent=parent, message=message, changes=changes, **more)


def pushes(worlds: Worlds, world: World) -> int:
    effects = worlds.server(world.forge.name).forge.state.effects
    return sum(effect.path == f"/{world.repo.path}.git/git-receive-pack" for effect in effects)


def shown(world: World, style: str) -> str:
    world.tree(BRANCH)  # fetches
    return run_git(["show", "-s", f"--format={style}", BRANCH], cwd=world.folder / "clone.git").decode().strip()


def test_many_files_arrive_as_one_commit_and_the_next_goes_on_top(world: World) -> None:
    main = head(world)
    first = commit(world, [*MANY, FileChange("old.py", None)], parent=main)
    tree = world.tree(BRANCH)
    assert tree["many/300.txt"] == ("100644", b"300\n")
    assert (tree["sums.py"], len(tree)) == (("100644", FILES["sums.py"]), len(MANY) + len(FILES) - 1)
    assert shown(world, "%P") == main
    run = FileChange("run.sh", os.urandom(11 << 20), executable=True)
    second = commit(world, [run], parent=first)
    assert (head(world, BRANCH), shown(world, "%P")) == (second, first)
    assert world.tree(BRANCH)["run.sh"] == ("100755", run.content)
    assert world.forge.find_commit(world.repo, BRANCH, "Codex-Job: job-7") == second
    assert world.forge.find_commit(world.repo, BRANCH, "Codex-Job: job-8") is None


def test_two_branches_come_together_in_a_large_commit(world: World) -> None:
    main = head(world)
    ours = commit(world, SMALL, parent=main)
    theirs = commit(world, [FileChange("b.bin", b"\0")], parent=main, branch="their")
    sha = commit(world, MANY, parent=ours, merging=theirs)
    assert (head(world, BRANCH), shown(world, "%P")) == (sha, f"{ours} {theirs}")
    assert {"b.bin", "many/0.txt"} < world.tree(BRANCH).keys()


def test_a_large_commit_writes_over_nobodys_and_merges_into_no_branch_that_is_missing(world: World) -> None:
    main = head(world)
    first = commit(world, SMALL, parent=main)
    with pytest.raises(UserError, match="has moved on"):
        commit(world, MANY, parent=main)
    with pytest.raises(UserError, match="has moved on"):
        commit(world, MANY, parent=main, branch="codex/none", merging=first)
    assert (head(world, BRANCH), world.forge.head(world.repo, "codex/none")) == (first, None)


def test_a_name_that_is_none_reaches_no_forge(world: World) -> None:
    main = head(world)
    for branch in ("-d", "a..b", "../../../x", "a b", "a:main", "a*", "a.lock", "@{-1}", "", "a\0b"):
        for changes in (SMALL, MANY):
            with pytest.raises(UserError, match="no name for a branch"):
                commit(world, changes, parent=main, branch=branch)


def test_neither_paths_nor_parents_are_taken_on_trust(world: World) -> None:
    for path in ("../a", ".git/config", "/a"):
        with pytest.raises(UserError, match="no path that a commit may hold"):
            commit(world, [*MANY, FileChange(path, b"a")], parent=head(world))
    for parent in ("1" * 40, "main", "--upload-pack=touch x"):
        with pytest.raises(UserError):
            commit(world, MANY, parent=parent)
    assert world.forge.head(world.repo, BRANCH) is None


@pytest.mark.parametrize(
    ("name", "changes", "pushed"),
    [
        ("github-app", [FileChange("a.txt", b"a" * (1 << 20))], 0),
        ("github-app", [FileChange("a.txt", b"a" * ((1 << 20) + 1))], 1),
        ("github-app", [FileChange("a.txt", b"\1" * (1 << 20))], 1),  # JSON makes six letters of each
        ("github-app", [FileChange("a.bin", b"\0" * (4 << 20))], 0),
        ("github-app", [FileChange("a.bin", b"\0" * ((4 << 20) + 1))], 1),
        ("github-app", [FileChange(f"{n}.bin", b"\0") for n in range(20)], 0),
        ("github-app", [FileChange(f"{n}.bin", b"\0") for n in range(21)], 1),
        ("github-app", MANY[:300], 0),
        ("gitlab", MANY[:100], 0),
        ("gitlab", MANY[:101], 1),
        ("gitlab", [FileChange("a.txt", b"a" * (10 << 20))], 0),
        ("gitlab", [FileChange("a.txt", b"a" * ((10 << 20) + 1))], 1),
    ],
)
def test_only_what_the_api_cannot_carry_is_pushed(
    name: str, changes: Sequence[FileChange], pushed: int, worlds: Worlds, tmp_path: Path
) -> None:
    world = worlds.make(name, tmp_path)
    sha = commit(world, changes, parent=head(world))
    assert (head(world, BRANCH), pushes(worlds, world)) == (sha, pushed)
    if name == "github-app":
        assert (sha in worlds.server("github").forge.state.verified) is (pushed == 0)


@pytest.mark.parametrize(
    ("name", "login"), [("github-app", "codex-bot[bot]"), ("github-token", "bob"), ("gitlab", "codex-bot")]
)
def test_a_pushed_commit_bears_the_bots_own_name(name: str, login: str, worlds: Worlds, tmp_path: Path) -> None:
    world = worlds.make(name, tmp_path)
    small = commit(world, SMALL, parent=head(world))
    by_the_api = shown(world, "%an <%ae> %cn <%ce>")
    commit(world, MANY, parent=small)
    assert pushes(worlds, world) == 1
    pushed = shown(world, "%an <%ae> %cn <%ce>")
    if name == "gitlab":
        assert pushed == by_the_api
    else:
        account = worlds.server("github").forge.state.account(login)
        assert account is not None
        own = f"{login} <{account.id}+{login}@users.noreply.127.0.0.1>"
        assert pushed == f"{own} {own}"


def test_a_branch_that_moves_or_appears_after_the_last_look_is_left_alone(remote: World, worlds: Worlds) -> None:
    main, clone = head(remote), writing(worlds, remote)
    theirs = commit(remote, SMALL, parent=main)
    for seen, parent in ((None, main), (main, main)):
        with pytest.raises(UserError, match="has moved on"):
            push_commit(clone, Commit(BRANCH, parent, "Late", SMALL), head=seen, author=BOT)
    with pytest.raises(UserError, match="has moved on"):
        push_commit(clone, Commit("gone", main, "Late", SMALL), head=main, author=BOT)
    assert (head(remote, BRANCH), remote.forge.head(remote.repo, "gone")) == (theirs, None)


def writing(worlds: Worlds, world: World) -> Clone:
    """Return how ann reaches the repository."""
    return world.ann.clone(world.repo)


def test_the_token_for_reading_pushes_nothing(worlds: Worlds, tmp_path: Path) -> None:
    world = worlds.make("github-app", tmp_path)
    clone = world.forge.clone(world.repo)
    with pytest.raises(UserError, match="git push failed") as caught:
        push_commit(clone, Commit(BRANCH, head(world), "No", SMALL), head=None, author=BOT)
    assert "403" in str(caught.value)
    assert clone.headers["Authorization"].split()[1] not in f"{caught.value!r} {caught.value.__context__!r}"
    assert world.forge.head(world.repo, BRANCH) is None


def test_an_app_that_may_not_write_pushes_nothing(worlds: Worlds, tmp_path: Path) -> None:
    world, server = worlds.make("github-app", tmp_path), worlds.server("github")
    server.grant({**AppSpec().permissions, "contents": "read"})
    try:
        with pytest.raises(UserError, match="not granted to this installation"):
            commit(world, MANY, parent=head(world))
    finally:
        server.grant(AppSpec().permissions)
    assert world.forge.head(world.repo, BRANCH) is None


def test_a_token_without_the_scope_pushes_nothing(worlds: Worlds, tmp_path: Path) -> None:
    world, server = worlds.make("gitlab", tmp_path), worlds.server("gitlab")
    secret = server.gitlab.token("codex-bot", scopes=("read_api", "read_repository"))
    forge = GitLabForge(GitLabAccess(server.url, token=secret))
    with pytest.raises(UserError, match="git push failed"):
        forge.commit(world.repo, branch=BRANCH, parent=head(world), message="No", changes=MANY)
    assert world.forge.head(world.repo, BRANCH) is None


def test_files_that_the_server_has_already_do_not_travel_again(tmp_path: Path) -> None:
    origin = tmp_path / "origin"
    run_git(["init", "--quiet", "--initial-branch=main", str(origin)])
    for name, value in {
        "uploadpack.allowFilter": "true",
        "uploadpack.allowAnySHA1InWant": "true",
        "receive.maxInputSize": "20000",
        "user.name": "ann",
        "user.email": "ann@localhost",
    }.items():
        run_git(["config", name, value], cwd=origin)
    (origin / "large.bin").write_bytes(os.urandom(200_000))
    run_git(["add", "."], cwd=origin)
    for message in ("One", "Two"):
        run_git(["commit", "--quiet", "--allow-empty", "-m", message], cwd=origin)
    no_tip = run_git(["rev-parse", "main~"], cwd=origin).decode().strip()
    sha = push_commit(Clone(origin.as_uri()), Commit(BRANCH, no_tip, "Mend", SMALL), head=None, author=BOT)
    assert run_git(["rev-parse", f"{BRANCH}~", BRANCH], cwd=origin).decode().split() == [no_tip, sha]
    assert run_git(["ls-tree", "--name-only", BRANCH], cwd=origin).decode().split() == ["a.txt", "large.bin"]
