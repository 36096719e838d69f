"""However loosely a place was found, a file keeps its line endings, its last line as it ends, its byte order mark."""

import pytest
from stories.patches import applied, becomes, block, diff, whole

BEFORE = """\
def price(article):
    rate = exchange_rate(article)
    amount = article.price * rate

    return round(amount, 2)


end('x', 1 < 2)
"""
AFTER = BEFORE.replace("amount, 2", "amount, 4")
RATE, AMOUNT, RETURN = (
    "    rate = exchange_rate(article)",
    "    amount = article.price * rate",
    "    return round(amount, 2)",
)
PLAIN = f"{RATE}\n{AMOUNT}\n\n{RETURN}"
FULL = f"def price(article):\n{PLAIN}"


def pair(old: str) -> str:
    return block(old, old.replace("amount, 2", "amount, 4"))


LOOSE = {
    "": pair(PLAIN),
    "trailing space": pair(PLAIN.replace("rate\n", "rate  \n")),
    "indentation": pair(PLAIN.replace("    ", "")),
    "tabs": pair(PLAIN.replace("    ", "\t")),
    "quotes": block(
        f"{RETURN}\n\n\nend(\u2018x\u2019, 1 < 2)", f"{RETURN.replace('2', '4')}\n\n\nend(\u2018x\u2019, 1 < 2)"
    ),
    "entities": block(f"{RETURN}\n\n\nend('x', 1 &lt; 2)", f"{RETURN.replace('2', '4')}\n\n\nend('x', 1 &lt; 2)"),
    "line numbers": pair(f"2 | {RATE}\n3 | {AMOUNT}\n4 | \n5 | {RETURN}"),
    "blank lines": pair(PLAIN.replace("\n\n", "\n")),
    "margin": diff(AMOUNT, "", f"-{RETURN}", f"+{RETURN.replace('2', '4')}"),
    "elision": pair(f"{RETURN}\n...\nend('x', 1 < 2)"),
    "typo": pair(FULL.replace("exchange_rate", "exchnage_rate")),
}
STYLES = {
    "as it is": lambda text: text,
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "no final newline": lambda text: text.rstrip("\n"),
    "CRLF without a final newline": lambda text: text.rstrip("\n").replace("\n", "\r\n"),
    "a mark": lambda text: f"\ufeff{text}",
    "a mark and CRLF": lambda text: "\ufeff" + text.replace("\n", "\r\n"),
}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", LOOSE)
def test_every_loosening_keeps_what_the_file_is_written_in(name: str, style: str) -> None:
    written = STYLES[style]
    assert applied(LOOSE[name], written(BEFORE)) == (written(AFTER), (name,) if name else ())


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("reply", [whole(AFTER), whole(AFTER).replace("\n", "\r\n")])
def test_a_whole_file_is_written_as_the_file_was(reply: str, style: str) -> None:
    written = STYLES[style]
    assert becomes(reply, written(BEFORE)) == written(AFTER)


def test_untouched_lines_keep_their_own_ending_and_new_ones_take_the_usual_one() -> None:
    before = "one\r\ntwo\nthree\r\nfour\r\n"
    assert becomes(block("one\ntwo\nthree", "one\nhalf\ntwo\nthree"), before) == "one\r\nhalf\r\ntwo\nthree\r\nfour\r\n"
    assert becomes(block("  two", "  zwei"), before) == "one\r\nzwei\r\nthree\r\nfour\r\n"


def test_lines_that_stay_between_those_that_change_keep_every_byte_even_where_they_repeat() -> None:
    before = "a\r\nsame\n\tmiddle \nsame\r\nb\nsame\n"
    assert becomes(block("a\nsame\n\tmiddle \nsame\nb", "A\nsame\n\tmiddle \nsame\nB"), before) == (
        "A\nsame\n\tmiddle \nsame\r\nB\nsame\n"
    )


def test_a_line_below_an_open_last_line_ends_it() -> None:
    assert becomes(block("two", "two\nthree"), "one\ntwo") == "one\ntwo\nthree"
    assert becomes(block("one\ntwo", "one"), "one\ntwo") == "one"
    assert becomes(block("one\ntwo", "one"), "one\r\ntwo") == "one"
    assert becomes(block("one\ntwo", "one\nzwei\ndrei"), "one\r\ntwo") == "one\r\nzwei\r\ndrei"


def test_a_file_may_lose_all_of_its_lines() -> None:
    assert becomes(block("one\ntwo", ""), "one\ntwo\n") == ""
    assert becomes(block("one", ""), "\ufeffone") == "\ufeff"


def test_signs_that_end_lines_elsewhere_end_none_here() -> None:
    before = "a\x0c\nb\u2028c\x85\nd\re\n"
    assert becomes(block("b\u2028c\x85", "b"), before) == "a\x0c\nb\nd\re\n"
    assert becomes(block("a\x0c", "x"), before) == "x\nb\u2028c\x85\nd\re\n"
