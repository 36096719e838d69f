"""How the children of a worker hear that it was asked to end, and end without waiting for what never comes."""

import mmap

from billiard import pool

_LISTENED_FOR = 10  # tenths of a second


class Ending:
    """Lets the children of a worker know that it was asked to end; made before they are, and shared with them."""

    def __init__(self) -> None:
        # Memory without a lock: a child that is killed while it looks must not block the others.
        self._asked = mmap.mmap(-1, 1)

    def ask(self, **_signal: object) -> None:
        """Note that the worker was asked to end."""
        self._asked[0] = 1

    def __call__(self) -> bool:
        """Return whether a child should put back what it is doing."""
        return self._asked[0] == 1


def expect_no_listener() -> None:
    """Let a child that ends wait one second until the worker has heard its results, instead of half a minute.

    A hint that was just handed to a child when the worker was asked to end is forgotten by the worker, which then
    never listens to what became of it; the child would wait for that in vain, and the worker for the child. Nobody
    needs the results: what became of a job stands in the ledger.
    """
    pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT = _LISTENED_FOR
