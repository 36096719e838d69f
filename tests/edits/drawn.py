"""Draws cases: as many of each slip in each format, every one of a change of its own."""

from collections.abc import Iterator, Sequence
from random import Random

from edits.cases import Case
from edits.changes import Change
from edits.modes import MODES, Mode

# Whoever works on the engine looks at the cases of DEVELOPED alone; the others only ever give figures.
DEVELOPED, KEPT_APART = 20261201, 48271
TRIES = 200  # changes that are tried for a slip before it is left out


def drawn(seed: int, each: int, corpus: Sequence[Change], modes: Sequence[str] = ()) -> Iterator[Case]:
    """Yield `each` cases of every slip in every format in which it can be made."""
    for mode in MODES:
        for form in mode.forms:
            if not modes or mode.name in modes:
                yield from _some(Random(f"{seed} {mode.name} {form}"), mode, form, each, corpus)


def _some(random: Random, mode: Mode, form: str, each: int, corpus: Sequence[Change]) -> Iterator[Case]:
    left = each
    for _ in range(each * TRIES):
        case = mode.build(random.choice(corpus), form, random)
        if case is not None:
            yield case
            left -= 1
        if not left:
            return
