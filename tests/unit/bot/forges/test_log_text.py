"""Logs of CI as people read them."""

import time

import pytest

from bot.errors import UserError
from bot.forges.log_text import log_end, readable, tail


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("\x1b[31;1mred\x1b[0m", "red"),
        ("\x1b]8;;https://a.example\x1b\\link\x1b]8;;\x07", "link"),
        ("\x1b(Bplain\x1b[K\x1b[?25l", "plain"),
        ("\x1b", ""),
        ("\ufeff2026-11-26T19:47:41.1234567Z hello", "hello"),
        ("2026-11-26T19:47:41.123456Z 00O hello\n2026-11-26T19:47:41.123456Z 01E+more", "hello\nmore"),
        ("at 2026-11-26T19:47:41.1234567Z it stays", "at 2026-11-26T19:47:41.1234567Z it stays"),
        (
            "section_start:1600000000:build[collapsed=true]\r\x1b[0KBuild\nsection_end:1600000001:build\r\x1b[0K",
            "Build\n",
        ),
        (" 10 %\r 50 %\r100 %\r\nnext\r\n", "100 %\nnext\n"),
        ("tab\there\x00\x08", "tab\there"),
    ],
)
def test_only_what_people_read_is_left(raw: str, text: str) -> None:
    assert readable(raw.encode()) == text


def test_what_is_no_utf_8_is_replaced() -> None:
    assert readable(b"caf\xe9\n") == "caf\ufffd\n"


@pytest.mark.parametrize(
    ("last", "kept"),
    [(100, b"one\ntwo\nthree\n"), (14, b"one\ntwo\nthree\n"), (13, b"two\nthree\n"), (7, b"three\n"), (3, b"ee\n")],
)
def test_the_last_whole_lines(last: int, kept: bytes) -> None:
    assert tail([b"one\nt", b"wo\nthr", b"ee\n"], last) == kept


def test_one_long_line_loses_its_beginning() -> None:
    assert tail([b"0123456789"] * 3, 12) == b"890123456789"


def test_a_hostile_log_is_read_in_no_time() -> None:
    start = time.perf_counter()
    for piece in ("\x1b]", "\x1b[", "\r", "\x1bP", "section_start:1:", "2026-"):
        readable((piece * 200_000).encode()[:200_000])
    assert time.perf_counter() - start < 10  # seconds; with a pattern that looks back it is minutes


def test_nothing_is_said_to_be_gone() -> None:
    with pytest.raises(UserError, match="The log of job 7 is gone"):
        log_end([b"\n", b""], "7", 100)
