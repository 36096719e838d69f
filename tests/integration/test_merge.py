"""What git itself makes of two branches, told as files that differ from the base branch."""

import dataclasses
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.errors import PolicyError, UserError
from bot.events import Changes, Clone, FileChange
from bot.forges.pushing import Commit, push_commit
from tasks.context.merge import Merged, fetch_both

START = {"a.py": "one\ntwo\nthree\nfour\nfive\n", "b.py": "x = 1\n", "gone.py": "y = 1\n"}


class Repository:
    """A repository with `main` and `ours`, which begin at the same commit; a `partial` one sends files when asked."""

    def __init__(self, folder: Path, *, partial: bool) -> None:
        self.folder = folder / "origin"
        self.clone = Clone(f"file://{self.folder}" if partial else str(self.folder))
        self.scratch = folder / "scratch"
        self.scratch.mkdir()
        subprocess.run(["git", "init", "-q", "-b", "main", self.folder], check=True)
        self.git("config", "uploadpack.allowFilter", str(partial))
        self.git("config", "uploadpack.allowAnySHA1InWant", str(partial))
        self.commit("main", START)
        self.git("branch", "ours")

    def git(self, *args: str) -> str:
        who = ["-c", "user.name=ann", "-c", "user.email=ann@localhost"]
        done = subprocess.run(["git", "-C", self.folder, *who, *args], check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, branch: str, files: Mapping[str, str | bytes | None], message: str = "More") -> str:
        self.git("checkout", "-q", *([branch] if self.git("branch") else ["-B", branch]))
        for path, content in files.items():
            target = self.folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                target.unlink()
            else:
                target.write_bytes(content.encode() if isinstance(content, str) else content)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD")

    def merge(self, *, most_files: int = 20, largest: int = 1000) -> Merged:
        base, head = (self.git("rev-parse", branch) for branch in ("main", "ours"))
        with fetch_both(self.clone, base=base, head=head, scratch=self.scratch) as both:
            return both.merge(most_files=most_files, largest=largest)

    def changes(self) -> Changes:
        merged = self.merge()
        assert merged.conflicts == ()
        return merged.changes


@pytest.fixture(params=[False, True], ids=["whole", "partial"])
def origin(request: pytest.FixtureRequest, tmp_path: Path) -> Repository:
    return Repository(tmp_path, partial=request.param)


def test_both_sides_of_one_file_come_together(origin: Repository) -> None:
    origin.commit("main", {"a.py": START["a.py"].replace("one", "1"), "new.py": "z = 1\n"})
    origin.commit("ours", {"a.py": START["a.py"].replace("five", "5")})
    assert origin.changes() == [FileChange("a.py", b"1\ntwo\nthree\nfour\n5\n")]
    assert list(origin.scratch.iterdir()) == []


def test_a_file_that_the_base_renamed_is_changed_under_its_new_name(origin: Repository) -> None:
    origin.git("checkout", "-q", "main")
    origin.git("mv", "a.py", "moved.py")
    origin.commit("main", {})
    origin.commit("ours", {"a.py": START["a.py"].replace("five", "5")})
    assert origin.changes() == [FileChange("moved.py", START["a.py"].replace("five", "5").encode())]


def test_what_is_gone_executable_binary_or_oddly_ended_stays_so(origin: Repository) -> None:
    origin.commit("main", {"b.py": "x = 2\n"})
    origin.commit("ours", {"gone.py": None, "logo.png": b"\x89\0\r\n", "ümlaut.txt": b"a\r\n", "run.sh": "exit\n"})
    (origin.folder / "run.sh").chmod(0o755)
    origin.commit("ours", {})
    assert origin.changes() == [
        FileChange("gone.py", None),
        FileChange("logo.png", b"\x89\0\r\n"),
        FileChange("run.sh", b"exit\n", executable=True),
        FileChange("ümlaut.txt", b"a\r\n"),
    ]


def test_conflicts_are_named_whatever_the_files_are_called(origin: Repository) -> None:
    origin.commit("main", {"b.py": "x = 2\n", "odd\nname": "1\n", "gone.py": "y = 2\n"})
    origin.commit("ours", {"b.py": "x = 3\n", "odd\nname": "2\n", "gone.py": None})
    assert origin.merge() == Merged(("b.py", "gone.py", "odd\nname"), ())


def test_nothing_is_left_when_the_base_has_it_all(origin: Repository) -> None:
    for branch in ("main", "ours"):
        origin.commit(branch, {"b.py": "x = 2\n"})
    assert origin.changes() == []


def test_what_is_no_plain_file_cannot_be_carried_over(origin: Repository) -> None:
    origin.commit("main", {"b.py": "x = 2\n"})
    origin.git("checkout", "-q", "ours")
    (origin.folder / "link").symlink_to("/etc/passwd")
    origin.commit("ours", {})
    with pytest.raises(PolicyError, match="'link', which is no plain file"):
        origin.merge()


def test_too_many_files_or_too_large_ones_are_refused_before_they_are_read(origin: Repository) -> None:
    origin.commit("main", {"b.py": "x = 2\n"})
    origin.commit("ours", {"c.py": "x" * 30, "d.py": ""})
    with pytest.raises(PolicyError, match="changes 2 files; at most 1"):
        origin.merge(most_files=1)
    with pytest.raises(PolicyError, match=r"c.py would have 30 bytes; at most 29"):
        origin.merge(largest=29)
    assert len(origin.merge(most_files=2, largest=30).changes) == 2


def test_no_program_that_anybodys_settings_name_is_run(
    origin: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touched = tmp_path / "touched"
    settings = f'[merge "evil"]\n\tdriver = touch {touched}\n[merge]\n\tdefault = evil\n'
    settings += f'[filter "evil"]\n\tsmudge = touch {touched}\n\tclean = cat\n'
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(settings)
    monkeypatch.setenv("HOME", str(home))
    origin.commit("main", {"a.py": START["a.py"].replace("one", "1"), ".gitattributes": "* merge=evil filter=evil\n"})
    origin.git("checkout", "-q", "-f", "ours")
    origin.commit("ours", {"a.py": START["a.py"].replace("five", "5")})
    touched.unlink(missing_ok=True)
    assert origin.changes() == [FileChange("a.py", b"1\ntwo\nthree\nfour\n5\n")]
    assert not touched.exists()


def test_what_cannot_be_merged_at_all_is_told(origin: Repository) -> None:
    origin.git("branch", "-q", "-f", "ours", origin.git("commit-tree", "-m", "Apart", "main^{tree}"))
    with pytest.raises(UserError, match="no commit in common"):
        origin.merge()


def test_a_commit_that_is_gone_is_told(origin: Repository) -> None:
    with (
        pytest.raises(UserError, match="is gone from the repository"),
        fetch_both(origin.clone, base="1" * 40, head="2" * 40, scratch=origin.scratch),
    ):
        pass


def test_up_to_date_means_that_head_holds_the_base(origin: Repository) -> None:
    clone, base = origin.clone, origin.git("rev-parse", "main")
    head = origin.commit("ours", {"b.py": "x = 2\n"}, "Ours\n\nCodex-Request: 1")
    with fetch_both(clone, base=base, head=head, scratch=origin.scratch) as both:
        assert both.is_up_to_date
        assert both.messages.strip() == "Ours\n\nCodex-Request: 1"
    tip = origin.commit("main", {"a.py": "new\n"})
    with fetch_both(clone, base=tip, head=head, scratch=origin.scratch) as both:
        assert not both.is_up_to_date


def test_a_merge_is_pushed_though_the_base_has_gone_on_and_files_were_never_fetched(origin: Repository) -> None:
    tip = origin.commit("main", {"b.py": "x = 2\n"})
    head = origin.commit("ours", {"a.py": "one\n"})
    origin.commit("main", {"b.py": "x = 3\n", "later.py": ""})
    changes = [FileChange("a.py", b"one\n"), FileChange("gone.py", None)]
    merge, bot = Commit("ours", head, "Both", changes, merging=tip), ("Bot", "bot@localhost")
    sha = push_commit(origin.clone, merge, head=head, author=bot)
    assert origin.git("rev-list", "--parents", "-1", "ours").split() == [sha, head, tip]
    assert origin.git("show", "-s", "--format=%an <%ae> %s", "ours") == "Bot <bot@localhost> Both"
    assert origin.git("ls-tree", "--name-only", "ours").split() == ["a.py", "b.py"]
    assert origin.git("show", "ours:b.py") == "x = 2"
    with pytest.raises(UserError, match="moved on"):
        push_commit(origin.clone, dataclasses.replace(merge, message="Late"), head=head, author=bot)
    assert origin.git("rev-parse", "ours") == sha
    assert origin.git("fsck", "--connectivity-only") == ""
