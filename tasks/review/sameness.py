"""Says which of the findings of this review are earlier ones told again, in steps of decreasing certainty. Pure."""

import dataclasses
import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from bot.diff import Side
from bot.memory import FindingState, KeptFinding
from tasks.review.finding import MODEL, Finding
from tasks.review.identity import Standing, name_of, names, standing
from tasks.review.whereabouts import Head, Spot

_HALF = 0.5  # of two ranges of lines, or of the words of two titles
_CLOSE = 0.6  # of the characters of two pieces of code
_WORD = re.compile(r"\w{3,}")


@dataclasses.dataclass(frozen=True, slots=True)
class Told:
    """A finding of this review: what it would be known by, and every name that it may have got earlier."""

    finding: Finding
    on: Standing
    names: frozenset[str]

    @property
    def spot(self) -> Spot | None:
        """Return its lines; None where it has none."""
        found = self.finding
        return Spot(found.path, found.side, found.first, found.last) if self.on.copies else None


@dataclasses.dataclass(frozen=True, slots=True)
class Known:
    """An earlier finding, and where its lines are now; None where they are gone or it never had any."""

    finding: KeptFinding
    spot: Spot | None

    @property
    def has_lines(self) -> bool:
        """Return whether it stood on lines."""
        return self.finding.copies > 0

    @property
    def is_edited(self) -> bool:
        """Return whether it stood on lines that are gone or changed now."""
        return self.has_lines and self.spot is None


def tell(new: Sequence[Finding], head: Head) -> list[Told]:
    """Return the findings of this review with what they are known by."""
    return [_told(finding, head) for finding in new]


def _told(finding: Finding, head: Head) -> Told:
    on = standing(finding, head.source(finding.path, finding.side))
    return Told(finding, on, frozenset(names(finding, on, head.paths(finding.path))))


def same(known: Sequence[Known], told: Sequence[Told]) -> dict[int, int]:
    """Return, by its place in `told`, the place in `known` of the finding that it is; what is new is missing.

    Each is taken once: two defects on one line stay two. A finding that was fixed is the same only by its lines or its
    name, and only where no open one is.
    """
    found: dict[int, int] = {}
    for step in _STEPS:
        for there, here in _pairs(step, known, told, found):
            if here not in found and there not in found.values():
                found[here] = there
    return found


Step = Callable[[Known, Told], float]


def _pairs(
    step: Step, known: Sequence[Known], told: Sequence[Told], found: Mapping[int, int]
) -> Iterator[tuple[int, int]]:
    taken = set(found.values())
    rated = [
        (there, here, step(old, new), alike(old.finding.title, new.finding.title))
        for there, old in enumerate(known)
        if there not in taken
        for here, new in enumerate(told)
        if here not in found
    ]
    rated = [each for each in rated if each[2] > 0]

    def order(each: tuple[int, int, float, float]) -> tuple[bool, float, float, int, int]:
        there, here, certainty, likeness = each
        return known[there].finding.state is FindingState.FIXED, -certainty, -likeness, there, here

    for there, here, _, _ in sorted(rated, key=order):
        yield there, here


def _on_its_lines(known: Known, told: Told) -> float:
    """The rule is the same, and so are the lines."""
    return float(known.finding.rule == told.finding.rule and known.spot is not None and known.spot == told.spot)


def _by_name(known: Known, told: Told) -> float:
    """The name is the same; for one of which nothing but the name is left, one that it may have had will do."""
    if known.finding.fingerprint == name_of(told.finding, told.on):
        # The name of one of several equal lines may have become another's.
        return float(known.spot is None or told.spot is None or known.spot == told.spot)
    return _HALF * (not known.finding.anchor and known.finding.fingerprint in told.names)


def _reworded(known: Known, told: Told) -> float:
    """The lines are the same, and a model only calls it by another category; or a tool and a model agree on one."""
    if not _may_return(known) or known.spot is None or known.spot != told.spot:
        return 0.0
    one, other = known.finding, told.finding
    sources = {one.source, other.source}
    return float(sources == {MODEL} or (MODEL in sources and one.category == other.category))


def _on_nearly_its_lines(known: Known, told: Told) -> float:
    """A model names a few lines more, or fewer, than it did."""
    if not _may_return(known) or known.spot is None or told.spot is None:
        return 0.0
    one, other = known.finding, told.finding
    common = known.spot.overlap(told.spot)
    if {one.source, other.source} != {MODEL} or common == 0:
        return 0.0
    same_rule, sounds_alike = one.rule == other.rule, alike(one.title, other.title) >= _HALF
    return common if (same_rule and sounds_alike) or (common >= _HALF and (same_rule or sounds_alike)) else 0.0


def _on_edited_lines(known: Known, told: Told) -> float:
    """Its lines were edited and their neighbours were not; of a model's, the words must agree too."""
    one, other, on = known.finding, told.finding, told.on
    if not (known.is_edited and _may_return(known) and one.rule == other.rule and on.copies):
        return 0.0
    if (one.path, one.side) != (other.path, str(other.side)):
        return 0.0
    beside = (_last(one.before) == _last(on.before)) + (_first(one.after) == _first(on.after))
    code = difflib.SequenceMatcher(None, one.anchor, on.anchor, autojunk=False).ratio()
    agrees = one.source != MODEL or alike(one.title, other.title) >= _HALF
    enough = agrees and beside > 0 and (beside == len(Side) or code >= _CLOSE)
    return beside + code if enough else 0.0


def _in_another_file(known: Known, told: Told) -> float:
    """Its lines are gone, and the same ones stand in another file, where the same rule objects to them."""
    one, other = known.finding, told.finding
    is_moved = known.is_edited and _may_return(known) and one.anchor == told.on.anchor
    return float(is_moved and one.rule == other.rule and one.side == other.side)


def _without_lines(known: Known, told: Told) -> float:
    """Neither has lines, the file and the rule are the same, and so are the words, or most of them."""
    one, other = known.finding, told.finding
    if known.has_lines or told.on.copies or (one.path, one.rule) != (other.path, other.rule):
        return 0.0
    likeness = alike(one.title, other.title)
    return likeness if likeness >= _HALF and _may_return(known) else 0.0


_STEPS: tuple[Step, ...] = (
    _on_its_lines,
    _by_name,
    _reworded,
    _on_nearly_its_lines,
    _on_edited_lines,
    _in_another_file,
    _without_lines,
)


def _may_return(known: Known) -> bool:
    """Return whether less than its very lines may bring it back: what was fixed is over."""
    return known.finding.state is not FindingState.FIXED


def alike(one: str, other: str) -> float:
    """Return which part of the words of the shorter of two texts the other has as well, from 0 to 1."""
    first, second = (set(_WORD.findall(text.lower())) for text in (one, other))
    shorter = min(len(first), len(second))
    return len(first & second) / shorter if shorter else 0.0


def _first(lines: str) -> str:
    return lines.split("\n", 1)[0]


def _last(lines: str) -> str:
    return lines.rsplit("\n", 1)[-1]
