"""The message that goes back to the model: what stands, why the rest does not and how to mend it, what to send."""

from textwrap import dedent

import pytest
from stories.patches import block, diff, refused, whole

from tasks.patch import PatchRefused, RefusedBlock
from tasks.patch.asking import LONGEST
from tasks.patch.nearest import MOST_LINES, Excerpt

CART = "def total(items):\n    return sum(items)\n\n\ndef empty(items):\n    return not items\n"
GOOD = block("    return sum(items)", "    return 0", "cart.py")


def text(snapshot: str) -> str:
    return dedent(snapshot).lstrip()


def asked(reply: str, content: str = CART) -> str:
    return refused(reply, {"cart.py": content, "shop/tax.py": "RATE = 7\n"}).ask_again()


def test_a_misspelt_block_beside_a_good_one() -> None:
    assert asked(GOOD + block("    return no items", "    return 1", "cart.py")) == text(
        """
        Your reply could not be applied as it is.

        Block 1 is fine and is kept; do not send it again. Lines of files below are as they stand with that put in.

        Block 2 (cart.py): the lines to replace are not in the file
        Did you mean lines 5 to 6 of the file?
        ```
        def empty(items):
            return not items
        ```
        The file has `return not items`, the block has `return no items`.

        Now send only block 2 (cart.py): mended, in the same format, with the path of its file. Copy the lines to find \
letter for letter from the file as it stands, white space included. Send nothing else.
        """
    )


def test_lines_that_stand_in_two_places() -> None:
    before = "def one(items):\n    a = 1\n    return items\n\n\ndef two(items):\n    a = 1\n    return items\n"
    assert asked(block("    return items", "    return 0", "cart.py"), before) == text(
        """
        Your reply could not be applied as it is.

        Block 1 (cart.py): these lines stand in more than one place (at lines 3, 8); add lines around them until only \
one fits
        One place is in lines 1 to 3:
        ```
        def one(items):
            a = 1
            return items
        ```
        One place is in lines 6 to 8:
        ```
        def two(items):
            a = 1
            return items
        ```

        Now send only block 1 (cart.py): mended, in the same format, with the path of its file. Copy the lines to find \
letter for letter from the file as it stands, white space included. Send nothing else.
        """
    )


def test_blocks_that_break_a_file() -> None:
    reply = block("    return sum(items)", "    return sum(items", "cart.py") + block(
        "def empty(items):", "def bare(items):", "cart.py"
    )
    assert asked(reply) == text(
        """
        Your reply could not be applied as it is.

        Blocks 1 and 2 (cart.py): the file would no longer parse: '(' was never closed on line 2: return sum(items
        They are not put in. With them, lines 1 to 5 would be:
        ```
        def total(items):
            return sum(items


        def bare(items):
        ```

        Now send only blocks 1 and 2 (cart.py): mended, in the same format, each with the path of its file. Copy the \
lines to find letter for letter from the file as it stands, white space included. Send nothing else.
        """
    )


def test_a_path_that_is_none() -> None:
    again = asked(block("RATE = 7", "RATE = 8", "shop/taxes.py") + GOOD)
    assert "Block 1 (shop/taxes.py): there is no file shop/taxes.py; did you mean shop/tax.py?\n" in again
    assert "Block 1 (zzz.c): there is no file zzz.c; the files are cart.py, shop/tax.py\n" in asked(
        block("q", "r", "zzz.c")
    )


def test_lines_that_nothing_in_the_file_is_like() -> None:
    assert "(cart.py): the lines to replace are not in the file\nNothing in the file is like them: look" in asked(
        block("zzz", "x", "cart.py")
    )


def test_a_reply_in_no_format_is_told_one() -> None:
    assert asked("I would change the function `empty`.") == text(
        """
        Your reply could not be applied as it is.

        The reply: it holds neither SEARCH/REPLACE blocks, nor a unified diff, nor *** Begin Patch, nor whole files

        Send the whole answer again, and nothing else, as blocks of this shape:

        path/to/file.py
        ```
        <<<<<<< SEARCH
        lines copied letter for letter from the file
        =======
        lines that take their place
        >>>>>>> REPLACE
        ```
        """
    )


@pytest.mark.parametrize(
    ("old", "note"),
    [
        (
            "def empty(item):\n    return not item",
            "The file has `def empty(items):`, the block has `def empty(item):`.\n",
        ),
        ("def empty(items):\n  return not items", "The block differs from them in white space only"),
        (
            "def empty(items):\n    log()\n    return not items",
            "The block has the line `log()`, which the file has not",
        ),
        (
            "def total(items):\n\n\ndef empty(items):",
            "The file has the line `return sum(items)` among them, the block has not",
        ),
        ("def empty(`items`):\n    return not items", "the block has `` def empty(`items`): ``."),
    ],
)
def test_a_difference_of_a_line_or_two_is_told_in_words(old: str, note: str) -> None:
    again = asked(block(old, "x", "cart.py"))
    assert note in again
    assert "```\ndef " in again


def test_a_larger_difference_is_not() -> None:
    again = asked(block("def empty(a):\n    b(a)\n    c(b)\n    d(c)\n    return not items", "x", "cart.py"))
    assert "Did you mean lines 5 to 6" not in again or "The file has" not in again


def test_of_a_long_line_what_differs_is_shown() -> None:
    line = f"values = [{', '.join(map(str, range(100)))}]"
    again = asked(block(line.replace(" 60,", " 61,"), "x", "cart.py"), f"{line}\n")
    assert "The file has `…" in again
    assert " 60, 61" in again
    assert f"```\n{line}\n```" in again


def test_lines_are_shown_as_the_good_blocks_leave_them() -> None:
    reply = block("    return sum(item)\n\n\ndef empty(items):", "x", "cart.py")
    again = asked(reply + block("def empty(items):", "# Nothing in it?\ndef empty(items):", "cart.py"))
    assert "    return sum(items)\n\n\n# Nothing in it?\ndef empty(items):\n```" in again


def test_a_file_that_breaks_is_shown_as_it_is() -> None:
    again = asked(
        block("    return no items", "x", "cart.py") + block("def total(items):", "def sums((items):", "cart.py")
    )
    assert "def empty(items):\n    return not items\n```" in again
    assert "def sums((items):\n    return sum(items)" in again


def test_the_lines_carry_no_gutter_and_the_fence_is_longer_than_any_inside() -> None:
    before = "# Kit\n\n````md\n```sh\nkit up\n```\n````\n\nThe end.\n"
    again = refused(block("````md\n```sh\nkit upp\n```\n````", "x", "README.md"), {"README.md": before}).ask_again()
    assert "of the file?\n`````\n````md\n```sh\nkit up\n```\n````\n`````\n" in again


def test_no_more_than_some_lines_are_shown_and_those_that_differ_among_them() -> None:
    lines = [f"    step_{number}(value)" for number in range(100)]
    old = "\n".join(lines[10:70]).replace("step_50(value)", "step_50(value, more)")
    again = refused(block(old, "x", "t.txt"), {"t.txt": "\n".join(lines)}).ask_again()
    shown = again.split("```")[1].strip("\n").split("\n")
    assert len(shown) == MOST_LINES
    assert "    step_50(value)" in shown
    assert "The file has `step_50(value)`, the block has `step_50(value, more)`." in again


def test_a_line_too_long_to_be_shown_is_named() -> None:
    again = refused(block("b" * 4000 + "c", "x", "t.txt"), {"t.txt": "a\n" + "b" * 5000 + "\n"}).ask_again()
    assert "Did you mean line 2 of the file? It is too long to be shown.\n" in again
    assert len(again) < 1000


def many(count: int, path: str = "a.py") -> list[RefusedBlock]:
    nearest = (Excerpt(7, tuple(f"line {number} of the file" for number in range(30)), "Did you mean {}?"),)
    return [RefusedBlock(number * 2, path, f"reason {number}", nearest) for number in range(1, count + 1)]


@pytest.mark.parametrize("count", [1, 5, 40, 300])
@pytest.mark.parametrize("path", ["a.py", "f/" * 140 + "a.py"])
def test_the_message_is_bounded_and_asks_for_all_that_is_refused(count: int, path: str) -> None:
    blocks = many(count, path)
    again = PatchRefused(blocks, good=range(1, 2 * count, 2)).ask_again()
    assert len(again) <= LONGEST
    assert "do not send" in again
    assert again.count("Did you mean") <= 6
    assert "Now send only block" in again
    assert ("all others that are not kept" in again) == (count > 30)


def test_reasons_and_paths_of_a_model_stay_short_and_on_one_line() -> None:
    again = PatchRefused([RefusedBlock(1, "p\r" + "q" * 5000, "r " * 5000)]).ask_again()
    assert len(again) < 1500
    assert "\r" not in again


def test_numbers_that_follow_each_other_are_drawn_together() -> None:
    again = PatchRefused([RefusedBlock(9, "a.py", "no")], good=[1, 2, 3, 4, 6, 7]).ask_again()
    assert "Blocks 1 to 4, 6 and 7 are fine and are kept; do not send them again." in again


def test_several_files_are_named_in_the_request() -> None:
    blocks = [RefusedBlock(1, "a.py", "x"), RefusedBlock(2, "a.py", "y"), RefusedBlock(3, "b.py", "z")]
    assert "Now send only blocks 1 and 2 (a.py); block 3 (b.py): mended" in PatchRefused(blocks).ask_again()


def test_many_long_paths_are_asked_for_by_number() -> None:
    blocks = [RefusedBlock(number, f"{'folder/' * 12}{number}.py", "x") for number in range(1, 20)]
    assert "Now send only blocks 1 to 19: mended" in PatchRefused(blocks).ask_again()


def test_a_diff_and_a_whole_file_are_asked_for_in_the_same_words() -> None:
    assert "Block 1 (cart.py): the lines to replace are not in the file\nDid you mean lines 5 to 6" in asked(
        diff("-    return no items", "+    return 1", path="cart.py")
    )
    assert "Block 1 (cart.py): the content is empty, and the file is not\n" in asked(whole("", "cart.py"))
