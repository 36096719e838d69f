"""Listings are packed into prompts of the exact size, with few questions about tokens."""

from collections.abc import Sequence

import pytest
from fakes.changes import added
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.model import Message
from tasks.review.chunks import Chunk, Packer
from tasks.review.listing import Listing, listing
from tasks.review.selection import select


class Counter:
    """Counts a token per `bytes_each` bytes, dense lines (of digits) twice; and how often it was asked."""

    def __init__(self, bytes_each: float = 3.0) -> None:
        self.bytes_each = bytes_each
        self.asked = 0

    def __call__(self, messages: Sequence[Message]) -> int:
        self.asked += 1
        text = "".join(message.content for message in messages)
        return int((len(text) + text.count("1")) / self.bytes_each)


def render(listings: Sequence[Listing]) -> list[Message]:
    return [Message("user", "Review this.\n" * 20 + "\n\n".join(listing.text for listing in listings))]


def listings(sizes: Sequence[int], line: str = "value = 0") -> list[Listing]:
    files = [added(f"f{number:03}.py", [line] * size) for number, size in enumerate(sizes)]
    return [listing(chosen, None) for chosen in select(files, None, lambda _path: True)[0]]


def chunks(packer: Packer) -> list[Chunk]:
    found = []
    while (chunk := packer.next_chunk()) is not None:
        found.append(chunk)
    return found


def rows(found: Sequence[Listing]) -> list[tuple[str, str]]:
    return sorted((each.path, row) for each in found for section in each.sections for row in section.rows)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.integers(1, 90), min_size=1, max_size=12),
    st.integers(200, 3000),
    st.floats(1.0, 6.0),
    st.sampled_from(["value = 0", "11111111", "x"]),
)
def test_no_prompt_is_too_long_and_no_row_is_lost(sizes: list[int], budget: int, each: float, line: str) -> None:
    count = Counter(each)
    whole = listings(sizes, line)
    packer = Packer(whole, render, count, budget)
    found = chunks(packer)
    assert all(chunk.tokens == Counter(each)(chunk.messages) <= budget for chunk in found)
    shown = [listing for chunk in found for listing in chunk.listings]
    assert rows([*shown, *packer.waiting]) == rows(whole)


def test_prompts_are_full_and_questions_few() -> None:
    count = Counter()
    found = chunks(Packer(listings([40] * 300), render, count, 8000))
    assert all(chunk.tokens > 0.75 * 8000 for chunk in found[:-1])
    assert count.asked <= 2 * len(found) + 3


def test_a_file_that_fits_stays_whole_and_smaller_ones_fill_the_gap() -> None:
    found = chunks(Packer(listings([100, 100, 10]), render, Counter(), 1100))
    assert [chunk.paths for chunk in found] == [("f000.py", "f002.py"), ("f001.py",)]


def test_a_file_that_never_fits_is_split_and_the_first_of_it_comes_first() -> None:
    found = chunks(Packer(listings([400, 5]), render, Counter(), 1000))
    assert [chunk.paths for chunk in found[:2]] == [("f000.py",), ("f000.py",)]
    assert found[0].listings[0].text.split("\n")[1].endswith("1 + | value = 0")


@pytest.mark.parametrize("budget", [0, 10, 90, 100])
def test_without_room_for_a_line_there_is_no_chunk_and_all_waits(budget: int) -> None:
    packer = Packer(listings([3]), render, Counter(), budget)
    assert packer.next_chunk() is None
    assert len(packer.waiting) == 1


def test_of_nothing_there_is_no_chunk() -> None:
    assert Packer([], render, Counter(), 1000).next_chunk() is None
