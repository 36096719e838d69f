"""Calls that wait together are worked on together: each is told the truth, and nobody is left waiting."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from bot.web.batch import Batch


class Work:
    """Doubles numbers while the test lets it; refuses negative ones, and breaks on 1313."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, numbers: Sequence[int]) -> Sequence[int | Exception]:
        self.batches.append(list(numbers))
        assert self.gate.wait(30)
        if 1313 in numbers:
            raise ZeroDivisionError
        return [ValueError(str(number)) if number < 0 else number * 2 for number in numbers]


async def _together(work: Work, numbers: Sequence[int]) -> list[int | BaseException]:
    """Let all calls gather behind one that is being worked on."""
    batch: Batch[int, int] = Batch(work)
    work.gate.clear()
    first = asyncio.create_task(batch.run(0))
    while not work.batches:  # noqa: ASYNC110  # a thread reports
        await asyncio.sleep(0.001)
    others = [asyncio.create_task(batch.run(number)) for number in numbers]
    await asyncio.sleep(0)
    work.gate.set()
    found = await asyncio.gather(*others, return_exceptions=True)
    assert await first == 0
    return found


def test_calls_that_wait_together_are_worked_on_together() -> None:
    work = Work()
    assert asyncio.run(_together(work, range(1, 41))) == [number * 2 for number in range(1, 41)]
    assert work.batches == [[0], list(range(1, 41))]


def test_a_batch_is_bounded() -> None:
    work = Work()
    asyncio.run(_together(work, [1] * 130))
    assert [len(batch) for batch in work.batches] == [1, 64, 64, 2]


def test_a_mistake_of_one_is_raised_there_alone() -> None:
    one, two, three = asyncio.run(_together(Work(), [1, -2, 3]))
    assert (one, type(two), three) == (2, ValueError, 6)


def test_work_that_breaks_tells_everybody_and_the_next_ones_are_worked_on() -> None:
    work = Work()

    async def story() -> None:
        batch: Batch[int, int] = Batch(work)
        broken = await asyncio.gather(*[batch.run(number) for number in (1, 1313, 3)], return_exceptions=True)
        assert [type(one) for one in broken] == [ZeroDivisionError] * 3
        assert await batch.run(4) == 8

    asyncio.run(story())


def test_one_who_no_longer_waits_spoils_nothing_for_the_others() -> None:
    work = Work()

    async def story() -> None:
        batch: Batch[int, int] = Batch(work)
        work.gate.clear()
        one, two = (asyncio.create_task(batch.run(number)) for number in (1, 2))
        await asyncio.sleep(0.05)
        one.cancel()
        work.gate.set()
        assert await two == 4
        assert await batch.run(3) == 6
        with pytest.raises(asyncio.CancelledError):
            await one

    asyncio.run(story())
