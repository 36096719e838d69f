"""Lets writes that wait at the same time share one transaction, so that one sync of the disk keeps them all."""

import contextlib
import dataclasses
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Generic, TypeVar

import sqlalchemy as sa

T = TypeVar("T")
_MOST = 64  # writes in one transaction; who waits for it waits for all of them


@dataclasses.dataclass(slots=True, eq=False)
class _Waiting(Generic[T]):
    write: Callable[[sa.Connection], T]
    settled: threading.Event = dataclasses.field(default_factory=threading.Event)
    result: T | None = None
    error: BaseException | None = None


class GroupCommit(Generic[T]):
    """The first to come leads: it takes along what gathered while the transaction before was being synced.

    No thread of its own, so nothing to start, to stop or to lose in a fork.
    """

    def __init__(
        self, transaction: Callable[[], AbstractContextManager[sa.Connection]], apart: tuple[type[Exception], ...]
    ) -> None:
        self._transaction = transaction
        self._apart = apart  # errors of one write that must not be blamed on the others
        self._lock = threading.Lock()
        self._leading = threading.Lock()
        self._waiting: list[_Waiting[T]] = []

    def run(self, write: Callable[[sa.Connection], T]) -> T:
        """Return what `write` returns once its transaction is committed; raise what it, or the transaction, raises."""
        mine: _Waiting[T] = _Waiting(write)
        with self._lock:
            self._waiting.append(mine)
        while not mine.settled.is_set():
            with self._leading:
                if not mine.settled.is_set():
                    self._lead()
        if mine.error is not None:
            raise mine.error
        return mine.result  # type: ignore[return-value]  # set before settled

    def _lead(self) -> None:
        with self._lock:
            batch, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
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
                one.settled.set()

    def _commit(self, batch: list[_Waiting[T]]) -> None:
        try:
            with self._transaction() as connection:
                results = [one.write(connection) for one in batch]
        except BaseException as error:
            for one in batch:
                one.error = error
            raise
        for one, result in zip(batch, results, strict=True):
            one.result, one.error = result, None
