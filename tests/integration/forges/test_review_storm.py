"""A small storm of random reviews; `make bench-reviews` lets a large one loose."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from stories.review_storm import DIALECTS, storm

from bot.diff import FileDiff, Kind, Line, Place, Side


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_no_review_is_refused_and_no_remark_is_lost(dialect: str, tmp_path: Path) -> None:
    with DIALECTS[dialect](tmp_path) as stand:
        found = storm(stand, 25, seed=7)
    assert found.refused == []
    assert found.is_clean
    assert (found.reviews, found.lines > 25, found.files > 0, found.nowhere > 0) == (25, True, True, True)


def at_face_value(files: Sequence[FileDiff], path: str, first: int, last: int, side: Side) -> Place:
    """Place a remark on the lines that somebody asked for, whether or not the diff shows them."""
    file = next((file for file in files if file.new_path == path), None)
    if file is None or side is Side.OLD:
        return Place()
    return Place(file, Line(Kind.CONTEXT, "", first, first), Line(Kind.CONTEXT, "", last, last))


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_the_storm_notices_positions_that_are_not_exact(dialect: str, tmp_path: Path) -> None:
    with DIALECTS[dialect](tmp_path) as stand:
        found = storm(stand, 5, seed=7, placing=at_face_value)
    assert not found.is_clean
    assert found.refused
