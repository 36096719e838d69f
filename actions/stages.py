"""Shows at a terminal how far a job is, from the checklist that it keeps in its status comment."""

import contextlib
import re
import sys
from types import TracebackType
from typing import Self

from rich.console import Console

from actions.console import printable, say, wants_colour

_STEP = re.compile(r"(?m)^- \[([ x])\] (.+)$")
_DETAIL = re.compile(r"\A\*\*.*: step \d+ of \d+, (.+)$", re.MULTILINE)


class Stages:
    """A live line where stderr is a terminal, elsewhere one line a stage; `waiting` stands there until the first."""

    def __init__(self, waiting: str) -> None:
        self._waiting = waiting
        self._told: set[str] = set()
        self._is_live = sys.stderr.isatty() and not Console(stderr=True).is_dumb_terminal
        console = Console(stderr=True, markup=False, no_color=wants_colour() is False)
        self._status = console.status(waiting)

    def __enter__(self) -> Self:
        """Begin to show."""
        if self._is_live:
            self._status.start()
        else:
            say(self._waiting)
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        """Take the live line away; what was done stays to be read."""
        self._status.stop()

    def hear(self, comment: str) -> None:
        """Take in the status comment as it stands now; what is no checklist says nothing new."""
        steps = _STEP.findall(comment)
        for text in (text for mark, text in steps if mark == "x"):
            self._once(f"✓ {text}")
        with contextlib.suppress(StopIteration):
            current = next(text for mark, text in steps if mark != "x")
            detail = _DETAIL.search(comment)
            self.now(f"{current}: {detail[1]}" if detail else current)

    def now(self, text: str) -> None:
        """Say what is being done."""
        if self._is_live:
            self._status.update(printable(text))
        else:
            self._once(f"· {text}")

    def _once(self, line: str) -> None:
        if line in self._told:
            return
        self._told.add(line)
        if self._is_live:
            self._status.console.print(printable(line), highlight=False, soft_wrap=True)
        else:
            say(printable(line))
