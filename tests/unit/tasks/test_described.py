"""The bot's part of somebody's pull request body: theirs is never touched, whatever stands in it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.described import with_block, without_block

OURS = "### What it does\n\nIt mends."
MARKERS = [
    "<!-- codex-bot:described 0123456789abcdef0123 -->",
    "<!-- /codex-bot:described -->",
    "<!-- codex-bot:described -->",
    with_block("", "copied"),
    with_block("", "edited").replace("edited", "by hand"),
    with_block("", "open").rpartition("\n")[0],
]
THEIRS = st.lists(st.sampled_from([*MARKERS, "words", "\r\n", "\n", " ", "- [ ] x", "größe\r\n"]), max_size=8).map(
    "".join
)


def test_without_a_part_it_goes_behind_what_is_there() -> None:
    assert re.sub("[0-9a-f]{20}", "DIGEST", with_block("Why.", OURS)) == (
        "Why.\n\n<!-- codex-bot:described DIGEST -->\n### What it does\n\nIt mends.\n<!-- /codex-bot:described -->"
    )


@pytest.mark.parametrize("body", ["", "Why.", "Why.\r\n\r\n- a\r\n", "a\n\n<!-- codex-bot:0123 pull request -->"])
def test_another_part_takes_its_place_and_everything_else_stays(body: str) -> None:
    first = with_block(body, OURS)
    assert first.startswith(body)
    assert with_block(first, OURS) == first
    later = f"{first}\r\nMore of theirs.\r\n"
    assert with_block(later, "Other.") == with_block(body, "Other.") + "\r\nMore of theirs.\r\n"


def test_a_forge_that_changes_how_lines_end_does_not_make_it_somebody_elses() -> None:
    first = with_block("Why.", OURS).replace("\n", "\r\n")
    assert "It mends" not in with_block(first, "Other.")


@pytest.mark.parametrize("body", MARKERS[:3] + MARKERS[4:])
def test_what_is_not_ours_to_the_letter_is_kept(body: str) -> None:
    assert with_block(body, OURS).startswith(body)


def test_what_people_changed_inside_is_theirs_from_then_on() -> None:
    edited = with_block("Why.", OURS).replace("mends", "mends, says bob")
    assert with_block(edited, "Other.").startswith(edited)


def test_a_part_may_not_hold_markers() -> None:
    with pytest.raises(ValueError, match="marker"):
        with_block("", "a <!-- /codex-bot:described --> b")


def test_for_reading_only_what_people_wrote_is_left() -> None:
    assert without_block(with_block("Why.\n", OURS)) == "Why."
    assert without_block("Why.") == "Why."


@given(THEIRS, st.sampled_from([OURS, "x", "", "a\r\nb"]))
def test_whatever_stands_there_nothing_of_it_is_lost_but_a_part_of_ours(theirs: str, ours: str) -> None:
    after = with_block(theirs, ours)
    kept = after.replace(with_block("", ours), "", 1)
    copied = MARKERS[3]
    assert after.startswith(theirs) or kept == (theirs[::-1].replace(copied[::-1], "", 1))[::-1] or copied in theirs
    for word in ("words", "größe", "by hand"):
        assert after.count(word) >= theirs.count(word)
    assert with_block(after, ours) == after
