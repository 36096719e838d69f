"""`codex-bot apply` with replies that delete and rename files."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

OLD = "def one():\n    return 1\n\n\ndef two():\n    return 2\n"
DELETED = """\
Nobody needs it.

```diff
diff --git a/deep/gone.py b/deep/gone.py
deleted file mode 100644
--- a/deep/gone.py
+++ /dev/null
@@ -1,2 +0,0 @@
-a = 1
-b = 2
```
"""
RENAMED = """\
```diff
diff --git a/tool.py b/bin/tool.py
similarity index 90%
rename from tool.py
rename to bin/tool.py
--- a/tool.py
+++ b/bin/tool.py
@@ -1,2 +1,2 @@
 def one():
-    return 1
+    return 'ß'
```
"""
PATCH = """\
*** Begin Patch
*** Delete File: deep/gone.py
*** Update File: tool.py
*** Move to: bin/tool.py
@@ def one():
-    return 1
+    return 'ß'
*** End Patch
"""
MOVED = OLD.replace("return 1", "return 'ß'") + "# é"


def run(*arguments: str, stdin: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-m", "actions", "apply", *arguments, "-"]
    return subprocess.run(command, input=stdin, cwd=cwd, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "gone.py").write_text("a = 1\nb = 2\n")
    (tmp_path / "tool.py").write_bytes((OLD + "# é").encode("latin-1"))
    (tmp_path / "tool.py").chmod(0o755)
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    return tmp_path


def files(root: Path) -> dict[str, tuple[int, bytes]]:
    paths = [path for path in root.rglob("*") if path.is_file() and ".git" not in path.parts]
    return {str(path.relative_to(root)): (path.stat().st_mode & 0o777, path.read_bytes()) for path in paths}


@pytest.mark.parametrize("reply", [DELETED + RENAMED, PATCH])
def test_files_go_and_move_with_their_encoding_and_mode(repo: Path, reply: str) -> None:
    done = run(stdin=reply, cwd=repo)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["tool.py -> bin/tool.py +1 -1", "deep/gone.py deleted -2"]
    assert files(repo) == {"bin/tool.py": (0o755, MOVED.encode("latin-1"))}
    assert not (repo / "deep").exists()


@pytest.mark.parametrize("reply", [DELETED + RENAMED, PATCH])
def test_git_makes_the_same_of_what_check_shows(repo: Path, reply: str) -> None:
    before = files(repo)
    command = [sys.executable, "-I", "-m", "actions", "apply", "--check", "-"]
    diff = subprocess.run(command, input=reply.encode(), cwd=repo, capture_output=True, timeout=60, check=True).stdout
    assert files(repo) == before
    subprocess.run(["git", "apply", "-"], input=diff, cwd=repo, check=True)
    assert files(repo) == {"bin/tool.py": (0o755, MOVED.encode("latin-1"))}


def test_the_document_says_what_is_deleted_and_renamed(repo: Path) -> None:
    document = json.loads(run("--json", stdin=PATCH, cwd=repo).stdout)
    assert document["items"] == [
        {"path": "bin/tool.py", "added": 1, "removed": 1, "renamed_from": "tool.py"},
        {"path": "deep/gone.py", "added": 0, "removed": 2, "deleted": True},
    ]
    assert "rename to bin/tool.py\n" in document["diff"]
    assert "deleted file mode 100644\n" in document["diff"]


@pytest.mark.parametrize(
    "reply",
    [
        PATCH.replace("bin/tool.py", "deep/gone.py"),
        PATCH.replace("bin/tool.py", "../tool.py"),
        PATCH.replace("bin/tool.py", ".git/hooks/tool.py"),
        PATCH.replace("deep/gone.py", "link.py"),
        PATCH.replace("bin/tool.py", "link/tool.py"),
        PATCH.replace("'ß'", "'→'"),  # latin-1 has none, whatever the path
    ],
)
def test_what_may_not_be_leaves_everything_as_it_was(repo: Path, reply: str) -> None:
    outside = repo.parent / f"{repo.name}-outside"
    outside.mkdir()
    (outside / "x.py").write_text("x = 1\n")
    (repo / "link").symlink_to(outside)
    (repo / "link.py").symlink_to(outside / "x.py")
    before = files(repo)
    done = run(stdin=reply, cwd=repo)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr
    assert "a defect" not in done.stderr
    assert files(repo) == before
    assert list(outside.iterdir()) == [outside / "x.py"]
