import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import Command, find_command


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("/codex implement", Command("implement", "")),
        ("/codex implement use a set", Command("implement", "use a set")),
        ("/codex implement\n\nuse a set\nand sort", Command("implement", "use a set\nand sort")),
        ("/codex implement\r\nuse a set", Command("implement", "use a set")),
        ("/codex implement a\0b", Command("implement", "a\ufffdb")),  # PostgreSQL takes no NUL
        ("/CODEX Implement", Command("implement", "")),
        ("  /codex   review  ", Command("review", "")),
        ("\n\n/codex implement", Command("implement", "")),
        ("/codex", Command("help", "")),
        ("/codex frobnicate", Command("frobnicate", "")),
    ],
)
def test_a_command_at_the_top_of_a_comment_is_found(comment: str, expected: Command) -> None:
    assert find_command(comment) == expected


@pytest.mark.parametrize(
    "comment",
    [
        "",
        "Thanks! /codex implement",
        "Please write\n/codex implement",
        "> /codex implement",
        "```\n/codex implement\n```",
        "    /codex implement",
        "`/codex implement`",
        "- /codex implement",
        "# /codex implement",
        "<!-- /codex implement -->",
        "<div>\n/codex implement\n</div>",
        "/codexx implement",
        "/codex ../../etc",
        "/codex 42",
    ],
)
def test_what_is_quoted_hidden_code_or_mere_talk_commands_nothing(comment: str) -> None:
    assert find_command(comment) is None


@given(st.text())
def test_no_comment_breaks_the_parser(comment: str) -> None:
    find_command(comment)
