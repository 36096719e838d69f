"""What a stranger prints is bounded and harmless."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.sandbox.output import FLOOD, Output, clean


def fed(limit: int, *chunks: bytes) -> Output:
    output = Output(limit)
    for chunk in chunks:
        output.feed(chunk)
    return output


def test_short_output_is_kept_whole() -> None:
    assert fed(100, b"one\n", b"two\n").text() == "one\ntwo\n"


def test_of_long_output_the_beginning_and_the_end_are_kept() -> None:
    text = fed(20, b"first line\n", *(b"middle\n" for _ in range(50)), b"last line\n").text()
    assert text == "first line\n[351 bytes left out]\nlast line\n"


def test_only_a_flood_is_a_flood() -> None:
    assert not fed(10, b"x" * 10 * FLOOD).is_flood
    assert fed(10, b"x" * 10 * FLOOD, b"x").is_flood


@given(st.lists(st.binary(max_size=50)), st.integers(min_value=2, max_value=200))
def test_however_it_comes_no_more_than_the_limit_is_kept(chunks: list[bytes], limit: int) -> None:
    text = fed(limit, *chunks).text()
    whole = b"".join(chunks)
    if len(whole) <= limit // 2 * 2:
        assert text == clean(whole.decode(errors="replace"))
    assert len(text) <= limit + len("\n[99999 bytes left out]\n")


@pytest.mark.parametrize(
    ("raw", "harmless"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("a\r\nb\tc\x00\x7f\x9b", "a\nb\tc"),
        ("admin\u202eresu\u2066", "adminresu"),
        ("Grüße, 世界 🎉", "Grüße, 世界 🎉"),
    ],
)
def test_terminal_tricks_are_stripped_and_words_stay(raw: str, harmless: str) -> None:
    assert clean(raw) == harmless


@given(st.text())
def test_no_control_character_survives(text: str) -> None:
    assert not any((char < " " and char not in "\n\t") or "\x7f" <= char <= "\x9f" for char in clean(text))
