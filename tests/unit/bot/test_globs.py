"""Patterns for paths mean what git's ignore files mean by them."""

import subprocess
import time
from pathlib import Path

import pytest

from bot.globs import LONGEST, matches, problem_of

PATHS = [
    *("a.py", "docs", "docs2/a.md", "docs/a.md", "docs/deep/b.md", "src/docs/c.md", "src/a.py", "src/deep/a.py"),
    *("src/deep/er/test_a.py", ".hidden/x", "src/.hidden", "A.py", "src/a/b/c/d.txt", "a/b", "b/a/b", "x y/z.md"),
]
PATTERNS = [
    *("*.py", "*.md", "docs", "docs/", "/docs", "/docs/", "docs/*", "docs/**", "docs/*.md", "src/**/a.py", "**/a.py"),
    *("src/*", "src/*/", "src/**", "**/docs/**", "*", "**", "**/", "a/b", "a/**/d.txt", "src/**/**/d.txt", "?.py"),
    *("te*_a.*", "/*.py", "x y", ".*", "src/a**y", "**/b", "**b", "a/*/b", "/a/b/"),
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_git_means_the_same(tmp_path: Path, pattern: str) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".git" / "info" / "exclude").write_text(pattern + "\n")
    argv = ["git", "-C", str(tmp_path), "check-ignore", "--no-index", "--stdin"]
    done = subprocess.run(argv, input="\n".join(PATHS), capture_output=True, text=True, check=False)
    assert [path for path in PATHS if matches(pattern, path)] == done.stdout.splitlines()


@pytest.mark.parametrize("pattern", PATTERNS)
def test_what_is_tried_is_fit(pattern: str) -> None:
    assert problem_of(pattern) == ""


@pytest.mark.parametrize(
    "pattern",
    ["", "/", "//", "a//b", "../a", "a/./b", "!a", "#a", "a[bc]", "{a,b}", "a\\b", "a\nb", "\x00", "a" * (LONGEST + 1)],
)
def test_what_cannot_be_used_is_refused_with_a_reason(pattern: str) -> None:
    assert problem_of(pattern)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a" * 90 + "b", "a" * 4000),
        ("**/a/" * 39 + "b", "a/" * 2000 + "c"),
        ("**/*a*a*a/" * 15 + "b", "aaaaaaaa/" * 400),
    ],
)
def test_no_pattern_takes_long(pattern: str, path: str) -> None:
    begun = time.monotonic()
    assert not matches(pattern, path.rstrip("/"))
    assert time.monotonic() - begun < 2
