"""Which labels are the bot's own: it makes, puts on and takes away no others. Pure."""

import re
from collections.abc import Iterable

PREFIX = "codex/"
_OWN = re.compile(rf"{PREFIX}[a-z0-9]+(?:-[a-z0-9]+)*")
LONGEST = 40  # characters; GitHub takes 50


def require_own(names: Iterable[str]) -> None:
    """Raise `ValueError` unless all of these are labels of ours."""
    for name in names:
        if not _OWN.fullmatch(name) or len(name) > LONGEST:
            raise ValueError(f"{name!r} is no label of the bot's")
