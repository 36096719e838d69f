"""The lines around a change say no more than the whole file: where they are fine, the file is no worse than before."""

import random
from pathlib import Path

import pytest

import tasks.patch
from tasks.patch.syntax.changes import find_changes
from tasks.patch.syntax.grammar import PYTHON, YAML, grammar_of
from tasks.patch.syntax.parts import parts_are_clean
from tasks.patch.syntax.whole import fault_in_file, fault_in_python

SAMPLES = Path(__file__).parent / "samples"
SOURCES = sorted(
    path for path in Path(tasks.patch.__file__).parent.rglob("*.py") if 2_000 < path.stat().st_size < 9_000
)
SIGNS = [
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    '"',
    "'",
    "`",
    '"""',
    "'''",
    "/*",
    "*/",
    "//",
    "#",
    ",",
    ";",
    ":",
    "\\",
    "=",
    ".",
]
LINES = [
    "",
    "}",
    ")",
    "};",
    "});",
    "pass",
    "x = 1",
    "return x;",
    "else:",
    "a: 1,",
    "foo(",
    '"""',
    "*/",
    "/*",
    "# c",
    "// c",
]


def mutated(text: str, chance: random.Random) -> str:
    """Return a text with some lines or signs lost, doubled, moved, or put in."""
    lines = text.split("\n")
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        change = chance.choice([lose, double, end, move, put_in, lose_sign, put_in_sign, dedent, indent, rename])
        change(lines, chance.randrange(len(lines)), chance)
        lines = lines or [""]
    return "\n".join(lines)


def lose(lines: list[str], at: int, chance: random.Random) -> None:
    del lines[at : at + chance.choice([1, 1, 2, 8])]


def double(lines: list[str], at: int, chance: random.Random) -> None:
    lines[at:at] = lines[at : at + chance.choice([1, 1, 2, 8])]


def end(lines: list[str], at: int, chance: random.Random) -> None:
    del lines[max(at, chance.randrange(len(lines))) :]


def move(lines: list[str], at: int, chance: random.Random) -> None:
    moved = lines[at : at + chance.choice([1, 1, 2, 8])]
    del lines[at : at + len(moved)]
    to = chance.randrange(len(lines) + 1)
    lines[to:to] = moved


def put_in(lines: list[str], at: int, chance: random.Random) -> None:
    depth = len(lines[at]) - len(lines[at].lstrip())
    lines[at:at] = [lines[at][:depth] + chance.choice(LINES)]


def lose_sign(lines: list[str], at: int, chance: random.Random) -> None:
    places = [place for place, sign in enumerate(lines[at]) if sign in "()[]{}\"'`,;:."]
    if places:
        place = chance.choice(places)
        lines[at] = lines[at][:place] + lines[at][place + 1 :]


def put_in_sign(lines: list[str], at: int, chance: random.Random) -> None:
    column = chance.randrange(len(lines[at]) + 1)
    lines[at] = lines[at][:column] + chance.choice(SIGNS) + lines[at][column:]


def dedent(lines: list[str], at: int, chance: random.Random) -> None:
    for number in range(at, min(at + chance.choice([1, 3]), len(lines))):
        lines[number] = lines[number].removeprefix("\t" if "\t" in lines[number] else "    ")


def indent(lines: list[str], at: int, chance: random.Random) -> None:
    lines[at] = chance.choice(["  ", "    ", "\t"]) + lines[at]


def rename(lines: list[str], at: int, chance: random.Random) -> None:
    lines[at] = lines[at].replace("e", chance.choice(["ee", "f"]), 1)


@pytest.mark.parametrize("path", [*SOURCES, *sorted(SAMPLES.iterdir())], ids=lambda path: path.name)
def test_the_parts_never_hide_what_the_whole_file_shows(path: Path) -> None:
    text, name = path.read_text(), path.name
    assert len(text) > 400  # or all of it is read
    chance = random.Random(name)
    grammar = grammar_of(name)
    find = fault_in_python if grammar == PYTHON else fault_in_file
    by_parts = 0
    for _ in range(60):
        after = mutated(text, chance)
        if after != text and parts_are_clean(grammar, text, after):
            by_parts += 1
            assert not find(name, text, after)
    assert by_parts > 3  # else nothing was held against anything


@pytest.mark.parametrize("path", [*SOURCES, *sorted(SAMPLES.iterdir())], ids=lambda path: path.name)
def test_all_that_differs_is_found(path: Path) -> None:
    text = path.read_text()
    chance = random.Random(path.name)
    for number in range(200):
        after = mutated(text, chance) if number else text
        rebuilt, at = "", 0
        for change in find_changes(text, after):
            assert change.old_start >= at
            assert change.old_start in (0, text.rfind("\n", 0, change.old_start) + 1)
            rebuilt += text[at : change.old_start] + after[change.new_start : change.new_end]
            assert len(rebuilt) == change.new_end
            at = change.old_end
        assert rebuilt + text[at:] == after


@pytest.mark.parametrize(
    ("name", "stands", "becomes"),
    [
        ("shop.go", "\t\ttotal += item.Price\n", "\t\ttotal += item.Price + 1\n"),
        ("shop.js", "        total += item.price;\n", "        total += 1;\n        total -= 1;\n"),
        ("shop.ts", "    this.items.push(item);\n", ""),
        ("shop.tsx", '        {open ? "Hide" : "Show"}\n', "        Open\n"),
        ("shop.css", "    margin: 0;\n", "    margin: 1px;\n"),
        ("shop.rs", "    pub price: i64,\n", "    pub price: i32,\n    pub weight: i64,\n"),
        ("shop.yaml", "  run:\n", "  runs:\n"),
        ("shop.toml", "line-length = 120\n", "line-length = 100\n"),
    ],
)
def test_what_breaks_nothing_is_seen_by_its_lines_alone(name: str, stands: str, becomes: str) -> None:
    text = (SAMPLES / name).read_text()
    assert text.count(stands) == 1
    assert parts_are_clean(grammar_of(name), text, text.replace(stands, becomes))
    assert not parts_are_clean(grammar_of(name), text, text.replace(stands, becomes + "([{\n"))


def test_a_change_within_a_string_of_several_lines_is_read_with_all_of_the_string() -> None:
    shop = (SAMPLES / "shop.go").read_text()
    text = (
        shop + "\nfunc help() string {\n\treturn `usage:\nshop one\nshop two\nend`\n}\n\nfunc last() {\n\thelp()\n}\n"
    )
    grammar = grammar_of("shop.go")
    assert parts_are_clean(grammar, text, text.replace("shop two\n", "shop two\nshop three\n"))
    assert not parts_are_clean(grammar, text, text.replace("shop two\n", "shop `two\n"))


CLASS = '''\
class Shop:
    """What is sold.

    It opens at nine.
    """

    open = 9
    shut = 18

    def total(self):
        return sum(item.price for item in self.items)


''' + "\n".join(f"def sell_{number}(shop):\n    return shop.total() - {number}\n" for number in range(12))


@pytest.mark.parametrize(
    ("stands", "becomes"),
    [
        ('    """What is sold.\n\n    It opens at nine.\n    """\n\n', ""),
        ('    """What is sold.\n', '    name = "shop"\n    """What is sold.\n'),
    ],
)
def test_what_comes_first_in_a_block_is_read_with_the_next_statement_alone(stands: str, becomes: str) -> None:
    text = CLASS.replace("    def total", "    broken (\n\n    def total")
    assert parts_are_clean(PYTHON, text, text.replace(stands, becomes))


@pytest.mark.parametrize(
    ("stands", "becomes"),
    [
        ('    """What is sold.\n', '      """What is sold.\n'),  # what stands below at the block's depth is text
        ("class Shop:\n", "class Shop:\n      name = 1\n"),
        ('    """What is sold.\n\n    It opens at nine.\n    """\n\n', "        name = 1\n"),
    ],
)
def test_a_block_that_begins_at_another_depth_than_it_goes_on_is_never_fine(stands: str, becomes: str) -> None:
    after = CLASS.replace(stands, becomes)
    assert not parts_are_clean(PYTHON, CLASS, after)
    assert fault_in_python("shop.py", CLASS, after)


def test_a_change_in_a_long_literal_is_read_with_the_literal_alone() -> None:
    settings = "".join(f"# setting {number}\nNAME_{number} = {number}\n\n" for number in range(200))
    text = f'{settings}LINKS = {{\n    "one": (1, "a"),\n    "two": (2, "b"),\n}}\n\n\nif LINKS:\n    broken (\n'
    assert parts_are_clean(PYTHON, text, text.replace('    "two"', '    "three": (3, "c"),\n    "two"'))
    assert not parts_are_clean(PYTHON, text, text.replace('    "two"', '    "three": (3, "c",\n    "two"'))


RULES = "".join(
    f"id: rule-{number}\nseverity: error\nrule:\n  any:\n    - kind: call\n    - kind: name\nnote:\n  OLD: text\n---\n"
    for number in range(12)
)
JOBS = (
    """\
name: Shop
on: push
jobs:
  test:
    runs-on: any
    steps:
    - uses: checkout
    - name: Test
      run: |
        steps:
          pytest
  broken: [a, b
"""
    + "  # more of it\n" * 30
)


@pytest.mark.parametrize(
    ("stands", "becomes"),
    [
        ("  OLD: text\n---\nid: rule-3\n", "---\n  OLD: text\nid: rule-3\n"),
        ("---\nid: rule-3\n", "severity: error\n---\n id: rule-3\n"),
        ("---\nid: rule-3\n", "id: rule-3\n---\n"),
    ],
)
def test_a_change_of_where_documents_end_is_read_with_all_of_them(stands: str, becomes: str) -> None:
    after = RULES.replace(stands, becomes)
    assert after != RULES
    assert not parts_are_clean(YAML, RULES, after)


@pytest.mark.parametrize(
    ("stands", "becomes", "fine"),
    [
        ("    - uses: checkout\n", "    - uses: checkout-again\n", True),
        ("    - uses: checkout\n", "      - uses: checkout\n", False),  # what follows stands less deep
        ("    - uses: checkout\n", "    - uses: [checkout\n", False),
        ("          pytest\n", "          pytest --quiet\n", True),
        ("          pytest\n", "       pytest: [\n", False),  # no text of the script any more
        ("          pytest\n", "          pytest\n# a remark\n          pytest\n", False),
    ],
)
def test_a_change_deep_in_yaml_is_read_with_what_the_nearest_key_heads(
    stands: str, becomes: str, *, fine: bool
) -> None:
    assert parts_are_clean(YAML, JOBS, JOBS.replace(stands, becomes)) is fine
