"""Says which of the findings of this review are earlier ones told again, in steps of decreasing certainty. Pure."""

import dataclasses
import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from bot.memory import FindingState, KeptFinding
from tasks.review.finding import MODEL, Finding
from tasks.review.identity import STEM, Standing, name_of, standing, stems
from tasks.review.meaning import is_told_twice
from tasks.review.whereabouts import Head, Spot

_HALF = 0.5  # of two ranges of lines, or of the words of two titles
_BOTH = 2  # neighbours
_CLOSE = 0.6  # of the characters of two pieces of code
_SHORT = 5  # lines; who names more speaks of something larger that begins there
_WORD = re.compile(r"\w{3,}")


@dataclasses.dataclass(frozen=True, slots=True)
class Told:
    """A finding of this review: what it stands on and where, and how every name begins that it may have got earlier.

    `paths` are the names of its file, now and before.
    """

    finding: Finding
    on: Standing
    spot: Spot | None
    stems: frozenset[str]
    paths: frozenset[str]


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


def tell(new: Sequence[Finding], head: Head, known: Sequence[KeptFinding]) -> list[Told]:
    """Return the findings of this review with what they are known by; `known` tells what their files were called."""
    only_named = {each.path for each in known if not each.anchor and each.path and not head.has(each.path)}
    return [_told(finding, head, only_named) for finding in new]


def _told(finding: Finding, head: Head, gone: Iterable[str]) -> Told:
    on = standing(finding, head.source(finding.path, finding.side))
    spot = head.spot(finding.path, finding.side, finding.first, finding.last) if on.copies else None
    paths = dict.fromkeys([*head.paths(finding.path), *gone])
    return Told(finding, on, spot, frozenset(stems(finding, on, paths)), frozenset(head.paths(finding.path)))


def same(known: Sequence[Known], told: Sequence[Told]) -> dict[int, int]:
    """Return, by its place in `told`, the place in `known` of the finding that it is; what is new is missing.

    Each is taken once: two defects on one line stay two. A finding that was fixed is the same only by its lines or its
    name, and only where nothing is that is not over.
    """
    over = [there for there, each in enumerate(known) if each.finding.state is FindingState.FIXED]
    others = [there for there in range(len(known)) if there not in set(over)]
    found: dict[int, int] = {}
    for step, places in [*((step, others) for step in _STEPS), *((step, over) for step in _STEPS_BACK)]:
        taken = set(found.values())
        left = [(there, known[there]) for there in places if there not in taken]
        free = [(here, each) for here, each in enumerate(told) if here not in found]
        for there, here in _pairs(step, left, free):
            if here not in found and there not in taken:
                found[here] = there
                taken.add(there)
    return found


Step = Callable[[Known, Told], float]


def _pairs(
    step: Step, known: Sequence[tuple[int, Known]], told: Sequence[tuple[int, Told]]
) -> Iterator[tuple[int, int]]:
    """Yield which of the two may be one, the surest first; of equally sure ones, those in the likest words."""
    rated = [
        (-certainty, -alike(old.finding.title, new.finding.title), there, here)
        for there, old in known
        for here, new in told
        if (certainty := step(old, new)) > 0
    ]
    yield from ((there, here) for _, _, there, here in sorted(rated))


def _on_its_lines(known: Known, told: Told) -> float:
    """The rule is the same, and so are the lines."""
    return float(known.finding.rule == told.finding.rule and known.spot is not None and known.spot == told.spot)


def _by_name(known: Known, told: Told) -> float:
    """The name is the same; for one of which nothing but the name is left, one that it may have had will do."""
    if known.finding.fingerprint == name_of(told.finding, told.on):
        # The name of one of several equal lines may have become another's.
        return float(known.spot is None or told.spot is None or known.spot == told.spot)
    return _HALF * (not known.finding.anchor and known.finding.fingerprint[:STEM] in told.stems)


def _reworded(known: Known, told: Told) -> float:
    """The lines are the same, and a model only calls it by another category; or a tool and a model agree on one.

    Where they call it by two categories, their words must agree.
    """
    if known.spot is None or known.spot != told.spot:
        return 0.0
    one, other = known.finding, told.finding
    sources = {one.source, other.source}
    agree = MODEL in sources and (one.category == other.category or is_told_twice(one, other))
    return float(sources == {MODEL} or agree)


def _on_nearly_its_lines(known: Known, told: Told) -> float:
    """A model names a few lines more, or fewer, than it did."""
    if known.spot is None or told.spot is None:
        return 0.0
    one, other = known.finding, told.finding
    common = known.spot.overlap(told.spot)
    if {one.source, other.source} != {MODEL} or common == 0:
        return 0.0
    same_rule, sounds_alike = one.rule == other.rule, alike(one.title, other.title) >= _HALF
    return common if (same_rule and sounds_alike) or (common >= _HALF and (same_rule or sounds_alike)) else 0.0


def _from_its_first_line(known: Known, told: Told) -> float:
    """A model begins where it began, and reaches a few lines less far or farther, also where those were edited."""
    one, on, spot = known.finding, told.on, told.spot
    if {one.source, told.finding.source} != {MODEL} or spot is None or not known.has_lines:
        return 0.0
    if known.spot is not None:
        here, length = known.spot, known.spot.last - known.spot.first
        begins = (here.path, here.side, here.first) == (spot.path, spot.side, spot.first)
    else:
        length = one.anchor.count("\n")
        begins = (one.side, _first(one.anchor)) == (str(spot.side), _first(on.anchor))
        begins = begins and one.path in told.paths and length > 0  # of a single line nothing would be left
    if not begins or max(length, spot.last - spot.first) >= _SHORT:
        return 0.0
    return 1.0 if known.spot is not None else _HALF  # one whose lines are there is surer than one whose were edited


def _on_edited_lines(known: Known, told: Told) -> float:
    """Its lines were edited and their neighbours were not; of a model's, the words must agree too."""
    one, other, on = known.finding, told.finding, told.on
    if not (known.is_edited and one.rule == other.rule and on.copies):
        return 0.0
    if one.path not in told.paths or one.side != str(other.side):
        return 0.0
    beside = (_last(one.before) == _last(on.before)) + (_first(one.after) == _first(on.after))
    if beside == 0 or (one.source == MODEL and alike(one.title, other.title) < _HALF):
        return 0.0
    code = difflib.SequenceMatcher(None, one.anchor, on.anchor, autojunk=False).ratio()
    return beside + code if beside == _BOTH or code >= _CLOSE else 0.0


def _without_lines(known: Known, told: Told) -> float:
    """Neither has lines, the file and the rule are the same, and so are the words, or most of them."""
    one, other = known.finding, told.finding
    if known.has_lines or told.on.copies or (one.path, one.rule) != (other.path, other.rule):
        return 0.0
    likeness = alike(one.title, other.title)
    return likeness if likeness >= _HALF else 0.0


_STEPS_BACK: tuple[Step, ...] = (_on_its_lines, _by_name)
_STEPS: tuple[Step, ...] = (
    *_STEPS_BACK,
    _reworded,
    _on_nearly_its_lines,
    _from_its_first_line,
    _on_edited_lines,
    _without_lines,
)


def alike(one: str, other: str) -> float:
    """Return which part of the words of the shorter of two texts the other has as well, from 0 to 1."""
    first, second = (set(_WORD.findall(text.lower())) for text in (one, other))
    shorter = min(len(first), len(second))
    return len(first & second) / shorter if shorter else 0.0


def _first(lines: str) -> str:
    return lines.split("\n", 1)[0]


def _last(lines: str) -> str:
    return lines.rsplit("\n", 1)[-1]
