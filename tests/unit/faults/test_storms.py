"""How many reviews a storm of pushes may lead to before the suite calls it too many."""

import pytest
from faults.parts_order import most_reviews


@pytest.mark.parametrize(
    ("begun", "most"),
    [
        ([0.0, 0.1, 0.2, 0.3], 1),
        ([0.0, 0.1, 1.1, 1.2], 2),
        ([0.0, 1.0, 2.0, 2.1], 3),
        ([number / 10 for number in range(50)], 2),
    ],
    ids=["no pause", "one pause", "two pauses", "longer than anybody waits"],
)
def test_each_real_pause_allows_one_more(begun: list[float], most: int) -> None:
    assert most_reviews(begun, [at + 0.02 for at in begun]) == most
