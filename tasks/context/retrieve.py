"""Which files of a repository a model gets to see for an issue: the policy over what the index finds."""

import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from tasks.context.index import Index, Place

_TEST = re.compile(
    r"(?:^|/)(?:tests?|testing|testdata|__tests__|specs?|fixtures|examples?|benchmarks?)/"
    r"|(?:^|/)(?:test_[^/]*|conftest\.py)$|_test\.\w+$|\.(?:test|spec)\.\w+$"
)
_PROSE = frozenset(
    {".md", ".rst", ".txt", ".adoc", ".po", ".html", ".csv", ".json", ".yml", ".yaml", ".toml", ".cfg", ".ini"}
)
_SPARE = 5  # how many times more is asked of the index than of the policy, which moves tests to the end


def choose_files(
    root: Path, issue_text: str, limit: int, opens: Callable[[str], bool] = lambda _path: True
) -> list[Place]:
    """Return at most `limit` files below `root` that the issue is about, each by its best place, best first.

    Only paths that it `opens` are looked at.
    Files that the issue names come first, then source, then prose and settings, then tests and examples.
    """
    index = Index.build(root, opens)
    return _ordered(index, issue_text, index.rank_files(issue_text, limit * _SPARE + 50), limit)


def choose_places(root: Path, issue_text: str, limit: int) -> list[Place]:
    """Return at most `limit` places (functions) below `root` that the issue is about, ordered as by `choose_files`."""
    index = Index.build(root)
    return _ordered(index, issue_text, index.rank(issue_text, limit * _SPARE + 200), limit)


def is_test(path: str) -> bool:
    """Say whether a path looks like a test, a fixture or an example."""
    return bool(_TEST.search(path))


def _ordered(index: Index, issue_text: str, places: list[Place], limit: int) -> list[Place]:
    named = frozenset(index.named(issue_text))
    order = sorted(enumerate(places), key=lambda item: (_group(item[1].path, named), item[0]))
    return [place for _, place in order][:limit]


def _group(path: str, named: frozenset[str]) -> int:
    if path in named:
        return 0
    if is_test(path):
        return 3
    return 2 if PurePosixPath(path).suffix.lower() in _PROSE else 1
