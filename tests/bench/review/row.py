"""One line of the table of `make bench-review`."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Row:
    """A figure: the part it belongs to, what was counted, what was found, and what was asked for."""

    part: str
    what: str
    found: str
    asked: str
    is_reached: bool


def nothing(part: str, what: str, count: int) -> Row:
    """Return the row of something that must not happen."""
    return Row(part, what, str(count), "0", count == 0)


def all_of(part: str, what: str, count: int, whole: int) -> Row:
    """Return the row of something that must always come true; of nothing at all it did not."""
    return Row(part, what, f"{count} of {whole}", "all", count == whole > 0)


def told(part: str, what: str, found: object) -> Row:
    """Return the row of something that is only told."""
    return Row(part, what, str(found), "", is_reached=True)
