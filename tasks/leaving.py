"""How a process that runs until it is told otherwise hears that it shall leave, and waits meanwhile."""

import queue
import signal
from types import FrameType


class Leaving:
    """Hears SIGTERM and Ctrl-C from `listen` on; `wait` in the main thread ends at once when one came."""

    def __init__(self) -> None:
        # Not an Event: the handler runs inside whatever the main thread does, and there it may hold the Event's lock.
        self._told = queue.SimpleQueue[int]()

    def listen(self) -> None:
        """Take both signals from now on."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._hear)

    def wait(self, seconds: float) -> bool:
        """Return True as soon as this process was told to leave, now or before, and False after so many seconds."""
        try:
            number = self._told.get(timeout=seconds)
        except queue.Empty:
            return False
        self._told.put(number)  # who asks again shall hear the same
        return True

    def _hear(self, number: int, _frame: FrameType | None) -> None:
        self._told.put(number)
