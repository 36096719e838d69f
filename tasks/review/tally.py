"""What came of reading a change: findings, and for each file whether a model has read it."""

import dataclasses
from collections.abc import Iterable, Sequence

from tasks.review.asking import Spent
from tasks.review.finding import Finding
from tasks.review.listing import Listing
from tasks.review.refute import Refuted
from tasks.review.reply import Reply
from tasks.review.selection import Skipped

_NAMED = 3  # files of a failure that are named


@dataclasses.dataclass(frozen=True, slots=True)
class Reading:
    """What a model found, and how far it got.

    Lines and quotes are the model's claims. `covered` are the files that were read whole, `skipped` the others, each
    with the reason; no file is in both. `failures` say what went wrong and with which files, `notes` what people should
    know beside; `details` are for those who run the bot only, since they may hold the model server's address.
    `repairs` counts mended answers and items, `dropped` items that say nothing, `refuted` findings that the second pass
    took away, `unjudged` those that it did not get to.
    """

    findings: tuple[Finding, ...] = ()
    covered: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    failures: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    summaries: tuple[str, ...] = ()
    repairs: int = 0
    dropped: int = 0
    refuted: int = 0
    unjudged: int = 0
    spent: Spent = dataclasses.field(default_factory=Spent)


class Tally:
    """Takes in what happens to each chunk."""

    def __init__(self, skipped: Iterable[Skipped]) -> None:
        self._skipped = list(skipped)
        self._read: dict[str, None] = {}  # in order
        self._missed: dict[str, str] = {}
        self._failures: dict[str, dict[str, None]] = {}  # the files of each, in order
        self._details: dict[str, None] = {}
        self._reading = Reading()

    @property
    def is_empty(self) -> bool:
        """Say whether nothing at all was read."""
        return not self._read and not self._reading.findings

    def take(self, listings: Sequence[Listing], reply: Reply, refuted: Refuted) -> None:
        """Take in an answer about some listings; one that was cut off covers none of them."""
        real = {listing.name: listing.path for listing in listings}
        found = tuple(dataclasses.replace(each, path=real[each.path]) for each in refuted.findings)
        now = self._reading
        self._reading = dataclasses.replace(
            now,
            findings=now.findings + found,
            summaries=now.summaries + ((reply.summary,) if reply.summary else ()),
            repairs=now.repairs + reply.repairs + refuted.repairs,
            dropped=now.dropped + reply.dropped,
            refuted=now.refuted + refuted.dropped,
            unjudged=now.unjudged + refuted.unjudged,
        )
        if refuted.problem:
            self._fail(listings, f"the second pass gave no verdict: {refuted.problem}", refuted.detail)
        if reply.is_cut:
            self.miss(listings, "the model's answer was cut off, what it found is kept")
        else:
            self._read |= dict.fromkeys(listing.path for listing in listings)

    def miss(self, listings: Sequence[Listing], reason: str, detail: str = "") -> None:
        """Note that listings were not read because something failed."""
        self.leave(listings, reason)
        self._fail(listings, reason, detail)

    def leave(self, listings: Sequence[Listing], reason: str) -> None:
        """Note that listings were not read although nothing failed."""
        for listing in listings:
            self._missed.setdefault(listing.path, reason)

    def note(self, text: str) -> None:
        """Note what people should know of the reading, and is no failure."""
        self._reading = dataclasses.replace(self._reading, notes=(*self._reading.notes, text))

    def _fail(self, listings: Sequence[Listing], words: str, detail: str) -> None:
        if listings:
            self._failures.setdefault(words, {}).update(dict.fromkeys(listing.name for listing in listings))
        if detail:
            self._details[detail] = None

    def reading(self, spent: Spent) -> Reading:
        """Return the whole; a file of which only a part was read counts as skipped, and says so."""
        missed = [
            Skipped(path, f"only a part was read: {reason}" if path in self._read else reason)
            for path, reason in self._missed.items()
        ]
        return dataclasses.replace(
            self._reading,
            covered=tuple(path for path in self._read if path not in self._missed),
            skipped=(*self._skipped, *missed),
            failures=tuple(f"{words} ({_some(list(names))})" for words, names in self._failures.items()),
            details=tuple(self._details),
            spent=spent,
        )


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"
