"""Lines that stand for others: in context, where it is sure which; in whole files, filled in; never for code."""

import pytest
from stories.patches import applied, becomes, block, diff, reasons, whole

LONG = "def f():\n    a = 1\n    b = 2\n    c = 3\n    d = 4\n    return a\n\n\ndef g():\n    a = 1\n    return a\n"
MISSING = ["the lines to replace are not in the file"]


@pytest.mark.parametrize(
    "dots", ["...", "    ...", "    …", "    # ...", "    # ... existing code ...", "    # rest of the code"]
)
def test_context_may_be_left_out(dots: str) -> None:
    old = f"def f():\n    a = 1\n{dots}\n    d = 4\n    return a"
    assert applied(block(old, old.replace("d = 4", "d = 5")), LONG) == (LONG.replace("d = 4", "d = 5"), ("elision",))
    rows = [" def f():", "     a = 1", f" {dots}", "-    d = 4", "+    d = 5"]
    assert applied(diff(*rows), LONG) == (LONG.replace("d = 4", "d = 5"), ("elision",))


def test_what_is_left_out_may_be_nothing_and_may_be_twice() -> None:
    old = "def f():\n...\n    a = 1\n    b = 2\n...\n    return a"
    assert becomes(block(old, old.replace("b = 2", "b = 3")), LONG) == LONG.replace("b = 2", "b = 3")


def test_both_sides_of_the_gap_may_change() -> None:
    old = "    a = 1\n    b = 2\n...\n    d = 4"
    new = "    a = 10\n    b = 2\n...\n    d = 40"
    assert becomes(block(old, new), LONG) == LONG.replace("a = 1\n    b", "a = 10\n    b").replace("d = 4", "d = 40")


@pytest.mark.parametrize(
    ("old", "new", "after"),
    [
        ("a\n...\nd", "a\nnew\n...\nd", "a\nnew\nb\n\nc\nd\n"),
        ("a\n...\nd", "a\n...\nnew\nd", "a\nb\n\nc\nnew\nd\n"),
        ("a\nb\n...\nd", "a\nB\n...\nd", "a\nB\n\nc\nd\n"),
        ("a\n...\nc\nd", "a\n...\nC\nd", "a\nb\n\nC\nd\n"),
        ("a\n...\nc\nd", "a\n...\nd", "a\nb\n\nd\n"),
        ("a\nb\n...\nd", "a\n...\nd", "a\n\nc\nd\n"),
        ("a\n...\nb\n...\nd", "a\n...\nB\n...\nd", "a\nB\n\nc\nd\n"),
        ("a\n...\nc\n\nd", "a\n...\nC\n\nd", "a\nb\n\nC\nd\n"),
    ],
)
def test_what_goes_and_comes_beside_a_gap_is_only_what_is_told(old: str, new: str, after: str) -> None:
    assert becomes(block(old, new, "a.txt"), "a\nb\n\nc\nd\n", "a.txt") == after


def test_what_goes_beside_a_gap_and_a_blank_line_that_was_not_told_must_be_sure() -> None:
    reply = block("b\nc\n...\ne", "B\n...\ne", "a.txt")
    assert "blank lines in the file beside those to replace" in reasons(reply, {"a.txt": "b\n\nc\nd\ne\n"})[0]


def test_lines_beyond_a_gap_may_say_which_of_equal_places_is_meant() -> None:
    old = "def g():\n...\n    return a"
    assert becomes(block(old, old.replace("return a", "return b")), LONG) == LONG[:-2] + "b\n"


def test_a_gap_between_which_more_than_one_place_fits_is_refused() -> None:
    old = "def f():\n...\n    return a"
    assert "more than one place" in reasons(block(old, old.replace("return a", "return b")), LONG)[0]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("def f():\n...\n    return a", "def f():\n    return a"),  # would delete what nobody names
        ("def f():\n...\n    return a", "return 1"),
        ("def f():\n...\n    return z", "def f():\n...\n    return y"),
        ("def z():\n...\n    c = 3", "def z():\n...\n    c = 4"),
        ("    d = 4\n...\n    b = 2", "    d = 4\n...\n    b = 3"),  # in the wrong order
        ("    b = 2\n...\n    z = 9", "    b = 3\n...\n    z = 9"),
        ("...", "x"),
    ],
)
def test_a_gap_that_is_not_sure_is_refused(old: str, new: str) -> None:
    assert reasons(block(old, new), LONG) == MISSING


def test_dots_that_the_file_has_are_no_gap() -> None:
    before = "class A:\n    ...\n\n\nclass B:\n    b: int\n    ...\n"
    assert applied(block("class A:\n    ...", "class A:\n    a: int"), before) == (
        before.replace("    ...\n\n\n", "    a: int\n\n\n"),
        (),
    )


@pytest.mark.parametrize("line", ["    # ... existing code ...", "    # ...", "    # rest of the function"])
def test_new_lines_that_stand_for_code_are_refused(line: str) -> None:
    reply = block("    b = 2", f"    b = 3\n{line}")
    assert reasons(reply, LONG) == [
        f'the line "{line.strip()}" stands for code that was left out; write that code in full'
    ]
    assert "left out" in reasons(block("", f"def h():\n{line}", "new.py"), LONG)[0]


def test_dots_alone_are_code_in_some_languages_and_none_in_others() -> None:
    assert becomes(block("    b = 2", "    ..."), LONG) == LONG.replace("b = 2", "...")
    assert "left out" in reasons(block("b", "c\n...", "a.js"), {"a.js": "a\nb\n"})[0]


def test_a_remark_that_the_file_has_may_be_kept_and_moved() -> None:
    before = "a = 1\n# ... existing code ...\nb = 2\n"
    assert becomes(block("# ... existing code ...\nb = 2", "b = 3\n# ... existing code ..."), before) == (
        "a = 1\nb = 3\n# ... existing code ...\n"
    )


BODIES = (
    "".join(f"def f{n}():\n    a{n} = {n}\n    b{n} = {n}\n    return a{n}\n\n\n" for n in range(5)).rstrip() + "\n"
)


def excerpt(first: int, last: int, remark: str = "# ... existing code ...") -> str:
    """Return the file with the lines of some functions left out."""
    lines = BODIES.splitlines(keepends=True)
    return "".join([*lines[:first], f"{remark}\n", *lines[last:]])


@pytest.mark.parametrize("remark", ["# ... existing code ...", "# ...", "# The rest of the code remains unchanged"])
def test_a_whole_file_is_filled_in_with_the_lines_it_leaves_out(remark: str) -> None:
    sent = excerpt(8, 18, remark).replace("b4 = 4", "b4 = 40")
    assert becomes(whole(sent), BODIES) == BODIES.replace("b4 = 4", "b4 = 40")


def test_it_may_leave_out_more_than_one_stretch() -> None:
    lines = BODIES.splitlines(keepends=True)
    gap = "# ... existing code ...\n"
    sent = "".join([*lines[:3], gap, *lines[9:14], gap, *lines[20:]]).replace("b0 = 0", "b0 = 0\n    c0 = 0")
    assert "left out" in reasons(whole(sent), BODIES)[0]  # the line above the first gap is new
    sent = "".join([*lines[:3], gap, *lines[9:14], gap, *lines[20:]]).replace("a0 = 0", "a0 = 7")
    assert "left out" in reasons(whole(sent), BODIES)[0]  # too little of what stands above it is the file's
    sent = "".join([*lines[:3], gap, *lines[9:14], gap, *lines[20:]]).replace("return a4", "return b4")
    assert becomes(whole(sent), BODIES) == BODIES.replace("return a4", "return b4")


def test_the_end_that_it_leaves_out_is_not_guessed() -> None:
    assert (
        "left out"
        in reasons(whole("".join(BODIES.splitlines(keepends=True)[:8]) + "# ... existing code ...\n"), BODIES)[0]
    )


def test_a_gap_in_a_whole_file_that_fits_two_places_is_refused() -> None:
    twice = "x = 1\ny = 2\nz = 3\nx = 1\ny = 2\nw = 4\n"
    assert "left out" in reasons(whole("x = 1\ny = 2\n# ... existing code ...\nx = 1\ny = 2\n"), twice + twice)[0]


def test_a_whole_file_of_python_with_bare_dots_between_definitions_is_refused() -> None:
    assert (
        "stands for code that was left out; send the whole file"
        in reasons(whole("x = 1\n...\ny = 2\n"), "x = 1\ny = 1\n")[0]
    )
    assert becomes(whole("class A:\n    ...\n"), "class A:\n    pass\n") == "class A:\n    ...\n"
