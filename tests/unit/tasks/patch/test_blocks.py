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


def test_a_crlf_reply_fits_an_lf_file() -> None:
    reply = block("cart.py", "    return sum(items)", "    return 0").replace("\n", "\r\n")
    assert apply_reply(reply, {"cart.py": CART})["cart.py"] == CART.replace("sum(items)", "0")


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
