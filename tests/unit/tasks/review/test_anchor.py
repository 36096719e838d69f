"""Where the lines that a model quotes really are."""

import pytest
from stories.review_diffs import diff_of, renamed
from stories.review_findings import finding, lines_of, quoting

from bot.diff import Side
from tasks.review.anchor import anchor
from tasks.review.finding import Finding

BEFORE = [
    "import os",
    "",
    "def price(cart):",
    "    total = 0",
    "    for item in cart:",
    "        total = total + item.price",
    "    return total",
    "",
    "def empty(cart):",
    "    return None",
]
AFTER = [
    "import os",  # 1
    "",
    "def price(cart):",  # 3
    "    total = 0",
    "    for item in cart[:-1]:",  # 5, changed
    "        if item is None:",  # 6, new
    "            return None",  # 7, new
    "",  # 8, new
    "        total += item.price",  # 9, changed
    "    return total",  # 10
    "",  # 11
    "def empty(cart):",  # 12
    "    return None",  # 13
    'NAME = "Größe"\t# 名前',  # 14, new
    "    return None",  # 15, new
]
FAR = [f"line {number}" for number in range(100)]
FILES = diff_of({"shop.py": [*BEFORE, *FAR]}, {"shop.py": [*AFTER, *FAR, "}"]})
LAST = len(AFTER) + len(FAR) + 1


@pytest.mark.parametrize(
    ("quote", "number", "first", "last"),
    [
        pytest.param("    for item in cart[:-1]:", 5, 5, 5, id="as it is"),
        pytest.param("    for item in cart[:-1]:", 3, 5, 5, id="a number that is wrong by two"),
        pytest.param("    for item in cart[:-1]:", 90, 5, 5, id="a number of nowhere"),
        pytest.param("    for item in cart[:-1]:", 0, 5, 5, id="no number"),
        pytest.param("for item in cart[:-1]:", 5, 5, 5, id="without indentation"),
        pytest.param("\tfor item in  cart[:-1]:  ", 5, 5, 5, id="tabs for spaces"),
        pytest.param("    for item in cart[:-1]:\r", 5, 5, 5, id="CRLF"),
        pytest.param("        if item is None:\n            return None", 6, 6, 7, id="two lines"),
        pytest.param("if item is None:\n    return None", 7, 6, 7, id="two lines with less indentation"),
        pytest.param("            return None\n        total += item.price", 7, 7, 9, id="an empty line left out"),
        pytest.param("            return None\n\n        total += item.price", 7, 7, 9, id="an empty line within"),
        pytest.param("", 8, 8, 8, id="an empty line"),
        pytest.param("+    for item in cart[:-1]:", 5, 5, 5, id="a plus before it"),
        pytest.param("+        if item is None:\n+            return None\n+", 6, 6, 8, id="pluses"),
        pytest.param("-    for item in cart:\n+    for item in cart[:-1]:", 5, 5, 5, id="both sides"),
        pytest.param("     total = 0\n+    for item in cart[:-1]:", 4, 4, 5, id="context and plus"),
        pytest.param("5: for item in cart[:-1]:", 5, 5, 5, id="a line number"),
        pytest.param("  5 |     for item in cart[:-1]:", 5, 5, 5, id="a line number and a bar"),
        pytest.param("5 +    for item in cart[:-1]:", 5, 5, 5, id="a line number and a plus"),
        pytest.param("+5     for item in cart[:-1]:", 5, 5, 5, id="a plus and a line number"),
        pytest.param("6\t        if item is None:\n7\t            return None", 9, 6, 7, id="line numbers"),
        pytest.param("```python\n    for item in cart[:-1]:\n```", 5, 5, 5, id="a fence"),
        pytest.param("`for item in cart[:-1]:`", 5, 5, 5, id="inline code"),
        pytest.param("for item in cart[:…", 5, 5, 5, id="cut off"),
        pytest.param("... in cart[:-1]:", 5, 5, 5, id="cut off in front"),
        pytest.param("total += item", 8, 9, 9, id="a part of a line"),
        pytest.param("def price(cart):\n...\n    return total", 3, 3, 10, id="lines left out"),
        pytest.param("def price(cart):\n    # …\n        if item is None:", 3, 3, 6, id="lines left out by a comment"),
        pytest.param("    return None", 13, 13, 13, id="the number tells equal lines apart"),
        pytest.param("return None", 15, 15, 15, id="the number tells lines apart that are alike but for white space"),
        pytest.param("            return None", 5, 7, 7, id="the indentation tells lines apart"),
        pytest.param("NAME = “Größe” # 名前", 14, 14, 14, id="typographic quotes"),
        pytest.param('NAME = "Gro\u0308ße"\t# 名前', 14, 14, 14, id="another spelling of a letter"),
        pytest.param("}", LAST, LAST, LAST, id="a brace"),
        pytest.param("}", LAST - 2, LAST, LAST, id="a brace near its number"),
        pytest.param("\n\ndef price(cart):\n", 3, 3, 3, id="empty lines around"),
    ],
)
def test_a_quote_is_found(quote: str, number: int, first: int, last: int) -> None:
    found = anchor(quoting(quote, number), FILES)
    assert lines_of(found) == ("shop.py", first, last, Side.NEW)
    assert found.quote == "\n".join([*AFTER, *FAR, "}"][first - 1 : last])


@pytest.mark.parametrize(
    ("quote", "number"),
    [
        pytest.param("    return None", 14, id="between two equal lines"),
        pytest.param("return None", 0, id="three places and no number"),
        pytest.param("return None", 90, id="three places far away"),
        pytest.param("def prices(cart):", 3, id="no such line"),
        pytest.param("", 5, id="nothing"),
        pytest.param("   ", 9, id="white space"),
        pytest.param("}", 50, id="a brace far from its number"),
        pytest.param("}", 0, id="a brace without a number"),
        pytest.param("line 50", 65, id="a line that the diff does not show"),
        pytest.param("def price(cart):\n...\nline 50", 3, id="an end that the diff does not show"),
        pytest.param("def price(cart):\n    return total", 3, id="lines that do not follow each other"),
        pytest.param("None", 0, id="too small a part"),
        pytest.param("...", 5, id="all left out"),
        pytest.param("```\n```", 5, id="an empty fence"),
        pytest.param("5:", 5, id="a number alone"),
        pytest.param("+", 5, id="a plus alone"),
    ],
)
def test_nothing_is_guessed(quote: str, number: int) -> None:
    assert lines_of(anchor(quoting(quote, number), FILES)) == ("shop.py", 0, 0, Side.NEW)


@pytest.mark.parametrize(
    ("quote", "side"),
    [
        ("    for item in cart:", Side.OLD),
        ("    for item in cart:", Side.NEW),
        ("-    for item in cart:", Side.NEW),
        ("-    for item in cart:\n+    for item in cart[:-1]:", Side.OLD),
        ("5 -    for item in cart:", Side.OLD),
    ],
)
def test_removed_lines_are_found_in_the_old_file(quote: str, side: Side) -> None:
    found = anchor(quoting(quote, 5, side=side), FILES)
    assert lines_of(found) == ("shop.py", 5, 5, Side.OLD)
    assert found.quote == "    for item in cart:"


def test_lines_of_both_files_are_counted_on_the_side_that_was_asked_for() -> None:
    assert lines_of(anchor(quoting("    return total", 7, side=Side.OLD), FILES)) == ("shop.py", 7, 7, Side.OLD)
    assert lines_of(anchor(quoting("    return total", 10), FILES)) == ("shop.py", 10, 10, Side.NEW)


def test_a_range_ends_where_the_quote_ends_however_far_the_numbers_go() -> None:
    assert lines_of(anchor(quoting(AFTER[5], 6, 7), FILES))[1:3] == (6, 6)
    assert lines_of(anchor(quoting(f"{AFTER[5]}\n{AFTER[6]}", 6, 6), FILES))[1:3] == (6, 7)


def test_a_suggestion_stays_with_the_lines_that_it_is_for() -> None:
    assert anchor(quoting(AFTER[4], 3, suggestion="    for item in cart:"), FILES).suggestion == "    for item in cart:"
    assert anchor(quoting(f"{AFTER[5]}\n{AFTER[6]}", 6, 7, suggestion="pass"), FILES).suggestion == "pass"


def test_a_suggestion_for_more_lines_than_were_quoted_becomes_text() -> None:
    found = anchor(quoting(AFTER[5], 6, 7, suggestion="pass"), FILES)
    assert (found.first, found.last, found.suggestion) == (6, 6, None)
    assert "it is not sure which lines it replaces" in found.body


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (quoting(AFTER[5], 5, 6, suggestion="new text"), "not sure which lines"),
        (quoting("no such line", 5, suggestion="new text"), "not in the diff"),
        (quoting("-    for item in cart:", 5, suggestion="new text"), "removed lines"),
        (quoting(AFTER[5], 6, path="other.py", suggestion="new text"), "not among the changed"),
        (quoting(AFTER[5], 5, 6, suggestion=""), "Without these lines"),
    ],
)
def test_a_suggestion_without_its_lines_becomes_text(said: Finding, reason: str) -> None:
    found = anchor(said, FILES)
    assert found.suggestion is None
    assert reason in found.body
    assert "The last one is missed." in found.body
    assert "```\nnew text\n```" in found.body or "Without" in found.body


MANY = diff_of({}, {"src/shop/cart.py": AFTER, "src/Tax.py": AFTER, "lib/__init__.py": AFTER, "src/__init__.py": AFTER})


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("src/shop/cart.py", "src/shop/cart.py"),
        ("./src/shop/cart.py", "src/shop/cart.py"),
        ("a/src/shop/cart.py", "src/shop/cart.py"),
        ("b/src/shop/cart.py", "src/shop/cart.py"),
        ("/src/shop/cart.py", "src/shop/cart.py"),
        ("/home/ann/repo/src/shop/cart.py", "src/shop/cart.py"),
        ("src\\shop\\cart.py", "src/shop/cart.py"),
        ("`src/shop/cart.py`", "src/shop/cart.py"),
        (" src/shop/cart.py:5-7", "src/shop/cart.py"),
        ("SRC/tax.py", "src/Tax.py"),
        ("cart.py", "src/shop/cart.py"),
        ("shop/cart.py", "src/shop/cart.py"),
        ("__init__.py", ""),
        ("lib/cart.py", ""),
        ("art.py", ""),
        ("", ""),
        ("./", ""),
        ("a/", ""),
    ],
)
def test_a_mangled_path_is_known_where_it_can_mean_one_file_only(said: str, meant: str) -> None:
    found = anchor(quoting(AFTER[5], 6, path=said), MANY)
    assert lines_of(found) == (meant, 6 if meant else 0, 6 if meant else 0, Side.NEW)


def test_a_path_that_is_there_is_not_taken_for_a_mangled_one() -> None:
    files = diff_of({}, {"a/shop.py": ["one"], "shop.py": ["two"]})
    assert lines_of(anchor(quoting("one", 1, path="a/shop.py"), files))[:2] == ("a/shop.py", 1)
    assert lines_of(anchor(quoting("one", 1, path="b/shop.py"), files))[:2] == ("shop.py", 0)


def test_a_renamed_file_is_known_by_both_names() -> None:
    files = [renamed("old.py", "new.py", BEFORE, AFTER)]
    assert lines_of(anchor(quoting(AFTER[4], 5, path="old.py"), files)) == ("new.py", 5, 5, Side.NEW)
    assert lines_of(anchor(quoting(BEFORE[4], 5, path="new.py"), files)) == ("old.py", 5, 5, Side.OLD)


def test_a_removed_file_has_its_lines_on_the_old_side() -> None:
    files = diff_of({"shop.py": BEFORE}, {})
    assert lines_of(anchor(quoting(BEFORE[2], 3), files)) == ("shop.py", 3, 3, Side.OLD)
    assert lines_of(anchor(quoting("no such line", 3), files)) == ("shop.py", 0, 0, Side.OLD)


def test_a_remark_on_a_file_stays_on_the_file() -> None:
    assert lines_of(anchor(finding(), FILES)) == ("shop.py", 0, 0, Side.NEW)


@pytest.mark.parametrize(
    ("first", "last", "found", "is_kept"),
    [(5, 5, (5, 5), True), (5, 7, (5, 7), True), (12, 40, (12, 17), False), (60, 61, (0, 0), False)],
)
def test_a_tool_is_taken_at_its_number(first: int, last: int, found: tuple[int, int], is_kept: bool) -> None:  # noqa: FBT001
    placed = anchor(finding(first, last, source="ruff", suggestion="x"), FILES)
    assert lines_of(placed)[1:3] == found
    assert (placed.suggestion is not None) is is_kept
