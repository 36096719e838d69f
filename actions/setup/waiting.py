"""Waiting so that the person knows what for, how long still, and can stop it at a moment that does no harm."""

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import TypeVar

from actions.console import say

Found = TypeVar("Found")
_WORD_SECONDS = 15.0


def wait_for(look: Callable[[], Found | None], *, what: str, seconds: float, every: float = 2.0) -> Found | None:
    """Look every so many seconds until there is something; None when the time is up. Says what it waits for."""
    started = spoken = time.monotonic()
    while True:
        found = look()
        if found is not None:
            return found
        now = time.monotonic()
        if now - started >= seconds:
            return None
        if now - spoken >= _WORD_SECONDS or spoken == started:
            say(f"  waiting for {what}: {seconds - (now - started):.0f} s left, Ctrl-C ends it")
            spoken = now
        time.sleep(min(every, max(0.0, seconds - (now - started))))


@contextlib.contextmanager
def interruption_put_off() -> Iterator[None]:
    """Let Ctrl-C wait until this is done: for the few moments in which a stop would lose a key for good."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals come to the main thread alone
        return
    waiting: list[int] = []

    def remember(number: int, _frame: FrameType | None) -> None:
        waiting.append(number)

    before = signal.signal(signal.SIGINT, remember)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if waiting:
        raise KeyboardInterrupt
