"""Lets calls that come while one is being worked on wait for the next one together."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")
_MOST = 64  # in one batch; who waits for it waits for all of them


class Batch(Generic[T, R]):
    """Group commit: one worker thread at a time, and what gathered meanwhile is its next batch.

    `work` gets everything that waits and returns one result for each, or the exception that it is to see raised.
    Belongs to one event loop.
    """

    def __init__(self, work: Callable[[Sequence[T]], Sequence[R | Exception]]) -> None:
        self._work = work
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._worker: asyncio.Task[None] | None = None

    async def run(self, one: T) -> R:
        """Return what `work` made of `one`, after at most the batch that is being worked on and those before it."""
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((one, future))
        if self._worker is None:
            self._worker = asyncio.create_task(self._work_off())
        return await future

    async def _work_off(self) -> None:
        try:
            while self._waiting:
                batch = self._waiting[:_MOST]
                del self._waiting[:_MOST]
                _settle(batch, await self._results([one for one, _ in batch]))
        finally:
            self._worker = None

    async def _results(self, batch: Sequence[T]) -> Sequence[R | Exception]:
        try:
            return await asyncio.to_thread(self._work, batch)
        except Exception as error:  # noqa: BLE001  # raised where each of them waits
            return [error] * len(batch)


def _settle(batch: Sequence[tuple[T, asyncio.Future[R]]], results: Sequence[R | Exception]) -> None:
    for (_, future), result in zip(batch, results, strict=True):
        if future.done():
            continue  # whoever waited was cancelled
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)
