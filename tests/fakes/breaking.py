"""Something that breaks at one call, before or after it took effect."""

import dataclasses
from collections.abc import Callable
from typing import Any


class KilledError(BaseException):
    """Stands for kill -9: no handler of ours may see it, and nothing runs after it."""


@dataclasses.dataclass
class Fuse:
    """Raises `error` at call number `at` (from 0), counted over everything that was wired to this fuse."""

    at: int
    error: BaseException
    after: bool
    calls: int = 0
    blown: str = ""

    def wire(self, target: Any) -> Any:
        """Return something that speaks like `target` and breaks when this fuse blows."""
        return _Wired(target, self)

    def pass_through(self, name: str, call: Callable[[], Any]) -> Any:
        number, self.calls = self.calls, self.calls + 1
        if number != self.at:
            return call()
        self.blown = name
        if self.after:
            call()
        raise self.error


class _Wired:
    def __init__(self, target: Any, fuse: Fuse) -> None:
        self._target = target
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if name in {"reviews", "checks", "descriptions"}:  # halves of a forge
            return _Wired(found, self._fuse)
        if not callable(found):
            return found
        return lambda *given, **named: self._fuse.pass_through(name, lambda: found(*given, **named))
