"""Bytes to text and back: exact where nothing changes, refused where the file could not hold it."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.patch.encoding import Encoding, NotEncodableError, decode

RUSSIAN = "# Привет, мир\nx = 1\n"


def read(content: bytes) -> tuple[str, Encoding]:
    found = decode(content)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("content", "text", "codec"),
    [
        (b"", "", "utf-8"),
        (b"x = 1\r\n", "x = 1\r\n", "utf-8"),
        ("größe → 😀".encode(), "größe → 😀", "utf-8"),
        (b"\x1b[31mred\n\x0c\n", "\x1b[31mred\n\x0c\n", "utf-8"),
        (codecs.BOM_UTF8 + "ü\n".encode(), "ü\n", "utf-8"),
        (codecs.BOM_UTF16_LE + "ü😀\r\n".encode("utf-16-le"), "ü😀\r\n", "utf-16-le"),
        (codecs.BOM_UTF16_BE + "ü\n".encode("utf-16-be"), "ü\n", "utf-16-be"),
        ("naïve café\n".encode("latin-1"), "naïve café\n", "latin-1"),
        ("“quoted” € José\n".encode("cp1252"), "“quoted” € José\n", "cp1252"),
        (f"# -*- coding: cp1251 -*-\n{RUSSIAN}".encode("cp1251"), f"# -*- coding: cp1251 -*-\n{RUSSIAN}", "cp1251"),
        ("#!/bin/sh\n# vim: fileencoding=koi8-r\n# Привет\n".encode("koi8-r"), None, "koi8-r"),
        ('<?xml version="1.0" encoding="ISO-8859-15"?>\n<a>€</a>\n'.encode("iso8859-15"), None, "iso8859-15"),
        ('@charset "shift_jis";\n/* 日本語 */\n'.encode("shift_jis"), None, "shift_jis"),
        (b"# coding: latin-1\nx = 1\n", "# coding: latin-1\nx = 1\n", "iso8859-1"),
        # What a file says of itself stands behind what its bytes are, and behind what can be believed.
        ("# coding: latin-1\n# größe\n".encode(), "# coding: latin-1\n# größe\n", "utf-8"),
        (b"# coding: utf-7\nx = 1\n", "# coding: utf-7\nx = 1\n", "utf-8"),
        (b"# Decoding: the message\n", "# Decoding: the message\n", "utf-8"),
        (b'open("x", encoding="latin-1")\n', 'open("x", encoding="latin-1")\n', "utf-8"),
        (b"\n\n# coding: latin-1\n", "\n\n# coding: latin-1\n", "utf-8"),
        ("# coding: utf-8\n# é\n".encode("latin-1"), "# coding: utf-8\n# é\n", "latin-1"),
    ],
)
def test_a_text_is_read_by_a_fixed_rule_and_written_back_as_it_was(
    content: bytes, text: str | None, codec: str
) -> None:
    found, encoding = read(content)
    assert (found, encoding.codec) == (content.decode(codec) if text is None else text, codec)
    assert encoding.encode(found, "a") == content


@pytest.mark.parametrize(
    "content",
    [
        b"a\0b",
        b"\x89PNG\r\n\x1a\n",
        b"caf\xe9 \x01\x02",
        b"\x81\x8d\x8f",  # stand for nothing in cp1252
        codecs.BOM_UTF8 + b"\xff",
        codecs.BOM_UTF8 + b"a\0b",
        codecs.BOM_UTF16_LE + b"x",
        codecs.BOM_UTF16_LE + "a\0b".encode("utf-16-le"),
        codecs.BOM_UTF16_LE + b"\x00\xd8x\x00",  # half of a pair
        codecs.BOM_UTF32_LE + "x".encode("utf-32-le"),
    ],
)
def test_what_is_no_text_is_not_read_as_one(content: bytes) -> None:
    assert decode(content) is None


@given(st.binary(max_size=60) | st.text(max_size=30).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_whatever_is_read_leads_back_to_the_same_bytes(content: bytes) -> None:
    found = decode(content)
    if found:
        assert found[1].encode(found[0], "a") == content


@given(st.text(st.characters(codec="utf-8")))
def test_what_was_written_reads_back_as_the_text(text: str) -> None:
    for start in (b"", codecs.BOM_UTF8, codecs.BOM_UTF16_BE, b"caf\xe9", b"# coding: shift_jis\n"):
        _, encoding = read(start)
        try:
            content = encoding.encode(text, "a")
        except NotEncodableError:
            continue
        assert content[len(encoding.mark) :].decode(encoding.codec) == text


@pytest.mark.parametrize(
    ("content", "text", "reason"),
    [
        (b"caf\xe9\n", "café\n😀\n", "a.txt is written in latin-1, which has no 😀 (U+1F600); line 2 would hold it"),
        (b"caf\xe9\n", "10 €\n", "latin-1, which has no € (U+20AC)"),
        (b"caf\xe9 \x96\n", "→\n", "cp1252, which has no →"),
        (b"# coding: ascii\n", "é", "ascii, which has no é"),
        (b"# coding: shift_jis\n", "\u00a5\n", "shift_jis, which has no ¥ (U+00A5)"),
        (b"caf\xe9\n", "\u200b", "latin-1, which has no U+200B"),
        (RUSSIAN.encode("cp1251"), "é", "does not say what it is written in, so no é (U+00E9) can be put into it"),
    ],
)
def test_a_sign_that_the_file_cannot_hold_is_named(content: bytes, text: str, reason: str) -> None:
    with pytest.raises(NotEncodableError) as refused:
        read(content)[1].encode(text, "a.txt")
    assert reason in refused.value.message
    assert "convert the file to UTF-8" in refused.value.mend


def test_a_file_that_does_not_say_what_it_is_written_in_is_edited_with_the_signs_that_it_has() -> None:
    content = RUSSIAN.encode("cp1251")
    text, encoding = read(content)
    moved = encoding.encode(text.replace("x = 1", "x = 2") + text.split("\n")[0], "a")
    assert moved.decode("cp1251") == "# Привет, мир\nx = 2\n# Привет, мир"


def test_a_long_first_line_is_read_in_no_time() -> None:
    assert read(b"#" * 4_000_000 + b"coding")[1] == Encoding()
    assert read(b"# codin" * 500_000)[1] == Encoding()
