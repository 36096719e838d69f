"""Suggestions are applied to the file before anybody is offered to do so."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stories.review_findings import finding

from bot.diff import Side
from tasks.review.suggestion import apply, check_suggestion

HEAD = """\
import os


def price(cart):
    total = 0
    for item in cart:
        if item is None:
            continue
        total = total + item.price
    return total


class Shop:
    def open(self):
        return self.door.open()
"""
LINES = HEAD.splitlines()
CODE = """\
function price(cart) {
  let total = 0;
  for (const item of cart) {
    total = total + item.price;
  }
  return total;
}
"""


def suggested(first: int, last: int, suggestion: str, head: str = HEAD, path: str = "shop.py") -> str | None:
    """Return the suggestion that remains."""
    return check_suggestion(finding(first, last, path=path, suggestion=suggestion), head).suggestion


@pytest.mark.parametrize(
    ("first", "last", "suggestion", "remains"),
    [
        pytest.param(9, 9, "        total += item.price", None, id="one line"),
        pytest.param(5, 5, "    total = 0.0\n    seen = set()", None, id="two lines for one"),
        pytest.param(7, 8, "", None, id="a deletion"),
        pytest.param(9, 9, "        total += item.price\n", "        total += item.price", id="a last LF"),
        pytest.param(9, 9, "\n        total += item.price", "        total += item.price", id="an empty line above"),
        pytest.param(9, 9, "        total += item.price  ", "        total += item.price", id="trailing spaces"),
        pytest.param(
            7, 8, "        if not item:\r\n            pass", "        if not item:\n            pass", id="CRLF"
        ),
        pytest.param(9, 9, "```python\n        total += item.price\n```", "        total += item.price", id="a fence"),
        pytest.param(
            9,
            9,
            "-        total = total + item.price\n+        total += item.price",
            "        total += item.price",
            id="a diff",
        ),
        pytest.param(
            9, 9, "            continue\n        total += item.price", "        total += item.price", id="context above"
        ),
        pytest.param(9, 9, "        total += item.price\n    return total", "        total += item.price", id="below"),
        pytest.param(
            7,
            8,
            "    for item in cart:\n        if not item:\n            continue\n        total = total + item.price\n"
            "    return total",
            "        if not item:\n            continue",
            id="context above and below",
        ),
        pytest.param(5, 5, "def price(cart):\n    for item in cart:", "", id="only context"),
        pytest.param(9, 9, "total += item.price", "        total += item.price", id="a lost indentation"),
        pytest.param(
            7,
            8,
            "if not item:\n    continue",
            "        if not item:\n            continue",
            id="a lost indentation of two lines",
        ),
        pytest.param(
            9,
            10,
            "total += item.price\n    return total + 1",
            "        total += item.price\n    return total + 1",
            id="a lost indentation of the first line",
        ),
        pytest.param(
            15,
            15,
            "with lock:\n    return self.door.open()",
            "        with lock:\n            return self.door.open()",
            id="wrapped",
        ),
        pytest.param(
            7,
            9,
            "if item:\n    total = total + item.price",
            "        if item:\n            total = total + item.price",
            id="a lost indentation of lines that were moved in",
        ),
        pytest.param(
            9, 9, "\t\ttotal += item.price", "        total += item.price", id="tabs where the file has spaces"
        ),
        pytest.param(10, 10, "        return total", None, id="another indentation that may be meant"),
        pytest.param(
            9,
            9,
            "        total = total + item.price\n        count = count + 1",
            None,
            id="the same line and one more",
        ),
        pytest.param(
            9,
            9,
            "        if item.free:\n            continue\n        total = total + item.price",
            None,
            id="lines like those above",
        ),
    ],
)
def test_a_suggestion_that_fits_remains(first: int, last: int, suggestion: str, remains: str | None) -> None:
    if remains is None:
        remains = suggestion
    assert suggested(first, last, suggestion) == remains


@pytest.mark.parametrize(
    ("first", "last", "suggestion", "reason"),
    [
        pytest.param(9, 9, "        total += (item.price", "does not fit", id="broken"),
        pytest.param(7, 7, "        if not item", "does not fit", id="a colon missing"),
        pytest.param(15, 15, "", "does not fit", id="an empty body"),
        pytest.param(7, 8, "if not item:\n continue\n   x", "does not fit", id="indentation beyond repair"),
        pytest.param(9, 9, "         total += item.price", "does not fit", id="one space too many"),
        pytest.param(9, 9, "        for item in cart:\n        total += 1", "does not fit", id="a block without body"),
        pytest.param(7, 8, "if not item:\n            continue", "does not fit", id="a first line, or two, without"),
        pytest.param(
            8,
            8,
            "if item is None:\n        if item.free:\n            continue",
            "does not fit",
            id="like what is above",
        ),
        pytest.param(10, 10, "return total", "may be meant or not", id="a dedent alone"),
        pytest.param(9, 9, "   \n", "empty", id="white space"),
        pytest.param(3, 3, "\n", "empty", id="an empty line"),
        pytest.param(9, 9, "```\n\n```", "does not fit", id="an empty fence"),
        pytest.param(40, 41, "x = 1", "have changed", id="lines that are not there"),
        pytest.param(9, 9, "        total += item.price  # \u202e", "cannot be seen", id="text that runs backwards"),
        pytest.param(9, 9, "        total += item\u200b.price", "cannot be seen", id="an invisible sign"),
        pytest.param(9, 9, "        total += '\udce4'", "cannot be seen", id="half a character"),
        pytest.param(9, 9, "        total += 1\r        total += 2", "cannot be seen", id="a bare CR"),
        pytest.param(9, 9, "        total += 1\n" * 201, "too long", id="too many lines"),
    ],
)
def test_a_suggestion_in_doubt_becomes_text(first: int, last: int, suggestion: str, reason: str) -> None:
    checked = check_suggestion(finding(first, last, suggestion=suggestion), HEAD)
    assert checked.suggestion is None
    assert reason in checked.body
    assert checked.body.startswith("The last one is missed.")
    assert suggestion.strip() in checked.body
    assert "```suggestion" not in checked.body


def test_a_range_longer_than_a_forge_takes_becomes_text() -> None:
    head = "".join(f"x{n} = {n}\n" for n in range(300))
    assert suggested(100, 200, "x = 1", head) == "x = 1"
    assert suggested(100, 201, "x = 1", head) is None


def test_a_line_that_may_be_copied_or_meant_twice_becomes_text() -> None:
    head = "def f(i):\n    i += 1\n    j = i\n    return j\n"
    assert suggested(3, 3, "    i += 1\n    j = i + 1", head) is None
    assert suggested(3, 3, "    i += 2\n    j = i + 1", head) is not None


def test_what_stands_there_already_is_no_suggestion() -> None:
    same = finding(9, 9, suggestion=LINES[8])
    checked = check_suggestion(same, HEAD)
    assert (checked.suggestion, checked.body) == (None, same.body)


def test_lines_that_are_no_longer_those_quoted_are_not_replaced() -> None:
    assert check_suggestion(finding(9, 9, quote="        total", suggestion="        x = 1"), HEAD).suggestion is None


@pytest.mark.parametrize(
    ("first", "last", "suggestion", "remains"),
    [
        (4, 4, "    total += item.price;", "    total += item.price;"),
        (4, 4, "    total += item.price;\n  }", "    total += item.price;"),
        (4, 4, "  for (const item of cart) {\n    total += item.price;\n  }", "    total += item.price;"),
        (
            4,
            4,
            "    if (item) {\n      total += item.price;\n    }",
            "    if (item) {\n      total += item.price;\n    }",
        ),
        (4, 4, "if (item) {\n  total += item.price;\n}", "    if (item) {\n      total += item.price;\n    }"),
        (
            3,
            5,
            "for (const { price } of cart) {\n  total += price;\n}",
            "  for (const { price } of cart) {\n    total += price;\n  }",
        ),
        (4, 4, "    total += item.price;\n  }\n  }", None),
        (4, 4, "total += item.price;\n    count++;", None),
        (6, 7, "  return total;", None),
        (6, 7, "  return total * 2;\n}\n}", None),
    ],
)
def test_brackets_are_held_against_the_grammar(first: int, last: int, suggestion: str, remains: str | None) -> None:
    assert suggested(first, last, suggestion, CODE, "shop.js") == remains


@pytest.mark.parametrize(
    ("path", "head", "number", "good", "bad"),
    [
        ("a.sh", "f() {\n  echo a\n}\n", 2, "  echo b", "  if b"),
        ("a.c", "int f(void) {\n  return 1;\n}\n", 2, "  return 2;", "  return (1;"),
        ("a.cpp", "int f() {\n  return 1;\n}\n", 2, "  return 2;", "  return (1;"),
        ("a.cs", "class A {\n  int F() { return 1; }\n}\n", 2, "  int F() { return 2; }", "  int F() { return 1;"),
        ("a.css", "a {\n  top: 0;\n}\n", 2, "  top: 1px;", "  top: 0; }"),
        ("a.go", "package a\n\nfunc f() int {\n\treturn 1\n}\n", 4, "\treturn 2", "\treturn (1"),
        ("a.java", "class A {\n  int f() { return 1; }\n}\n", 2, "  int f() { return 2; }", "  int f() { return 1;"),
        ("a.js", CODE, 4, "    total += 1;", "    total += 1);"),
        ("a.jsx", "x = (\n  <a>b</a>\n);\n", 2, "  <a>c</a>", "  <a>b<"),
        ("a.json", '{\n  "a": 1,\n  "b": 2\n}\n', 3, '  "b": 3', '  "b": 2]'),
        ("a.php", "<?php\nfunction f() {\n  return 1;\n}\n", 3, "  return 2;", "  return (1;"),
        ("a.py", "def f():\n    return 1\n", 2, "    return 2", "    return (1"),
        ("a.rb", "def f\n  a\nend\n", 2, "  b", "  b)"),
        ("a.rs", "fn f() -> i32 {\n    let x = 1;\n    x\n}\n", 2, "    let x = 2;", "    let x = (1;"),
        ("a.toml", "[a]\nx = 1\n", 2, "x = 2", "x = "),
        ("a.ts", "function f(a: number): number {\n  return a;\n}\n", 2, "  return -a;", "  return (a;"),
        ("a.tsx", "const x: A = (\n  <a>b</a>\n);\n", 2, "  <a>c</a>", "  <a>b<"),
        ("a.yaml", "a:\n  b: 1\n", 2, "  b: 2", "  b: [1"),
    ],
)
def test_every_grammar_is_there(path: str, head: str, number: int, good: str, bad: str) -> None:
    assert suggested(number, number, good, head, path) == good
    assert suggested(number, number, bad, head, path) is None


def test_a_file_that_does_not_parse_may_stay_so_but_not_get_worse() -> None:
    head = HEAD + "}\n"
    assert suggested(9, 9, "        total += item.price", head) == "        total += item.price"
    assert suggested(9, 9, "        total += (item.price", head) is None


def test_text_without_a_grammar_is_held_against_its_neighbours_only() -> None:
    head = "One.\n\n- two\n- three\n}\n"
    assert suggested(3, 3, "- zwei (", head, "README.md") == "- zwei ("
    assert suggested(3, 3, "- zwei\n- three", head, "README.md") == "- zwei"
    assert suggested(4, 4, "- drei\n}", head, "README.md") is None  # it may be meant to stand twice


def test_a_file_too_large_to_be_read_keeps_no_suggestion() -> None:
    assert suggested(1, 1, "x = 2", "x = 1\n" * 170_000) is None


def test_a_remark_without_suggestion_or_lines_stays_as_it_is() -> None:
    for said in (finding(), finding(9), finding(9, side=Side.OLD)):
        assert check_suggestion(said, HEAD) == said


def test_fences_that_may_be_the_content_or_around_it_are_no_sure_suggestion() -> None:
    assert suggested(1, 2, "```\n```\n    return x", "\n\n    return x\n") is None


LINE = st.sampled_from(["", "}", "x = 1", "    x = 1", "    return x", "if x:", "- item", "+ item", "```", "\tx", "x "])


@given(head=st.lists(LINE, min_size=1, max_size=8), lines=st.lists(LINE, max_size=5), data=st.data())
def test_what_remains_changes_only_its_lines(head: Sequence[str], lines: Sequence[str], data: st.DataObject) -> None:
    first = data.draw(st.integers(1, len(head)))
    last = data.draw(st.integers(first, len(head)))
    text = "\n".join(head) + "\n"
    for path in ("a.py", "a.js", "a.txt"):
        checked = check_suggestion(finding(first, last, path=path, suggestion="\n".join(lines)), text)
        assert check_suggestion(checked, text) == checked  # what passed once passes again
        if checked.suggestion is not None:
            after = apply(checked, text)
            assert after != text
            assert after.startswith("".join(f"{line}\n" for line in head[: first - 1]))
            assert after.endswith("".join(f"{line}\n" for line in head[last:]))
