"""What is fresh since the last review, whatever was done to the branch in between."""

import json
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stories.review_diffs import Tree, added, diff_of, renamed

from bot.diff import FileDiff, Kind, Side
from tasks.review.scope import fresh, remember, to_read

BASE = [f"line {number}" for number in range(1, 41)]
FEATURE = ["def price(cart):", "    if not cart:", "        return None", "", "    return total(cart)", ""]


def with_feature(lines: Sequence[str], at: int = 20, feature: Sequence[str] = FEATURE) -> list[str]:
    return [*lines[:at], *feature, *lines[at:]]


def flat(pieces: Sequence[Sequence[str]]) -> list[str]:
    return [line for piece in pieces for line in piece]


def fresh_texts(before: Tree, after: Tree, remembered: str | None) -> list[str]:
    numbers = fresh(diff_of(before, after), remembered)
    return [after[path][number - 1] for path in numbers for number in sorted(numbers[path])]


REVIEWED = remember(diff_of({"shop.py": BASE}, {"shop.py": with_feature(BASE)}))


def test_all_that_a_diff_adds_is_fresh_before_the_first_review() -> None:
    assert fresh(diff_of({"shop.py": BASE}, {"shop.py": with_feature(BASE)}), None) == {
        "shop.py": frozenset(range(21, 27))
    }


def test_what_was_reviewed_is_not_fresh() -> None:
    assert fresh(diff_of({"shop.py": BASE}, {"shop.py": with_feature(BASE)}), REVIEWED) == {}


def test_what_a_push_takes_away_is_read_by_the_lines_beside_it() -> None:
    without = [*with_feature(BASE)[:4], *with_feature(BASE)[5:]]  # line 5 of the base is gone, the feature moves up
    assert to_read(diff_of({"shop.py": BASE}, {"shop.py": without}), REVIEWED) == {"shop.py": frozenset({4, 5})}
    again = remember(diff_of({"shop.py": BASE}, {"shop.py": without}))
    assert to_read(diff_of({"shop.py": BASE}, {"shop.py": without}), again) == {}


def test_a_file_that_goes_has_nothing_to_read() -> None:
    assert to_read(diff_of({"shop.py": BASE}, {}), remember(())) == {}


NEW_BASE = ["import os", "", *BASE[:18], "another's line", *BASE[18:30], *BASE[33:]]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param({"shop.py": NEW_BASE}, {"shop.py": with_feature(NEW_BASE, 23)}, id="rebased onto other lines"),
        pytest.param({"shop.py": BASE}, {"shop.py": with_feature(BASE, 2)}, id="moved within the file"),
        pytest.param({"shop.py": BASE}, {"shop.py": BASE, "cart/price.py": FEATURE}, id="moved to a file of its own"),
        pytest.param(
            {"shop.py": BASE},
            {"shop.py": [*with_feature(BASE, 3, FEATURE[:3]), *FEATURE[3:]]},
            id="torn apart",
        ),
        pytest.param({"shop.py": BASE}, {"shop.py": with_feature(BASE, 20, FEATURE[:3])}, id="partly taken back"),
        pytest.param({"shop.py": with_feature(BASE)}, {"shop.py": with_feature(BASE)}, id="merged elsewhere"),
        pytest.param(
            {"shop.py": BASE}, {"shop.py": [f"{line}\r" for line in with_feature(BASE)[20:26]] + BASE}, id="to CRLF"
        ),
    ],
)
def test_old_lines_stay_old(before: Tree, after: Tree) -> None:
    assert fresh_texts(before, after, REVIEWED) == []


@pytest.mark.parametrize(
    ("feature", "expected"),
    [
        ([*FEATURE[:2], "        return 0", *FEATURE[3:]], ["        return 0"]),
        ([line.replace("cart", "basket") for line in FEATURE], ["basket"] * 3),
        (["    " + line for line in FEATURE[1:3]], ["        if not cart:", "            return None"]),
        ([*FEATURE, "def tax():", "    return None", ""], ["def tax():", "    return None", ""]),
    ],
)
def test_changed_and_new_lines_are_fresh(feature: Sequence[str], expected: Sequence[str]) -> None:
    texts = fresh_texts({"shop.py": BASE}, {"shop.py": with_feature(BASE, 20, feature)}, REVIEWED)
    assert [text for text, part in zip(texts, expected, strict=True) if part not in text] == []


def test_after_a_rename_only_the_edit_is_fresh() -> None:
    edit = [*with_feature(BASE)[:30], "edited", *with_feature(BASE)[31:]]
    numbers = fresh([renamed("shop.py", "store/shop.py", BASE, edit)], REVIEWED)
    assert numbers == {"store/shop.py": frozenset({31})}


@pytest.mark.parametrize("at", range(6))
def test_neighbours_tell_which_of_equal_lines_is_the_new_one(at: int) -> None:
    checks = [[f"if a{n}:", "    return None", ""] for n in range(5)]
    more = [*checks[:at], ["if new:", "    return None", ""], *checks[at:]]
    remembered = remember(added(shop_py=flat(checks)))
    assert fresh(added(shop_py=flat(more)), remembered) == {"shop.py": frozenset(range(3 * at + 1, 3 * at + 4))}
    moved = fresh(added(store_py=flat(more)), remembered)["store.py"]
    assert {3 * at + 1} <= moved <= set(range(3 * at, 3 * at + 5))  # the same, give or take a line between two blocks
    assert len(moved) == 3


@pytest.mark.parametrize("at", range(0, 40, 8))
def test_the_line_above_tells_lone_equal_lines_apart(at: int) -> None:
    def with_lone(places: Sequence[int]) -> list[str]:
        return [text for n, line in enumerate(BASE) for text in ([line, "flush()"] if n in places else [line])]

    old = [place for place in range(0, 40, 8) if place != at]
    remembered = remember(diff_of({"shop.py": BASE}, {"shop.py": with_lone(old)}))
    numbers = fresh(diff_of({"shop.py": BASE}, {"shop.py": with_lone(range(0, 40, 8))}), remembered)
    assert numbers == {"shop.py": frozenset({at + at // 8 + 2})}


def test_lines_that_nobody_read_stay_fresh() -> None:
    files = added(shop_py=FEATURE, tax_py=["one", "two"])
    remembered = remember(files, unread={"tax.py": {2}, "shop.py": {5}})
    assert fresh(files, remembered) == {"shop.py": frozenset({5}), "tax.py": frozenset({2})}


def test_a_line_that_went_and_came_back_is_read_again() -> None:
    without = remember(added(shop_py=FEATURE[:4]), unread={})
    assert fresh(added(shop_py=FEATURE), without) == {"shop.py": frozenset({5, 6})}


def test_removals_are_told_too() -> None:
    first = diff_of({"shop.py": BASE}, {"shop.py": BASE[:10] + BASE[11:]})
    second = diff_of({"shop.py": BASE}, {"shop.py": BASE[:10] + BASE[11:20] + BASE[22:]})
    assert fresh(second, remember(first), side=Side.OLD) == {"shop.py": frozenset({21, 22})}
    assert fresh(second, remember(first)) == {}


@pytest.mark.parametrize(
    "mangle",
    [
        lambda memory: {**memory, "version": 2},
        lambda memory: {**memory, "lines": memory["lines"][:-5]},
        lambda memory: {**memory, "lines": "é"},
        lambda memory: {**memory, "counts": {}},
        lambda memory: {**memory, "counts": {"new": {"shop.py": 10**9}}},
        lambda memory: {**memory, "counts": {"new": {"shop.py": "many"}}},
        lambda memory: {**memory, "counts": {"middle": {}}},
        lambda memory: {**memory, "salt": "x"},
        lambda memory: {**memory, "salt": "00" * 99},
        lambda memory: [],
        lambda memory: {},
    ],
)
def test_a_memory_that_cannot_be_read_makes_all_fresh(mangle: object) -> None:
    assert callable(mangle)
    files = added(shop_py=FEATURE)
    memory = json.dumps(mangle(json.loads(remember(files))))
    assert fresh(files, memory) == {"shop.py": frozenset(range(1, 7))}
    assert fresh(files, memory[1:]) == {"shop.py": frozenset(range(1, 7))}


def test_hashes_are_salted() -> None:
    one, other = (json.loads(remember(added(shop_py=FEATURE)))["lines"] for _ in range(2))
    assert one != other


def test_paths_and_lines_that_are_no_utf8_are_remembered() -> None:
    files = diff_of({}, {"caf\udce9": ["\udce4", "\u2028"]})
    assert fresh(files, remember(files)) == {}


LINE = st.sampled_from(["", "", "}", "    return None", "x = 1", "y = 2", "if x:", "\tz\r"])
TREE = st.dictionaries(st.sampled_from(["a.py", "b.py", "c/d.py"]), st.lists(LINE, max_size=15), max_size=3)


def added_texts(files: Sequence[FileDiff]) -> Counter[str]:
    lines = (line for file in files for hunk in file.hunks for line in hunk.lines)
    return Counter(line.text.removesuffix("\r") for line in lines if line.kind is Kind.ADDED)


def chosen(files: Sequence[FileDiff], numbers: Mapping[str, frozenset[int]]) -> Counter[str]:
    lines = ((file.path, line) for file in files for hunk in file.hunks for line in hunk.lines)
    return Counter(line.text.removesuffix("\r") for path, line in lines if line.new in numbers.get(path, ()))


@given(base=TREE, head=TREE)
def test_an_unchanged_diff_has_nothing_fresh(base: Tree, head: Tree) -> None:
    files = diff_of(base, head)
    assert fresh(files, remember(files)) == {}
    assert fresh(files, remember(files), side=Side.OLD) == {}


@given(base=TREE, head=TREE, above=st.lists(st.text("xyz", max_size=3), max_size=9))
def test_lines_of_others_above_make_nothing_fresh(base: Tree, head: Tree, above: list[str]) -> None:
    paths = base.keys() & head.keys()
    shifted = [
        {path: [*above, *lines] if path in paths else lines for path, lines in tree.items()} for tree in (base, head)
    ]
    before, after = diff_of(base, head), diff_of(*shifted)
    if added_texts(before) == added_texts(after):  # a diff may choose other equal lines to be the added ones
        assert fresh(after, remember(before)) == {}


@given(base=TREE, first=TREE, second=TREE)
def test_of_each_text_exactly_the_surplus_is_fresh(base: Tree, first: Tree, second: Tree) -> None:
    before, after = diff_of(base, first), diff_of(base, second)
    numbers = fresh(after, remember(before))
    assert chosen(after, numbers) == added_texts(after) - added_texts(before)


@given(head=TREE, data=st.data())
def test_every_line_like_no_other_is_fresh(head: Tree, data: st.DataObject) -> None:
    lines = {path: list(texts) for path, texts in head.items()} or {"a.py": []}
    path = data.draw(st.sampled_from(sorted(lines)))
    at = data.draw(st.integers(0, len(lines[path])))
    lines[path].insert(at, "like no other")
    assert fresh(diff_of({}, lines), remember(diff_of({}, head))) == {path: frozenset({at + 1})}


def _large(dice: random.Random) -> dict[str, list[str]]:
    usual = ["", "", "}", "    }", "        return None", "    else:", "    pass"]
    return {
        f"src/file_{n}.py": [dice.choice(usual) if dice.random() < 0.4 else f"    x{dice.random()}" for _ in range(200)]
        for n in range(100)
    }


@pytest.mark.parametrize("head", [_large(random.Random(1)), {"a.py": ["", "}"] * 10_000}], ids=["usual", "all alike"])
def test_twenty_thousand_lines_are_compared_soon_and_remembered_in_little(head: Tree) -> None:
    moved = {f"moved/{path}": ["import new", *lines[::-1], *lines[:50]] for path, lines in head.items()}
    before, after = diff_of({}, head), diff_of({}, moved)
    remembered = remember(before)
    started = time.process_time()
    remember(after)
    numbers = fresh(after, remembered)
    assert (
        time.process_time() - started < 3
    )  # everything moved and turned round, 0.9 s alone; everything kept takes 0.1 s
    assert len(remembered) < 200_000
    assert chosen(after, numbers) == added_texts(after) - added_texts(before)
