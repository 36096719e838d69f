"""Diffs of single files, which real git applies."""

import subprocess
from pathlib import Path

import pytest

from actions.edited_file import edited_files
from actions.worktree import Worktree
from actions.writing import write_files

FILES = {
    "run.sh": b"#!/bin/sh\nexit 1\n",
    "empty.txt": b"",
    "two words.txt": b"one\ntwo",
    'quo"te\\d.txt': b"one\n",
    "d\u00e9/latin.txt": b"\xe9\r\ntwo\r\nthree",
}


@pytest.fixture
def twins(tmp_path: Path) -> tuple[Path, Path]:
    """The same repository twice."""
    for name in ("ours", "gits"):
        for path, content in FILES.items():
            (tmp_path / name / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / path).write_bytes(content)
        (tmp_path / name / "run.sh").chmod(0o755)
        subprocess.run(["git", "init", "-q", str(tmp_path / name)], check=True)
    return tmp_path / "ours", tmp_path / "gits"


def state(root: Path) -> dict[str, tuple[int, bytes]]:
    paths = [path for path in root.rglob("*") if path.is_file() and ".git" not in path.parts]
    return {str(path.relative_to(root)): (path.stat().st_mode & 0o777, path.read_bytes()) for path in paths}


@pytest.mark.parametrize(
    ("contents", "renamed"),
    [
        ({"run.sh": None}, {}),
        ({"empty.txt": None}, {}),
        ({"two words.txt": None}, {}),
        ({"two words.txt": "one\n2"}, {}),
        ({'quo"te\\d.txt': "zwei\n"}, {}),
        ({'quo"te\\d.txt': None}, {}),
        ({"d\u00e9/latin.txt": "é\r\nzweï\r\nthree"}, {}),
        ({"d\u00e9/latin.txt": None}, {}),
        ({"new.txt": ""}, {}),
        ({"deep/new.txt": "x"}, {}),
        ({"run.sh": None, "bin/run": "#!/bin/sh\nexit 1\n"}, {"run.sh": "bin/run"}),
        ({"run.sh": None, "bin/run": "#!/bin/sh\nexit 0\n"}, {"run.sh": "bin/run"}),
        ({"empty.txt": None, "no.txt": ""}, {"empty.txt": "no.txt"}),
        ({"two words.txt": None, "t w/o.txt": "one\nzwei"}, {"two words.txt": "t w/o.txt"}),
        ({"d\u00e9/latin.txt": None, "l.txt": "é\r\n"}, {"d\u00e9/latin.txt": "l.txt"}),
        ({"run.sh": "", "empty.txt": "#!/bin/sh\nexit 1\n"}, {"run.sh": "empty.txt", "empty.txt": "run.sh"}),
        ({"run.sh": None, "empty.txt": "#!/bin/sh\nexit 1\n"}, {"run.sh": "empty.txt"}),
        ({"run.sh": "exit\n", "bin/run": "#!/bin/sh\nexit 1\n"}, {}),
    ],
)
def test_git_makes_of_the_diff_what_we_write(
    twins: tuple[Path, Path], contents: dict[str, str | None], renamed: dict[str, str]
) -> None:
    ours, gits = twins
    tree = Worktree(ours)
    edited = list(edited_files(contents, renamed, tree))
    diff = b"".join(one.diff_bytes() for one in edited)
    write_files(ours, [write for one in edited for write in one.writes()], tree)
    told = subprocess.run(["git", "apply", "-"], input=diff, cwd=gits, check=True, capture_output=True)
    assert told.stderr == b""
    assert state(ours) == state(gits)
    assert state(ours) != {path: (0o755 if path == "run.sh" else 0o644, content) for path, content in FILES.items()}


def test_git_refuses_the_diff_where_the_file_is_another(twins: tuple[Path, Path]) -> None:
    ours, gits = twins
    (gits / "run.sh").write_text("#!/bin/sh\nexit 2\n")
    (edited,) = edited_files({"run.sh": None}, {}, Worktree(ours))
    told = subprocess.run(["git", "apply", "-"], input=edited.diff_bytes(), cwd=gits, check=False, capture_output=True)
    assert told.returncode == 1
    assert (gits / "run.sh").exists()
