"""Stories of replies whose lines carry the numbers of the listing that the model was shown."""

from collections.abc import Callable, Sequence

import pytest

from tasks.patch import PatchRefused, apply_reply

CODE = [
    *(f"import m{number}" for number in range(7)),
    "",
    "",
    "def f(x):",
    "    if x:",
    "        return 1",
    "    return 2",
]
NUMBERED = list(enumerate(CODE, 1))
FORMS = ("{:>4} | {}", "{}: {}", "{:>6}\t{}", "{:>5}\u2192{}", "{:>3}| {}", "{:>2} \u2502 {}")


def text(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def block(old: Sequence[str], new: Sequence[str], path: str = "a.py") -> str:
    return f"{path}\n```\n<<<<<<< SEARCH\n{text(old)}=======\n{text(new)}>>>>>>> REPLACE\n```\n"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "number",
    [lambda old, _: old, lambda _, new: new, lambda old, _: old - 3, lambda *_: 0],
    ids=["twice", "new", "less", "not"],
)
def test_new_lines_may_be_numbered_in_any_way_or_not_at_all(form: str, number: Callable[[int, int], int]) -> None:
    old = [form.format(at, line) for at, line in NUMBERED[8:13]]
    added = ["    if x > 1:", "        return 3"]
    at = [number(10, 11), number(10, 12)]
    shown = [form.format(n, line) if n else line for n, line in zip(at, added, strict=True)]
    changed = apply_reply(block(old, [*old[:2], *shown, *old[2:]]), {"a.py": text(CODE)})
    assert changed == {"a.py": text([*CODE[:10], *added, *CODE[10:]])}


@pytest.mark.parametrize("form", FORMS)
def test_numbers_stand_before_a_whole_file(form: str) -> None:
    new = [*CODE[:10], "    if x > 1:", *CODE[11:]]
    shown = [form.format(at, line) for at, line in enumerate(new, 1)]
    assert apply_reply(f"a.py\n```python\n{text(shown)}```\n", {"a.py": text(CODE)}) == {"a.py": text(new)}


def test_a_whole_file_may_lack_a_few_numbers_and_have_others_twice() -> None:
    shown = [f"{at:>5}\u2192{line}" for at, line in NUMBERED]
    shown[2:3] = ["    3\u2192import m20", "import m21", shown[2]]
    changed = apply_reply(f"a.py\n```python\n{text(shown)}```\n", {"a.py": text(CODE)})
    assert changed == {"a.py": text([*CODE[:2], "import m20", "import m21", *CODE[2:]])}


def test_numbers_that_the_file_has_stay() -> None:
    ledger = [f"{at}: entry {at}" for at in range(1, 9)]
    new = [*ledger[:3], "4: another", *ledger[4:]]
    assert apply_reply(block(ledger[2:5], new[2:5], "a.txt"), {"a.txt": text(ledger)}) == {"a.txt": text(new)}
    assert apply_reply(f"a.txt\n```\n{text(new)}```\n", {"a.txt": text(ledger)}) == {"a.txt": text(new)}


def test_numbers_of_a_new_file_are_its_own_unless_nobody_writes_such() -> None:
    table = ["1\tone", "2\ttwo", "3\tthree"]
    assert apply_reply(f"t.tsv\n```\n{text(table)}```\n", {"a.py": ""}) == {"t.tsv": text(table)}
    shown = [f"{at:>4} | {word}" for at, word in enumerate(["one", "two"], 1)]
    assert apply_reply(f"t.txt\n```\n{text(shown)}```\n", {"a.py": ""}) == {"t.txt": "one\ntwo\n"}


def test_a_number_in_a_new_line_that_is_not_of_the_listing_stays() -> None:
    before = ["codes = {", "    200: 'ok',", "}"]
    old = [f"{at:>3}: {line}" for at, line in enumerate(before, 1)]
    changed = apply_reply(block(old, [*old[:2], "    404: 'gone',", old[2]]), {"a.py": text(before)})
    assert changed == {"a.py": text([*before[:2], "    404: 'gone',", before[2]])}


def test_numbers_out_of_order_are_no_listing() -> None:
    shown = [f"{at} | {line}" for at, line in reversed(NUMBERED[9:13])]
    with pytest.raises(PatchRefused):
        apply_reply(block(shown, shown[:2]), {"a.py": text(CODE)})
