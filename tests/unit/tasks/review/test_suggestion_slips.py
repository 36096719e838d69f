"""A storm of suggestions with the slips of models: what remains is what was meant, and most of it remains."""

import ast
import warnings
from collections import Counter
from random import Random

import pytest
from stories.review_findings import finding
from stories.review_slips import Slip, slips

from tasks.review.suggestion import apply, check_suggestion


def parses(text: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(text)
        except SyntaxError:
            return False
    return True


def told(text: str) -> list[str]:
    """Return the lines of a text but for empty ones: how many of these a range ends with, nobody counts."""
    return [line.rstrip() for line in text.split("\n") if line.strip()]


def became(slip: Slip) -> str:
    """Say what became of a suggestion, for edits that were sound before the slips."""
    checked = check_suggestion(finding(slip.first, slip.last, path=slip.path, suggestion=slip.said), slip.head)
    if checked.suggestion is None:
        return "text" if checked.body != finding().body else "dropped"
    after = apply(checked, slip.head)
    assert parses(after), slip
    return "right" if told(after) == told(slip.meant) else "wrong"


@pytest.mark.parametrize("seed", range(3))
def test_what_remains_is_what_was_meant(seed: int) -> None:
    sound = [slip for slip in slips(Random(seed), 250) if parses(slip.meant) and told(slip.meant) != told(slip.head)]
    kinds = Counter(became(slip) for slip in sound)
    assert kinds["wrong"] == 0
    assert kinds["dropped"] == 0
    assert kinds["right"] > 0.9 * len(sound) > 100


def test_a_storm_has_every_slip() -> None:
    made = Counter(name for slip in slips(Random(1), 250) for name in slip.slips)
    assert min(made[name] for name in ("context", "dedent", "strip", "fence", "plus", "LF")) > 5
