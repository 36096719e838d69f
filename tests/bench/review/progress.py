"""Shows how far the histories are: they take most of the time."""

import sys
from typing import TextIO

EACH = 20  # histories between two lines, where no line can be written over


class Progress:
    """Counts up to `most` on one line of a terminal; elsewhere a line for every 20, and one for the last."""

    def __init__(self, what: str, most: int, out: TextIO | None = None) -> None:
        self._what, self._most = what, most
        self._out = sys.stderr if out is None else out
        self._told = 0

    def tell(self, done: int) -> None:
        """Say that so many are done; what was said already is not said again."""
        is_live = self._out.isatty()
        if done == self._told or not (is_live or done == self._most or done // EACH > self._told // EACH):
            return
        self._told = done
        words = f"{self._what}: {done} of {self._most}"
        print(f"\r{words}" if is_live else words, end="" if is_live and done < self._most else "\n", file=self._out)
        self._out.flush()
