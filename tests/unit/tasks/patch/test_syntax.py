"""What the gate says of a change that breaks a file, and of those that only look like it."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tasks.patch.syntax import LARGEST, newly_broken

SAMPLES = Path(__file__).parent / "samples"

PYTHON = (
    """\
import os


def names(path):
    found = []
    for name in os.listdir(path):
        if name.startswith("."):
            continue
        found.append(name)
    return found


class Shop:
    def total(self, items):
        return sum(item.price for item in items)

    def text(self):
        try:
            return str(self.total([]))
        except ValueError:
            return ""
"""
    "\n\nLIMITS = [\n    1,\n    2,\n]\n" + "".join(f"LIMIT_{number} = {number}\n" for number in range(20))
)


@dataclass(frozen=True)
class Case:
    """A file, what stands in it, what that may become and what not; and the line that is named then."""

    path: str
    before: str
    stands: str
    good: str
    bad: str
    line: int


BROKEN = [
    Case("a.sh", "f() {\n  echo a\n}\n", "echo a", "echo b", "if b", 2),
    Case("a.c", "int f(void) {\n  return 1;\n}\n", "return 1;", "return 2;", "return (1;", 2),
    Case("a.cpp", "int f() {\n  return 1;\n}\n", "return 1;", "return 2;", "return (1;", 2),
    Case("a.cs", "class A {\n  int F() { return 1; }\n}\n", "1; }", "2; }", "1;", 2),
    Case("a.css", "a {\n  top: 0;\n}\n", "top: 0;", "top: 1px;", "top: 0; }", 3),
    Case("a.go", "package a\n\nfunc f() int {\n\treturn 1\n}\n", "return 1", "return 2", "return (1", 4),
    Case("a.java", "class A {\n  int f() { return 1; }\n}\n", "1; }", "2; }", "1;", 3),
    Case("a.js", "function f() {\n  return 1;\n}\n", "return 1;", "return 2;", "return 1);", 2),
    Case("a.jsx", "x = (\n  <a>b</a>\n);\n", "b</a>", "c</a>", "b<", 2),
    Case("a.json", '{\n  "a": 1,\n  "b": 2\n}\n', "2", "3", "2]", 3),
    Case("a.php", "<?php\nfunction f() {\n  return 1;\n}\n", "return 1;", "return 2;", "return (1;", 3),
    Case("a.py", "def f():\n    return 1\n", "return 1", "return 2", "return (1", 2),
    Case("a.rb", "def f\n  a\nend\n", "  a", "  b", "  b)", 2),
    Case("a.rs", "fn f() -> i32 {\n    let x = 1;\n    x\n}\n", "= 1", "= 2", "= (1", 2),
    Case("a.toml", "[a]\nx = 1\n", "x = 1", "x = 2", "x = ", 2),
    Case("a.ts", "function f(a: number): number {\n  return a;\n}\n", "return a", "return -a", "return (a", 2),
    Case("a.tsx", "const x: A = (\n  <a>b</a>\n);\n", "b</a>", "c</a>", "b<", 2),
    Case("a.yaml", "a:\n  b: 1\n", "b: 1", "b: 2", "b: [1", 2),
]


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.path)
def test_what_newly_breaks_is_named_with_its_line(case: Case) -> None:
    fine, broken = case.before.replace(case.stands, case.good), case.before.replace(case.stands, case.bad)
    assert not newly_broken(case.path, case.before, fine)
    assert f"on line {case.line}" in newly_broken(case.path, case.before, broken)
    assert not newly_broken(case.path, broken, case.before)  # and mended again


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.path)
def test_a_new_file_must_parse(case: Case) -> None:
    assert not newly_broken(case.path, None, case.before)
    assert newly_broken(case.path, None, case.before.replace(case.stands, case.bad))


@pytest.mark.parametrize(
    ("stands", "becomes", "said"),
    [
        ("    return found\n", "return found\n", ""),  # Python takes a `return` anywhere: no matter of syntax
        ("            continue\n", "        continue\n", "expected an indented block"),
        ("        found.append(name)\n", "          found.append(name)\n", "unindent does not match"),
        ("    def text(self):\n", "", ""),  # what was its body goes on with the method above
        ("        except ValueError:\n", "        x = 1\n", "expected 'except' or 'finally' block"),
        ("    2,\n]\n", "    2,\n", "was never closed"),
        ("    1,\n", "    1\n", "invalid syntax"),
        ('startswith(".")', 'startswith("."', "invalid syntax"),
        ('            return ""\n', '            return """\n', "unterminated triple-quoted string"),
    ],
)
def test_python_is_read_as_python_reads_it(stands: str, becomes: str, said: str) -> None:
    assert PYTHON.count(stands) == 1
    found = newly_broken("shop.py", PYTHON, PYTHON.replace(stands, becomes))
    assert said in found
    assert bool(found) == bool(said)


def test_a_line_is_held_against_its_own_block_not_against_one_that_ended() -> None:
    before = PYTHON + "if LIMITS:\n    with LIMITS:\n        print(1)\nelse:\n    print(2)\n"
    after = before.replace("else:\n", "else:\n        print(3)\n")
    assert "unindent does not match" in newly_broken("shop.py", before, after)


def test_the_line_that_stands_there_is_shown_but_not_all_of_a_long_one() -> None:
    before = "const a = 1;\nconst b = 2;\n"
    said = newly_broken("a.js", before, before.replace("2;", f'["{"x" * 500}";'))
    assert 'on line 2: const b = ["xxx' in said
    assert len(said) < 150


def test_an_error_that_begins_above_is_named_where_the_change_is() -> None:
    before = "".join(f"f({number});\n" for number in range(40))
    said = newly_broken("a.js", before, before.replace("f(20);", "f(20));"))
    assert "on line 21: f(20));" in said


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("a.py", "x = (\ny = 2\n", "x = (1\ny = 2\n"),
        ("a.js", "f((;\nx = 1;\n", "f((;\nx = 2;\n"),
        (
            "a.js",
            "{% for a in b %}\nf({{ a }});\n{% endfor %}\n",
            "{% for a in b %}\nf({{ a }}, {{ c }});\n{% endfor %}\n",
        ),
        ("old.py", 'print "a"\n', 'print "a"\nprint "b"\n'),
    ],
)
def test_what_was_broken_before_may_stay_so(path: str, before: str, after: str) -> None:
    assert not newly_broken(path, before, after)


def test_what_was_broken_before_may_not_get_worse() -> None:
    assert newly_broken("a.py", "x = )\ny = 2\n", "x = )\ny = (2\n")
    assert newly_broken("a.js", "f());\nx = 1;\n", "f());\nx = (1;\n")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("new.py", "type Name = str\n"),
        ("new.py", "def first[T](items: list[T]) -> T:\n    return items[0]\n"),
        ("new.py", 'x = f"{\', \'.join(f"{y}" for y in z)}"\n'),
        ("old.py", "try:\n    pass\nexcept ValueError, error:\n    print 'no'\n"),
        ("old.py", "from kombu.async import Hub\n"),
        ("tsconfig.json", '{\n  // for all\n  "a": [1,],\n}\n'),
        (".vscode/settings.json", '{\n  "a": 1,\n}\n'),
        ("list.h", "class List {\n public:\n  int size() const;\n};\n"),
        ("page.css", "a { color: {% if dark %}white{% else %}black{% endif %}; }\n"),
        ("chart/service.yaml", "a:\n{{- if .Values.b }}\n  b: 1\n{{- end }}\n"),
        ("test.yml", "on: push\nenv:\n  A: ${{ github.sha }}\n"),
    ],
)
def test_dialects_and_templates_raise_no_alarm(path: str, text: str) -> None:
    assert not newly_broken(path, None, text)
    assert not newly_broken(path, "", text)


def test_a_comma_after_the_last_item_is_an_error_where_comments_are_none() -> None:
    assert "on line 2" in newly_broken("package.json", '{\n  "a": 1\n}\n', '{\n  "a": 1,\n}\n')


def test_files_without_a_grammar_and_very_large_ones_have_no_verdict() -> None:
    assert not newly_broken("README.md", "a (\n", "b ((\n")
    assert not newly_broken("Makefile", None, "((")
    assert not newly_broken("a.py", "x = 1\n" * (LARGEST // 6), "x = (\n" * (LARGEST // 6 + 1))


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.iterdir()))
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_the_same_is_said_whatever_ends_the_lines(name: str, ending: str) -> None:
    text = (SAMPLES / name).read_text()
    lines = text.split("\n")
    changed = "\n".join([*lines[:-6], *lines[-5:]])
    said = newly_broken(name, text.replace("\n", ending), changed.replace("\n", ending))
    if ending != "\r":  # which ends no line for most languages, so that one comment reaches to the end
        assert bool(said) == bool(newly_broken(name, text, changed))


HOSTILE = [
    "\x00",
    "x = '\ud800'\n",
    "(" * 2_000,
    "[" * 5_000,
    "-" * 5_000 + "1\n",
    "x" + ".y" * 5_000 + "\n",
    "if x:\n" + "".join(" " * depth + "if x:\n" for depth in range(1, 120)),
    '"""' * 999 + "\n",
    "\\\n" * 1_000,
    "\ufeffx = 1\n",
    "\f\v\x85\u2028x = (\n",
    "{%" * 100,
    "'" * 1_001,
    "\r" * 500 + "\n" * 500,
]


@pytest.mark.parametrize("path", [case.path for case in BROKEN])
def test_nothing_makes_it_raise(path: str) -> None:
    long = "".join(f"x{number} = {number}\n" for number in range(100))
    for text in HOSTILE:
        for before, after in ((None, text), (text, text + "x"), (long, long + text), (text + long, long), (long, "")):
            assert isinstance(newly_broken(path, before, after), str)
