"""Which labels are the bot's own: it makes, puts on and takes away no others. Pure."""

import re
from collections.abc import Iterable

PREFIX = "codex/"
_OWN = re.compile(rf"{PREFIX}[a-z0-9]+(?:-[a-z0-9]+)*")
LONGEST = 40  # characters; GitHub takes 50


def is_own(name: str) -> bool:
    """Say whether a label is ours."""
    return len(name) <= LONGEST and _OWN.fullmatch(name) is not None


def require_own(names: Iterable[str]) -> None:
    """Raise `ValueError` unless all of these are labels of ours."""
    for name in names:
        if not is_own(name):
            raise ValueError(f"{name!r} is no label of the bot's")
