"""A link in a model's words runs nothing."""

import pytest

from tasks.review.prose import prose


@pytest.mark.parametrize("text", ["[x](javascript:alert(1))", "<JavaScript:alert(1)>", "[x][1]\n\n[1]: vbscript:x"])
def test_a_link_runs_nothing(text: str) -> None:
    shown = prose(text).lower()
    assert "script:" not in shown
    assert "script\u200b:" in shown


def test_words_and_code_stay() -> None:
    assert prose("JavaScript is fine, `javascript:x` too") == "JavaScript is fine, `javascript:x` too"
