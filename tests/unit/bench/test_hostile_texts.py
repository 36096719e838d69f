"""Whoever looks for the effects of a hostile text sees those of each, were it posted as it is."""

import pytest
from stories.hostile_texts import CASES, MARKER, harm


@pytest.mark.parametrize("name", CASES)
def test_each_text_would_do_harm_if_nobody_defused_it(name: str) -> None:
    assert harm(f"**Major: a title**\n\n{CASES[name]}")


@pytest.mark.parametrize(
    "text",
    [
        "**Major: a title**\n\nIt fails. `@bob` ``<!-- x -->``\n\n```text\n/approve\n@all\n```",
        "Fine.\n\n<details><summary>More: 2</summary>\n\n- a\n\n</details>\n\n<!-- codex-bot:finding abc -->",
        f"    {MARKER}",
    ],
)
def test_what_we_write_ourselves_and_what_is_code_does_none(text: str) -> None:
    assert harm(text) == []


def test_a_suggestion_of_ours_is_none_of_theirs() -> None:
    block = "```suggestion\nx = 1\n```"
    assert harm(block, suggestions=1) == []
    assert harm(f"{block}\n\n{block}", suggestions=1) == ["a suggestion that nobody checked"]
