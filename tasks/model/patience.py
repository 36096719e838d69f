"""How long to wait for a model that is writing: a deadline, a limit for silence, and somebody who may say stop."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.errors import RetryableError
from tasks.model.refusals import CompletionCancelledError

T = TypeVar("T")
_LOOK_SECONDS = 0.2


class Patience:
    """Waits for one thing after the other, all within `deadline_seconds` from now."""

    def __init__(
        self, url: str, *, deadline_seconds: float, idle_seconds: float, cancelled: Callable[[], bool]
    ) -> None:
        self._url = url
        self._deadline_seconds = deadline_seconds
        self._deadline = time.monotonic() + deadline_seconds
        self._idle_seconds = idle_seconds
        self._cancelled = cancelled

    async def wait(self, awaited: Awaitable[T], *, quiet: bool = False) -> T:
        """Return what `awaited` yields, looking up five times a second while it does not.

        Raises `RetryableError` past the deadline or after `idle_seconds` of silence, and
        `CompletionCancelledError`; the awaited thing is then cancelled and its connection closed.
        With `quiet` silence is fine: a model that waits its turn or reads a long prompt says nothing, and
        asking it again would only begin that anew.
        """
        task = asyncio.ensure_future(awaited)
        silent_until = float("inf") if quiet else time.monotonic() + self._idle_seconds
        try:
            while not task.done():
                self._look(silent_until)
                await asyncio.wait({task}, timeout=_LOOK_SECONDS)
            self._look(silent_until=float("inf"))
            return task.result()
        finally:
            if not task.done():
                task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _look(self, silent_until: float) -> None:
        now = time.monotonic()
        if self._cancelled():
            raise CompletionCancelledError(f"The completion by {self._url} was cancelled.")
        if now >= self._deadline:
            raise RetryableError(
                f"The model server at {self._url} did not finish within {self._deadline_seconds:g} seconds."
            )
        if now >= silent_until:
            raise RetryableError(f"The model server at {self._url} was silent for {self._idle_seconds:g} seconds.")
