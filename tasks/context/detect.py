"""Tells from a checkout's files alone what a repository is written in and how its tests are run."""

import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.languages import languages_of
from tasks.context.tree import is_regular, is_written_by_people, read_bytes, walk_files

_PYTHON_TEST = re.compile(r"(?:^|/)(?:conftest|test_[^/]*|[^/]*_test)\.py$")
_MAKE_TEST = re.compile(r"^test[ \t]*:(?!=)", re.MULTILINE)
_NO_TEST = "no test specified"  # what `npm init` writes where there are none
_LOCKS = {"pnpm-lock.yaml": "pnpm", "yarn.lock": "yarn", "bun.lock": "bun"}
_BY_FILE = {
    "go.mod": ("go", "test", "./..."),
    "Cargo.toml": ("cargo", "test"),
    "pom.xml": ("mvn", "test"),
    "gradlew": ("./gradlew", "test"),
    "mix.exs": ("mix", "test"),
}


@dataclass(frozen=True, slots=True)
class TestCommand:
    """A way to run the tests, and the file that told of it."""

    __test__ = False  # or pytest takes it for a test

    words: Sequence[str]
    file: str


def count_languages(root: Path) -> dict[str, int]:
    """Return how many files are written in each language, the most used first; other people's code is not counted.

    A file that may be of several languages counts for those that other files prove.
    """
    found = [languages_of(path) for path in _own_files(root)]
    proven = Counter(next(iter(names)) for names in found if len(names) == 1)
    doubtful = Counter(name for names in found if len(names) > 1 for name in (names & proven.keys()) or names)
    return dict(sorted((proven + doubtful).items(), key=lambda item: (-item[1], item[0])))


def find_test_commands(root: Path) -> list[TestCommand]:
    """Return the ways to run the tests that the files speak of, the likeliest first."""
    found: list[TestCommand] = []
    python = _pytest_file(root)
    if python:
        found.append(TestCommand(("pytest", "-q"), python))
    if _has_node_test(root):
        runner = next((name for lock, name in _LOCKS.items() if is_regular(root / lock)), "npm")
        found.append(TestCommand((runner, "test"), "package.json"))
    found += [TestCommand(words, file) for file, words in _BY_FILE.items() if is_regular(root / file)]
    makefiles = [name for name in ("GNUmakefile", "makefile", "Makefile") if _MAKE_TEST.search(_text(root / name))]
    return [*found, *(TestCommand(("make", "test"), name) for name in makefiles[:1])]


def _own_files(root: Path) -> Iterator[str]:
    return (path for path in walk_files(root, vendored=False) if is_written_by_people(path))


def _text(path: Path) -> str:
    content = read_bytes(path) if is_regular(path) else None
    return (content or b"").decode(errors="replace")


def _pytest_file(root: Path) -> str:
    """Return the file that says that pytest runs the tests, or an empty string."""
    signs: dict[str, Callable[[str], bool]] = {
        "pytest.toml": lambda _text: True,
        "pytest.ini": lambda _text: True,
        "pyproject.toml": _configures_pytest,
        "setup.cfg": lambda text: "[tool:pytest]" in text,
        "tox.ini": lambda text: "[pytest]" in text,
    }
    for name, says_so in signs.items():
        if is_regular(root / name) and says_so(_text(root / name)):
            return name
    return next((path for path in _own_files(root) if _PYTHON_TEST.search(path)), "")


def _configures_pytest(text: str) -> bool:
    try:
        tool = tomllib.loads(text).get("tool")
    except (tomllib.TOMLDecodeError, RecursionError):
        return False
    return isinstance(tool, dict) and "pytest" in tool


def _has_node_test(root: Path) -> bool:
    try:
        package = json.loads(_text(root / "package.json") or "{}")
    except (ValueError, RecursionError):
        return False
    scripts = package.get("scripts") if isinstance(package, dict) else None
    test = scripts.get("test") if isinstance(scripts, dict) else None
    return isinstance(test, str) and bool(test.strip()) and _NO_TEST not in test
