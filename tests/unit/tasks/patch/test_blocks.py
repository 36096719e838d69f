"""Stories of SEARCH/REPLACE replies: what is applied, what is refused, and that nothing else happens."""

import pytest

from tasks.patch import PatchRefused, apply_reply

CART = "def total(items):\n    return sum(items)\n\n\ndef empty(items):\n    return not items\n"


def block(
    path: str,
    old: str,
    new: str,
    *,
    head: str = "<<<<<<< SEARCH",
    middle: str = "=======",
    tail: str = ">>>>>>> REPLACE",
) -> str:
    parts = [path, "```python", head, *([old] if old else []), middle, *([new] if new else []), tail, "```"]
    return "\n".join(parts) + "\n"


def refusal(reply: str, files: dict[str, str]) -> PatchRefused:
    with pytest.raises(PatchRefused) as caught:
        apply_reply(reply, files)
    return caught.value


def test_a_block_changes_its_lines_and_no_others() -> None:
    changed = apply_reply(block("cart.py", "    return sum(items)", "    return sum(items, 0)"), {"cart.py": CART})
    assert changed == {"cart.py": CART.replace("sum(items)", "sum(items, 0)")}


@pytest.mark.parametrize(
    ("head", "middle", "tail"),
    [
        ("<<<<<<< ORIGINAL", "=======", ">>>>>>> UPDATED"),
        ("<<<<<<<< search", "========", ">>>>>>>> replace"),
        ("<<<<<<< HEAD", "=======  ", ">>>>>>> REPLACE "),
        ("<<<<< SEARCH", "=====", ">>>>> REPLACE"),
    ],
)
def test_marker_variants_are_understood(head: str, middle: str, tail: str) -> None:
    reply = block("cart.py", "    return sum(items)", "    return 0", head=head, middle=middle, tail=tail)
    assert apply_reply(reply, {"cart.py": CART})["cart.py"] == CART.replace("sum(items)", "0")


@pytest.mark.parametrize(
    "above",
    [
        "shop/cart.py\n```python",
        "**`shop/cart.py`**:\n```python",
        "### 1. Update `shop/cart.py`\n\n```python",
        "File: shop/cart.py\n```",
        "Some words.\n\n```python shop/cart.py",
        "Some words.\n\n```python:shop/cart.py",
        "```python\nshop/cart.py",
        "a/shop/cart.py\n```",
        "./shop/cart.py\n```",
        "webshop/shop/cart.py\n```",
        "cart.py\n```",
    ],
)
def test_the_path_may_stand_in_many_ways(above: str) -> None:
    files = {"shop/cart.py": CART, "shop/other.py": CART}
    reply = f"{above}\n<<<<<<< SEARCH\n    return sum(items)\n=======\n    return 0\n>>>>>>> REPLACE\n```\n"
    assert list(apply_reply(reply, files)) == ["shop/cart.py"]


def test_several_blocks_share_the_path_above_the_first() -> None:
    reply = block("cart.py", "    return sum(items)", "    return 0") + block(
        "", "    return not items", "    return 1"
    )
    assert apply_reply(reply, {"cart.py": CART, "b.py": CART})["cart.py"].count("items") == 2


def test_an_empty_search_makes_a_new_file() -> None:
    changed = apply_reply(block("shop/tax.py", "", "RATE = 7"), {"cart.py": CART})
    assert changed == {"shop/tax.py": "RATE = 7\n"}


def test_an_empty_search_never_overwrites() -> None:
    assert "exists" in str(refusal(block("cart.py", "", "RATE = 7"), {"cart.py": CART}))


def test_line_endings_and_the_missing_final_newline_stay() -> None:
    before = CART.replace("\n", "\r\n").removesuffix("\r\n")
    reply = block("cart.py", "def empty(items):\n    return not items", "def empty(items):\n    return 1\n# end")
    changed = apply_reply(reply, {"cart.py": before})
    assert changed["cart.py"] == before.replace("    return not items", "    return 1\r\n# end")


def test_mixed_line_endings_stay_on_untouched_lines() -> None:
    before = "one = 1\r\ntwo = 2\nthree = 3\n"
    changed = apply_reply(
        block("a.py", "one = 1\ntwo = 2\nthree = 3", "one = 1\ntwo = 2\nhalf = 2.5\nthree = 3"), {"a.py": before}
    )
    assert changed["a.py"] == "one = 1\r\ntwo = 2\nhalf = 2.5\nthree = 3\n"


def test_a_crlf_reply_fits_an_lf_file() -> None:
    reply = block("cart.py", "    return sum(items)", "    return 0").replace("\n", "\r\n")
    assert apply_reply(reply, {"cart.py": CART})["cart.py"] == CART.replace("sum(items)", "0")


def test_a_byte_order_mark_stays() -> None:
    changed = apply_reply(block("a.py", "x = 1", "x = 2"), {"a.py": "\ufeffx = 1\n"})
    assert changed == {"a.py": "\ufeffx = 2\n"}


def test_trailing_space_in_the_search_is_overlooked_and_not_written() -> None:
    changed = apply_reply(
        block("cart.py", "def total(items):  \n    return sum(items)", "def total(items):  \n    return 0"),
        {"cart.py": CART},
    )
    assert changed["cart.py"] == CART.replace("sum(items)", "0")


@pytest.mark.parametrize("indent", ["", "  ", "\t", "            "])
def test_a_uniformly_shifted_block_is_put_back_in_its_place(indent: str) -> None:
    before = "class A:\n    def f(self):\n        if self:\n            return 1\n"
    old = f"{indent}def f(self):\n{indent}    if self:\n{indent}        return 1"
    new = f"{indent}def f(self):\n{indent}    if self:\n{indent}        return 2\n{indent}    return 3"
    wanted = before.replace("return 1", "return 2") + "        return 3\n"
    if indent == "\t":
        old, new = old.replace("    ", "\t"), new.replace("    ", "\t")
    assert apply_reply(block("a.py", old, new), {"a.py": before}) == {"a.py": wanted}


def test_a_crooked_block_is_refused() -> None:
    before = "class A:\n    def f(self):\n        return 1\n"
    assert "not in the file" in str(
        refusal(block("a.py", "def f(self):\n  return 1", "def f(self):\n  return 2"), {"a.py": before})
    )


def test_two_equal_places_are_refused_with_the_choices() -> None:
    before = "a = 1\nprint(a)\nb = 2\nprint(a)\n"
    refused = refusal(block("a.py", "print(a)", "print(b)"), {"a.py": before})
    assert "lines 2, 4" in str(refused)


def test_what_is_applied_already_is_nothing_to_do() -> None:
    reply = block("cart.py", "    return sum(items)", "    return sum(items)  # all of them")
    once = apply_reply(reply, {"cart.py": CART})
    assert apply_reply(reply, once) == {}
    insertion = block("cart.py", "def empty(items):", "# Nothing in it?\ndef empty(items):")
    assert apply_reply(insertion, apply_reply(insertion, {"cart.py": CART})) == {}


def test_one_bad_block_holds_back_the_whole_reply_and_the_model_is_asked_for_the_rest() -> None:
    reply = block("cart.py", "    return sum(items)", "    return 0") + block(
        "cart.py", "    return no items", "    return 1"
    )
    refused = refusal(reply, {"cart.py": CART})
    again = refused.ask_again()
    assert [item.number for item in refused.refused] == [2]
    assert "kept, do not send them again: 1" in again
    assert "    return not items" in again
    mended = block("cart.py", "    return not items", "    return 1")
    assert apply_reply(mended, {"cart.py": CART, **refused.standing})["cart.py"].count("items") == 2


@pytest.mark.parametrize(
    "reply",
    [
        "cart.py\n<<<<<<< SEARCH\n    return sum(items)\n=======\n    return 0\n",
        "cart.py\n<<<<<<< SEARCH\n    return sum(items)\n>>>>>>> REPLACE\n",
        "cart.py\n```\n    return sum(items)\n=======\n    return 0\n>>>>>>> REPLACE\n```\n",
    ],
)
def test_broken_markers_are_refused(reply: str) -> None:
    refusal(reply, {"cart.py": CART})


def test_a_divider_in_the_text_needs_longer_markers() -> None:
    before = "Heading\n=======\ntext\n"
    assert "one sign more" in str(refusal(block("a.rst", "Heading\n=======", "Title!!\n======="), {"a.rst": before}))
    longer = block(
        "a.rst",
        "Heading\n=======",
        "Title!!\n=======",
        head="<<<<<<<< SEARCH",
        middle="========",
        tail=">>>>>>>> REPLACE",
    )
    assert apply_reply(longer, {"a.rst": before}) == {"a.rst": "Title!!\n=======\ntext\n"}


def test_code_left_out_of_a_replacement_is_refused() -> None:
    reply = block("cart.py", CART.rstrip("\n"), "def total(items):\n    # ... existing code ...\n    return 0")
    assert "left out" in str(refusal(reply, {"cart.py": CART}))


def test_newly_broken_python_is_refused_with_its_line() -> None:
    refused = refusal(block("cart.py", "    return sum(items)", "    return sum(items"), {"cart.py": CART})
    assert "line 2" in str(refused)


def test_python_that_was_broken_before_may_stay_broken() -> None:
    assert apply_reply(block("a.py", "x = (", "x = (1"), {"a.py": "x = (\ny = 2\n"}) == {"a.py": "x = (1\ny = 2\n"}


def test_escaped_and_numbered_blocks_are_cleaned() -> None:
    before = 'if a < b and c:\n    print("x")\n'
    escaped = block("a.py", "if a &lt; b and c:", "if a &lt; b or c:")
    numbered = block("a.py", "   1 | if a < b and c:", "   1 | if a < b or c:")
    for reply in (escaped, numbered):
        assert apply_reply(reply, {"a.py": before}) == {"a.py": before.replace("and c", "or c")}


def test_a_file_that_is_not_there_is_refused_with_a_guess() -> None:
    assert "did you mean shop/cart.py" in str(refusal(block("shop/card.py", "x = 1", "x = 2"), {"shop/cart.py": CART}))
