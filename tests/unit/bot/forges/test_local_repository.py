import stat
from pathlib import Path

import pytest

from bot.errors import UserError
from bot.events import Account, FileChange, Issue, Repo
from bot.forges.local import LocalForge
from bot.git import run_git

REPO = Repo("local", "sums")
ISSUE = Issue(7, "sum() forgets the last number", "It does.", Account("ann"))


def _git(folder: Path, *args: str) -> str:
    return run_git(args, cwd=folder).decode()


@pytest.fixture(autouse=True)
def nobody_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "sums"
    run_git(["init", "--quiet", "--initial-branch=main", str(folder)])
    (folder / "sums.py").write_text("print(1)\n")
    _git(folder, "add", "sums.py")
    _git(folder, "-c", "user.name=Ann", "-c", "user.email=ann@localhost", "commit", "--quiet", "-m", "Start")
    return folder


@pytest.fixture
def forge(folder: Path, tmp_path: Path) -> LocalForge:
    return LocalForge(folder, ISSUE, tmp_path / "out" / "said.md")


def _commit(forge: LocalForge, *changes: FileChange, branch: str = "codex/7", parent: str | None = None) -> str:
    parent = parent or forge.head(REPO, "main") or ""
    return forge.commit(REPO, branch=branch, parent=parent, message="Mend the sum\n\nmarker-1\n", changes=changes)


def test_a_commit_leaves_work_tree_index_and_hooks_alone(forge: LocalForge, folder: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    for hook in ("pre-commit", "post-commit", "reference-transaction", "post-index-change", "commit-msg"):
        program = folder / ".git" / "hooks" / hook
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\ntouch {trace}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    (folder / "sums.py").write_text("print('half done')\n")
    (folder / "staged.py").write_text("staged\n")
    _git(folder, "add", "staged.py")
    before = (_git(folder, "status", "--porcelain"), (folder / ".git" / "index").read_bytes())
    _commit(forge, FileChange("sums.py", b"print(2)\n"))
    assert (_git(folder, "status", "--porcelain"), (folder / ".git" / "index").read_bytes()) == before
    assert (folder / "sums.py").read_text() == "print('half done')\n"
    assert _git(folder, "show", "codex/7:sums.py") == "print(2)\n"
    assert _git(folder, "ls-tree", "--name-only", "codex/7") == "sums.py\n"
    assert not trace.exists()


def test_filters_do_not_change_what_is_committed(forge: LocalForge, folder: Path) -> None:
    (folder / ".gitattributes").write_text("* text=auto eol=crlf filter=shout\n")
    _git(folder, "config", "filter.shout.clean", "tr a-z A-Z")
    _commit(forge, FileChange("dos.txt", b"one\r\ntwo\r\n"))
    assert run_git(["cat-file", "blob", "codex/7:dos.txt"], cwd=folder) == b"one\r\ntwo\r\n"


def test_the_author_is_the_repositorys_user(forge: LocalForge, folder: Path) -> None:
    _git(folder, "config", "user.name", "Bob")
    _git(folder, "config", "user.email", "bob@localhost")
    _commit(forge, FileChange("a.txt", b"a"))
    assert _git(folder, "show", "-s", "--format=%an <%ae> %cn", "codex/7") == "Bob <bob@localhost> Bob\n"


def test_without_a_user_the_bot_signs_itself(forge: LocalForge, folder: Path) -> None:
    _commit(forge, FileChange("a.txt", b"a"))
    assert _git(folder, "show", "-s", "--format=%an <%ae>", "codex/7") == "Codex Bot <codex-bot@localhost>\n"


def test_a_branch_that_somebody_stands_on_is_not_moved(forge: LocalForge, folder: Path) -> None:
    before = forge.head(REPO, "main")
    with pytest.raises(UserError, match="checked out"):
        _commit(forge, FileChange("a.txt", b"a"), branch="main")
    assert forge.head(REPO, "main") == before


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "../a", "a/../../b", ".git/config", "a/.GIT/hooks/x", ".git./x", "", "a//b", "a\\b", "a\nb", "a/"],
)
def test_paths_that_leave_the_tree_are_refused(forge: LocalForge, path: str) -> None:
    with pytest.raises(UserError, match="no path"):
        _commit(forge, FileChange(path, b"a"))
    assert forge.head(REPO, "codex/7") is None


@pytest.mark.parametrize("path", ["--all", "-rf", "a b.txt", "ümlaut.txt", 'quote".txt', ":(glob)*", ".github/ci.yml"])
def test_odd_but_honest_paths_are_committed_as_they_stand(forge: LocalForge, folder: Path, path: str) -> None:
    _commit(forge, FileChange(path, b"a"))
    assert path in _git(folder, "ls-tree", "-r", "-z", "--name-only", "codex/7").split("\0")


@pytest.mark.parametrize("branch", ["", "-x", "-x/..", "a..b", "a b", "x.lock", "a~1", "refs/heads/*", "a\nb"])
def test_unfit_branch_names_are_refused(forge: LocalForge, branch: str) -> None:
    with pytest.raises(UserError, match="no name for a branch"):
        _commit(forge, FileChange("a.txt", b"a"), branch=branch)


@pytest.mark.parametrize("parent", ["main", "--help", "0" * 39, "HEAD"])
def test_only_a_full_sha_is_a_parent(forge: LocalForge, parent: str) -> None:
    with pytest.raises(UserError, match="no commit"):
        _commit(forge, FileChange("a.txt", b"a"), parent=parent)


def test_a_branch_is_not_mistaken_for_one_below_it(forge: LocalForge) -> None:
    _commit(forge, FileChange("a.txt", b"a"), branch="codex/7")
    assert forge.head(REPO, "codex") is None


def test_a_repository_on_no_branch_says_so(forge: LocalForge, folder: Path) -> None:
    _git(folder, "checkout", "--quiet", "--detach")
    with pytest.raises(UserError, match="on no branch"):
        forge.default_branch(REPO)


def test_what_was_said_stands_in_one_markdown_file(forge: LocalForge, tmp_path: Path) -> None:
    comment = forge.create_comment(REPO, ISSUE.subject, "Working on it.")
    forge.react(REPO, ISSUE.subject, comment.id, "eyes")
    forge.react(REPO, ISSUE.subject, comment.id, "eyes")
    forge.edit_comment(REPO, comment.id, "Done.")
    pull = forge.open_pull_request(REPO, branch="codex/7", base="main", title="Mend", body="Why.", draft=True)
    assert (tmp_path / "out" / "said.md").read_text() == (
        "# sum() forgets the last number (#7)\n\n"
        "> eyes on comment 1\n\n"
        "## Comment 1\n\nDone.\n\n"
        "## Pull request 8 (draft): Mend\n\n`codex/7` into `main`\n\nWhy.\n"
    )
    assert pull.url.startswith("file://")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["said.md"]


def test_git_clones_from_the_folder_itself(forge: LocalForge, folder: Path) -> None:
    clone = forge.clone(REPO)
    assert clone.url == str(folder)
    assert not clone.headers
