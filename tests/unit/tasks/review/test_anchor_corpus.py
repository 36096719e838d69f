"""Every line of the diffs that readers stumble over, and of any other, is found and none is taken for another."""

import functools
import time
from collections.abc import Iterable, Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stories.diff_corpus import CASES, Repository
from stories.review_diffs import added, diff_of
from stories.review_findings import lines_of, quoting

from bot.diff import FileDiff, Line, Side, parse_diff
from tasks.review.anchor import anchor, anchor_all


def _shown(files: Sequence[FileDiff]) -> Iterator[tuple[str, Side, Line, int]]:
    """Return each line of a diff on each side on which it is."""
    for file in files:
        for line in (line for hunk in file.hunks for line in hunk.lines):
            for side, path in ((Side.OLD, file.old_path), (Side.NEW, file.new_path)):
                number = line.number(side)
                if number is not None and path is not None:
                    yield path, side, line, number


@functools.cache
def _texts(files: tuple[FileDiff, ...], path: str, side: Side) -> dict[int, str]:
    return {number: line.text.removesuffix("\r") for p, s, line, number in _shown(files) if (p, s) == (path, side)}


def _check_nearby(files: tuple[FileDiff, ...], offsets: Iterable[int]) -> None:
    """Quote every line with numbers that are wrong by little.

    Where the line with the wrong number holds the very same text, nobody could know that another one was meant.
    """
    for path, side, line, number in _shown(files):
        texts = _texts(files, path, side)
        for claimed in {max(1, number + offset) for offset in offsets}:
            found = anchor(quoting(line.text, claimed, path=path, side=side), files)
            right = claimed if texts.get(claimed) == texts[number] else number
            assert lines_of(found) in {(path, right, right, side), (path, 0, 0, found.side)}
            assert found.first or claimed != number


@pytest.mark.parametrize("name", CASES)
def test_every_line_of_the_corpus_is_found_and_none_is_taken_for_another(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    repository = Repository(tmp_path_factory.mktemp("corpus"), *CASES[name])
    files = parse_diff(repository.diff().decode("utf-8", "surrogateescape"))
    for path, side, line, number in _shown(files):
        assert lines_of(anchor(quoting(line.text, number, path=path, side=side), files)) == (path, number, number, side)
    _check_nearby(files, range(-3, 4))


WORDS = st.sampled_from(
    ["", "}", "return None", "    return None", "total += 1", "total +=  1", "- item", "+ x", "..."]
)
FILE = st.lists(WORDS, max_size=14)


@given(before=FILE, after=FILE)
def test_of_any_diff_no_line_is_taken_for_another(before: list[str], after: list[str]) -> None:
    _check_nearby(diff_of({"a": before}, {"a": after}), range(-3, 4))


BEFORE = ["def f():", "    return None", "", "}"]
AFTER = ["def f(x):", "    return x", "    return None", "", "}", "}"]


@given(quote=st.text(max_size=40), number=st.integers(0, 200), path=st.text(max_size=8))
def test_whatever_is_quoted_the_lines_are_shown(quote: str, number: int, path: str) -> None:
    files = diff_of({"shop.py": BEFORE}, {"shop.py": AFTER})
    for said_path in (path, "shop.py"):
        found = anchor(quoting(quote, number, path=said_path), files)
        shown_lines = _texts(files, found.path, found.side) if found.first else {0: ""}
        assert set(range(found.first, found.last + 1)) <= shown_lines.keys()


def test_many_quotes_of_a_large_file_are_looked_up_soon() -> None:
    lines = [f"x{n} = {n}" if n % 3 else "    return None" for n in range(20_000)]
    files = added(big_py=lines)
    said = [quoting(lines[n], n + 2, path="big.py") for n in range(1, 20_000, 100)]
    said += [quoting("no such line at all", n, path="big.py") for n in range(1, 20)]
    started = time.process_time()
    found = anchor_all(said, files)
    assert time.process_time() - started < 3  # 0.2 s alone
    assert {one.first for one in found} == {n + 1 for n in range(1, 20_000, 100) if n % 3} | {0}
