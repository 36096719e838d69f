"""A reply four times as long takes about four times as long, whatever its shape: nobody can make the engine hang."""

import math
import time
from collections.abc import Callable, Mapping

import pytest

from tasks.patch import PatchRefused, apply_reply

SHAPES: dict[str, Callable[[int], tuple[str, Mapping[str, str]]]] = {}
MOST = 8.0  # times as long for four times as much: what is quadratic takes sixteen
LEAST = 0.02  # seconds, below which a measurement says nothing
LIMIT = 5.0  # seconds, for anything here


Shape = Callable[[int], tuple[str, Mapping[str, str]]]


def shape(make: Shape) -> Shape:
    SHAPES[make.__name__] = make
    return make


def block(old: str, new: str, path: str = "a.txt") -> str:
    return f"{path}\n```\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n```\n"


def diff(*rows: str, path: str = "a.txt", line: str = "@@ -1,3 +1,3 @@") -> str:
    return "\n".join(["```diff", f"--- a/{path}", f"+++ b/{path}", line, *rows, "```", ""])


def patch(*rows: str, path: str = "a.txt") -> str:
    return "\n".join(["*** Begin Patch", f"*** Update File: {path}", "@@", *rows, "*** End Patch", ""])


def numbered(count: int) -> list[str]:
    return [f"line number {number} of the file" for number in range(count)]


@shape
def equal_lines(n: int) -> tuple[str, Mapping[str, str]]:
    return block("same\n" * 30 + "same", "other"), {"a.txt": "same\n" * n}


@shape
def equal_lines_and_a_typo(n: int) -> tuple[str, Mapping[str, str]]:
    return block("same line\n" * 30 + "smae line", "other"), {"a.txt": "same line\n" * n}


@shape
def a_long_block_of_equal_lines_and_a_typo(n: int) -> tuple[str, Mapping[str, str]]:
    half = n // 2
    return block("same line\n" * half + "smae line", "other"), {"a.txt": "same line\n" * n}


@shape
def a_whole_file_of_remarks(n: int) -> tuple[str, Mapping[str, str]]:
    rows = "".join(f"line {number % 7}\nline {number % 5}\n# ... existing code ...\n" for number in range(n // 3))
    return f"a.py\n```\n{rows}```\n", {
        "a.py": "".join(f"line {number % 7}\nline {number % 5}\n" for number in range(n))
    }


@shape
def a_block_of_elisions(n: int) -> tuple[str, Mapping[str, str]]:
    return block("same\n...\n" * (n // 2) + "end", "same\n...\n" * (n // 2) + "END"), {"a.txt": "same\n" * n + "end\n"}


@shape
def remarks_in_new_lines(n: int) -> tuple[str, Mapping[str, str]]:
    remarks = "".join(f"# ... {number} ...\n" for number in range(n))
    return block("x = 1", remarks), {"a.txt": remarks + "x = 1\n"}


@shape
def anchors_above_equal_lines(n: int) -> tuple[str, Mapping[str, str]]:
    reply = patch(" same", "-other", "+new").replace("@@", "@@ class A:\n@@ def f():")
    return reply, {"a.txt": "class A:\ndef f():\nsame\nother\n" * (n // 4)}


@shape
def a_needle_that_nearly_fits_everywhere(n: int) -> tuple[str, Mapping[str, str]]:
    half = n // 2
    return block("a\n" * half + "b", "c"), {"a.txt": "a\n" * n}


@shape
def letters_that_nearly_fit_everywhere(n: int) -> tuple[str, Mapping[str, str]]:
    return block("a" * (n * 20) + "b", "c"), {"a.txt": "a" * (n * 40) + "\n"}


@shape
def one_very_long_line_with_a_typo(n: int) -> tuple[str, Mapping[str, str]]:
    line = "word " * (n * 10)
    return block(f"first line\n{line}x", "new"), {"a.txt": f"first line\n{line}\nlast line\n"}


@shape
def many_markers(n: int) -> tuple[str, Mapping[str, str]]:
    return "<<<<<<< SEARCH\n" * n + "=======\n" * n + ">>>>>>> REPLACE\n" * n, {"a.txt": "a\n"}


@shape
def many_dividers_in_one_block(n: int) -> tuple[str, Mapping[str, str]]:
    return "a.txt\n<<<<<<< SEARCH\n" + "=======\n" * n + ">>>>>>> REPLACE\n", {"a.txt": "=======\n" * n}


@shape
def many_blocks(n: int) -> tuple[str, Mapping[str, str]]:
    lines = numbered(min(n, 250))
    return "\n".join(block(line, f"{line} new") for line in lines), {"a.txt": "\n".join(numbered(n))}


@shape
def many_hunks(n: int) -> tuple[str, Mapping[str, str]]:
    hunks = [f"@@ -{at},1 +{at},1 @@\n-line number {at} of the file\n+new {at}" for at in range(0, n, n // 200)]
    return diff(*hunks, line=hunks[0]), {"a.txt": "\n".join(numbered(n))}


@shape
def many_hunks_in_a_file_of_equal_lines(n: int) -> tuple[str, Mapping[str, str]]:
    return diff(*["@@ @@\n same\n-same\n+new"] * (n // 80)), {"a.txt": "same\n" * n}


@shape
def many_sections(n: int) -> tuple[str, Mapping[str, str]]:
    parts = [f"*** Update File: {at}.txt\n@@\n-a\n+b" for at in range(n // 80)]
    return "*** Begin Patch\n" + "\n".join(parts) + "\n*** End Patch\n", {f"{at}.txt": "a\n" for at in range(n // 80)}


@shape
def many_anchors(n: int) -> tuple[str, Mapping[str, str]]:
    return patch(*["@@ same", "-gone", "+new"] * (n // 80)), {"a.txt": "same\n" * n}


@shape
def fences_in_fences(n: int) -> tuple[str, Mapping[str, str]]:
    ticks = ["`" * (3 + at) for at in range(2 * math.isqrt(n))]  # as deep as so much text allows
    return "\n".join(["a.txt", *(f"{tick}python" for tick in ticks), "text", *ticks[::-1]]), {"a.txt": "a\n"}


@shape
def fences_without_an_end(n: int) -> tuple[str, Mapping[str, str]]:
    return "```python\n" * n, {"a.txt": "a\n"}


@shape
def dots_between_equal_lines(n: int) -> tuple[str, Mapping[str, str]]:
    return block("same\n...\n" * 40 + "same", "other\n...\n" * 40 + "other"), {"a.txt": "same\n" * n}


@shape
def blank_lines_that_are_not_told(n: int) -> tuple[str, Mapping[str, str]]:
    lines = numbered(n // 2)
    return block("\n".join(lines), "\n".join(f"new {line}" for line in lines)), {"a.txt": "\n\n".join(lines) + "\n"}


@shape
def lines_that_come_and_go_beside_blank_ones(n: int) -> tuple[str, Mapping[str, str]]:
    lines = numbered(n // 3)
    rows = [row for line in lines for row in (f"+new {line}", f"-{line}")]
    return diff(" above", *rows, line="@@"), {"a.txt": "above\n\n" + "\n".join(lines) + "\n"}


@shape
def blank_lines(n: int) -> tuple[str, Mapping[str, str]]:
    return block("a\n" + "\n" * (n // 2) + "b", "c"), {"a.txt": "a\n" + "\n" * n + "b\n"}


@shape
def ever_deeper_indentation(n: int) -> tuple[str, Mapping[str, str]]:
    lines = [" " * (at % 60) + "same" for at in range(n)]
    return block("\n".join(f" {line}" for line in lines[:50]), "new"), {"a.txt": "\n".join(lines)}


@shape
def a_whole_file_of_equal_lines(n: int) -> tuple[str, Mapping[str, str]]:
    return "a.txt\n```\n" + "same\n" * n + "other\n```\n", {"a.txt": "same\n" * n}


@shape
def a_whole_file_rewritten(n: int) -> tuple[str, Mapping[str, str]]:
    before = numbered(n)
    after = [f"new {line}" for line in before]
    return "\n".join(["a.txt", "```", *after, "```", ""]), {"a.txt": "\n".join(before)}


@shape
def many_files(n: int) -> tuple[str, Mapping[str, str]]:
    return block("a", "b", "some/where/else.txt"), {f"folder_{at}/else.txt": "a\n" for at in range(n)}


@shape
def a_path_without_an_end(n: int) -> tuple[str, Mapping[str, str]]:
    return block("a", "b", "x/" * (n * 10) + "a.txt"), {"a.txt": "a\n"}


@shape
def an_entity_in_every_line(n: int) -> tuple[str, Mapping[str, str]]:
    old = "\n".join(f"if a &lt; {at} &amp;&amp; b:" for at in range(n // 4))
    return block(old, "new"), {"a.txt": "\n".join(f"if a < {at} && b:" for at in range(n))}


@shape
def lines_that_differ_in_one_letter(n: int) -> tuple[str, Mapping[str, str]]:
    old = "\n".join(f"    value_{at} = compute(argument_{at}) + 1" for at in range(20))
    lines = [f"    value_{at} = compute(argument_{at}) + 2" for at in range(n)]
    return block(old, "new"), {"a.txt": "\n".join(lines)}


@shape
def a_diff_of_equal_lines_with_a_typo(n: int) -> tuple[str, Mapping[str, str]]:
    return diff(*[" same line"] * 40, "-smae line", "+new"), {"a.txt": "same line\n" * n}


@shape
def a_patch_of_equal_lines_with_a_typo(n: int) -> tuple[str, Mapping[str, str]]:
    return patch(*[" same line"] * 40, "-smae line", "+new"), {"a.txt": "same line\n" * n}


def seconds(make: Shape, n: int, apply: Callable[[str, Mapping[str, str]], object] = apply_reply) -> float:
    """Return what the processor spends on it, the better one of two tries."""
    reply, files = make(n)
    tries = []
    for _ in range(2):
        started = time.process_time()
        try:
            apply(reply, files)
        except PatchRefused as refusal:
            refusal.ask_again()
        tries.append(time.process_time() - started)
        if tries[0] > LIMIT:
            break
    return min(tries)


def is_steady(small: float, large: float) -> bool:
    return large < LIMIT and large < MOST * max(small, LEAST)


@pytest.mark.alone
@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", SHAPES)
def test_four_times_as_much_takes_about_four_times_as_long(name: str) -> None:
    small, large = seconds(SHAPES[name], 5_000), seconds(SHAPES[name], 20_000)
    assert is_steady(small, large), f"{small:.3f} s, then {large:.3f} s"


@pytest.mark.alone
def test_an_engine_that_compares_every_line_with_every_other_would_be_found() -> None:
    def compare(_reply: str, files: Mapping[str, str]) -> int:
        lines = files["a.txt"].split("\n")
        return sum(lines.count(line) for line in lines)

    times = [seconds(SHAPES["lines_that_differ_in_one_letter"], n, compare) for n in (1_000, 4_000)]
    assert not is_steady(*times)
