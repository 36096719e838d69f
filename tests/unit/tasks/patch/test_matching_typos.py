"""Lines that a model misspelt: found where only one place comes near, and never where the slip may be meant."""

import pytest
from stories.patches import applied, becomes, block, diff, reasons

SHOP = """\
def price_of(article, currency):
    rate = exchange_rate(currency)
    amount = article.price * rate
    return round(amount, 2)


def weight_of(article, unit):
    factor = unit_factor(unit)
    amount = article.weight * factor
    return round(amount, 3)
"""
MISSING = ["the lines to replace are not in the file"]


@pytest.mark.parametrize(
    "slip",
    [
        ("exchange_rate", "exchange_rates"),
        ("exchange_rate", "exchnage_rate"),
        ("exchange_rate", "exchang_rate"),
        ("exchange_rate", "exchange_rote"),
    ],
)
def test_a_line_of_context_may_be_misspelt(slip: tuple[str, str]) -> None:
    old = "    rate = exchange_rate(currency)\n    amount = article.price * rate\n    return round(amount, 2)"
    old = old.replace(*slip)
    after = SHOP.replace("amount, 2", "amount, 4")
    assert applied(block(old, old.replace("amount, 2", "amount, 4")), SHOP) == (after, ("typo",))


def test_the_line_of_the_file_stays_as_it_is_and_a_new_one_is_the_replys_own() -> None:
    old = "    rate = exchange_rates(currency)\n    amount = article.price * rate"
    assert becomes(block(old, f"{old} / 2"), SHOP) == SHOP.replace("price * rate", "price * rate / 2")


def test_a_misspelt_line_that_goes_away_needs_good_ones_beside_it() -> None:
    rows = ["-    rate = exchange_rates(currency)", "+    rate = 1", "     amount = article.price * rate"]
    assert reasons(diff(*rows), SHOP) == MISSING
    assert applied(diff(" def price_of(article, currency):", *rows, "     return round(amount, 2)"), SHOP) == (
        SHOP.replace("exchange_rate(currency)", "1"),
        ("typo",),
    )


def test_a_line_without_another_beside_it_must_be_long_and_stay() -> None:
    old = "    rate = exchange_rates(currency)"
    assert applied(block(old, f"{old}\n    log(rate)"), SHOP) == (
        SHOP.replace("(currency)\n", "(currency)\n    log(rate)\n"),
        ("typo",),
    )
    assert reasons(block(old, "    rate = 1"), SHOP) == MISSING
    assert reasons(block("    amuont = 1", "    amuont = 1\n    x = 1"), "def f():\n    amount = 1\n") == MISSING


@pytest.mark.parametrize(
    ("old", "before"),
    [
        ("    a = first_value(1)\n    b = second(2)", "    a = first_value(2)\n    b = second(2)\n"),  # figures
        ("    a = 12_000 * x\n    b = y", "    a = 12_001 * x\n    b = y\n"),
        ("    if a:\n    b = second(2)", "    if b:\n    b = second(2)\n"),  # a short line
        ("    total = a + b + c + d\n    b = second(2)", "    totals = d + c + b + a\n    b = second(2)\n"),  # too much
    ],
)
def test_what_may_be_meant_is_no_misspelling(old: str, before: str) -> None:
    assert reasons(block(old, f"{old}\n    new = 1"), before) == MISSING


def test_one_line_in_four_may_be_misspelt_and_no_more() -> None:
    lines = [f"    value_{name} = compute_{name}(argument)" for name in ("one", "two", "three", "four", "five")]
    before = "\n".join(lines) + "\n"
    once = "\n".join(lines).replace("compute_two", "computed_two")
    twice = once.replace("compute_four", "computed_four")
    new = "\n    more = 1"
    assert applied(block(once, once + new), before) == (before + new[1:] + "\n", ("typo",))
    assert applied(block(twice, twice + new), before) == (before + new[1:] + "\n", ("typo",))
    thrice = twice.replace("compute_five", "computed_five")
    assert reasons(block(thrice, thrice + new), before) == MISSING


def test_two_places_that_come_near_are_refused() -> None:
    before = "item = first_thing(a)\nuse(item)\nitem = first_thang(a)\nuse(item)\n"
    old = "item = first_thong(a)\nuse(item)"
    assert "more than one place" in reasons(block(old, f"{old}\nend()"), before)[0]


def test_a_second_place_that_comes_nearly_as_near_is_enough_to_refuse() -> None:
    before = "item = first_thing(a)\nuse(item)\nitem = forst_things(a)\nuse(item)\n"
    old = "item = firrst_thing(a)\nuse(item)"
    assert reasons(block(old, f"{old}\nend()"), before) == MISSING
    first = "item = first_thing(a)\nuse(item)\n"
    assert becomes(block(old, f"{old}\nend()"), first) == f"{first}end()\n"


def test_a_typo_and_lost_indentation_go_together() -> None:
    old = "rate = exchange_rates(currency)\namount = article.price * rate\nreturn round(amount, 2)"
    after = SHOP.replace("amount, 2", "amount, 4")
    assert applied(block(old, old.replace("amount, 2", "amount, 4")), SHOP) == (after, ("indentation", "typo"))
