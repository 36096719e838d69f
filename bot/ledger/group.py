"""Lets writes that wait at the same time share one transaction, so that one sync of the disk keeps them all."""

import collections
import contextlib
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Generic, TypeVar

Opened = TypeVar("Opened")
T = TypeVar("T")
_MOST = 64  # writes in one transaction; who waits for it waits for all of them


class _Waiting(Generic[Opened, T]):
    """One write and what became of it; `bell` is released when it is settled, or when its turn has come to lead."""

    __slots__ = ("bell", "error", "place", "result", "settled", "write")

    def __init__(self, write: Callable[[Opened], T], place: str) -> None:
        self.write = write
        self.place = place
        self.settled = False
        self.result: T | None = None
        self.error: BaseException | None = None
        self.bell = threading.Lock()  # a bare lock is the cheapest signal that there is
        self.bell.acquire()

    def ring(self) -> None:
        with contextlib.suppress(RuntimeError):  # it was rung before, and is not heard yet
            self.bell.release()


class GroupCommit(Generic[Opened, T]):
    """The first to come leads: it takes along what gathered while the transaction before was being synced.

    No thread of its own, so nothing to start, to stop or to lose in a fork. Nobody waits for a lock while the
    leader works, and nobody is woken in vain: each hears its own bell.
    """

    def __init__(
        self, transaction: Callable[[], AbstractContextManager[Opened]], apart: tuple[type[Exception], ...]
    ) -> None:
        self._transaction = transaction
        self._apart = apart  # errors of one write that must not be blamed on the others
        self._leading = threading.Lock()
        self._queue: collections.deque[_Waiting[Opened, T]] = collections.deque()

    def run(self, write: Callable[[Opened], T], place: str = "") -> T:
        """Return what `write` returns once its transaction is committed; raise what it, or the transaction, raises.

        Within a transaction, writes are done in the order of their places; those of one place as they came.
        """
        mine: _Waiting[Opened, T] = _Waiting(write, place)
        self._queue.append(mine)
        while not mine.settled:
            if not self._leading.acquire(blocking=False):
                mine.bell.acquire()
                continue
            try:
                self._lead()
            finally:
                self._leading.release()
                # Whoever came before the release and found us leading has to be told, whatever became of us.
                with contextlib.suppress(IndexError):
                    self._queue[0].ring()
        if mine.error is not None:
            raise mine.error
        return mine.result  # type: ignore[return-value]  # set when it was settled

    def _lead(self) -> None:
        batch = [self._queue.popleft() for _ in range(min(_MOST, len(self._queue)))]
        if not batch:
            return  # settled by the leader before
        batch.sort(key=lambda one: one.place)
        try:
            self._commit(batch)
        except self._apart:
            for one in batch:
                with contextlib.suppress(Exception):
                    self._commit([one])
        except Exception:  # noqa: BLE001, S110  # each of the batch raises it where it waits
            pass
        finally:
            for one in batch:
                one.settled = True
                one.ring()

    def _commit(self, batch: list[_Waiting[Opened, T]]) -> None:
        try:
            with self._transaction() as opened:
                results = [one.write(opened) for one in batch]
        except BaseException as error:
            for one in batch:
                one.error = error
            raise
        for one, result in zip(batch, results, strict=True):
            one.result, one.error = result, None
