"""Answers each earlier finding of a pull request after a push: fixed, still open, dismissed, or nobody can tell. Pure.

The rows of the table, the first that fits:

| what is known | answer |
| --- | --- |
| a human dismissed it | dismissed, for good: it is never told again |
| a human settled its conversation, and its lines are still there | dismissed |
| it was found again | still open: it is not told again |
| its lines are there, and the tool that found it looked again and is content | fixed |
| its lines are there | still open, whatever was found or not |
| its lines are gone or changed, and their file was read again or has nothing left to read | fixed |
| anything else: the file was not covered, or it never had lines | nobody can tell |
"""

import dataclasses
from collections.abc import Collection, Mapping, Sequence

from bot.memory import FindingState, KeptFinding
from tasks.review.finding import MODEL, Finding
from tasks.review.identity import Standing, name_of, stand
from tasks.review.sameness import Known, Told, same, tell
from tasks.review.signs import Dismissal
from tasks.review.whereabouts import Head, Spot, likeness, locate

_NEAR = 3  # lines: what is new so close by was read together with the line
_LONGEST_TITLE = 200  # characters that are remembered


@dataclasses.dataclass(frozen=True, slots=True)
class Look:
    """What this review looked at: the change as it is now, and what of it was read.

    `covered` are the paths that were read to their end, by their names now. `content` are the tools that looked at
    all of these and whose silence means something; a model's never does. `fresh` are the lines of the head that were
    read as new, by path; None means all that the change adds.
    """

    head: Head
    sha: str
    covered: Collection[str]
    content: Collection[str] = ()
    fresh: Mapping[str, Collection[int]] | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Fresh:
    """A finding that is to be told, and as what it is kept; `is_back` is one that had been fixed."""

    finding: Finding
    kept: KeptFinding
    is_back: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Answered:
    """An earlier finding as it is to be kept from now on, and what it was before; `is_gone` says that its lines are."""

    kept: KeptFinding
    was: FindingState
    is_gone: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Answers:
    """What became of the earlier findings, and which of this review are to be told.

    `earlier` holds every known finding but those that are `fresh` again. `quiet` are findings of this review that are
    not told because somebody dismissed them.
    """

    earlier: tuple[Answered, ...]
    fresh: tuple[Fresh, ...]
    quiet: tuple[Finding, ...]

    @property
    def fixed(self) -> tuple[KeptFinding, ...]:
        """Return those that are fixed since the last review."""
        return self._now(FindingState.FIXED)

    @property
    def dismissed(self) -> tuple[KeptFinding, ...]:
        """Return those that somebody dismissed since the last review."""
        return self._now(FindingState.DISMISSED)

    @property
    def over(self) -> tuple[KeptFinding, ...]:
        """Return those that nobody need talk about any more: fixed, or dismissed and their lines gone since."""
        gone = (each for each in self.earlier if each.is_gone and each.kept.state is FindingState.DISMISSED)
        return (*self.fixed, *(each.kept for each in gone))

    @property
    def still_open(self) -> tuple[KeptFinding, ...]:
        """Return those that are open."""
        return tuple(each.kept for each in self.earlier if each.kept.state is FindingState.OPEN)

    @property
    def cannot_tell(self) -> tuple[KeptFinding, ...]:
        """Return those of which nobody can tell."""
        return tuple(each.kept for each in self.earlier if each.kept.state is FindingState.CANNOT_TELL)

    def _now(self, state: FindingState) -> tuple[KeptFinding, ...]:
        return tuple(each.kept for each in self.earlier if each.kept.state is state is not each.was)


def answer(
    known: Sequence[KeptFinding],
    new: Sequence[Finding],
    look: Look,
    dismissed: Mapping[str, Dismissal] | None = None,
) -> Answers:
    """Answer every known finding of a pull request, and say which of the `new` ones are to be told.

    `dismissed` says, by fingerprint, which ones people dismissed who may. `new` is best given before it is cut to what
    a review may say: what is not told was found all the same.
    """
    earlier, told = _located(known, look.head), tell(new, look.head, known)
    matches = same(earlier, told)
    again = {there: told[here] for here, there in matches.items()}
    signs = dismissed or {}
    answered, quiet = [], []
    for there, one in enumerate(earlier):
        found = again.get(there)
        state = _state(one, found, look, signs.get(one.finding.fingerprint))
        if state is FindingState.FIXED and found is not None:
            continue  # it is back
        is_gone = found is None and _is_gone(one, look)
        answered.append(Answered(_kept_on(one, found, look, state), one.finding.state, is_gone))
        if state is FindingState.DISMISSED and found is not None:
            quiet.append(found.finding)
    return Answers(tuple(answered), tuple(_fresh(earlier, told, matches, look)), tuple(quiet))


def _located(known: Sequence[KeptFinding], head: Head) -> list[Known]:
    """Find the lines of those that are not fixed first: what is fixed must not take them away."""
    over = [each for each in known if each.state is FindingState.FIXED]
    spots = {**locate(over, head), **locate([each for each in known if each not in over], head)}
    return [Known(each, spots.get(each.fingerprint)) for each in known]


def _state(known: Known, again: Told | None, look: Look, sign: Dismissal | None) -> FindingState:
    """Read the table at the top."""
    finding, spot = known.finding, known.spot
    if finding.state in {FindingState.DISMISSED, FindingState.FIXED}:
        return finding.state
    is_there = again is not None or spot is not None
    if sign is Dismissal.SAID or (sign is Dismissal.SETTLED and (is_there or not known.has_lines)):
        return FindingState.DISMISSED
    if again is not None:
        return FindingState.OPEN
    if spot is not None:
        return FindingState.FIXED if _is_content(finding, spot, look) else FindingState.OPEN
    return FindingState.FIXED if _is_gone(known, look) else FindingState.CANNOT_TELL


def _is_gone(known: Known, look: Look) -> bool:
    """Return whether a finding's lines, or the file that it was about, are surely there no more."""
    finding, head = known.finding, look.head
    had_something = known.has_lines or not any(map(head.has, head.paths(finding.path)))
    if known.spot is not None or not finding.path or not had_something:
        return False
    return _is_read(finding, look) and not _is_remnant(known, look)


def _is_remnant(known: Known, look: Look) -> bool:
    """Return whether only further lines of a finding are gone, and nobody has read again what is left.

    Where lines are deleted nothing is new to be read, and the defect may well be in those that stay.
    """
    finding, head = known.finding, look.head
    first, _, further = finding.anchor.partition("\n")
    if look.fresh is None or not further:
        return False
    for path in filter(head.has, head.paths(finding.path)):
        source, fresh = head.source(path, finding.side), look.fresh.get(path, ())
        left = (place for place in source.copies([first]) if likeness(finding, source, range(place, place + 1)))
        numbers = [source.numbers[place] for place in left]
        if any(not any(abs(number - line) <= _NEAR for line in fresh) for number in numbers):
            return True
    return False


def _is_content(finding: KeptFinding, spot: Spot, look: Look) -> bool:
    """Return whether the tool that found it looked at these very lines again, and found nothing."""
    has_looked = finding.source != MODEL and finding.source in look.content and spot.path in look.covered
    return has_looked and look.head.adds(spot)


def _is_read(finding: KeptFinding, look: Look) -> bool:
    """Return whether a file was read again, or there is nothing of it left to read."""
    paths = [path for path in look.head.paths(finding.path) if look.head.has(path)]
    return all(path in look.covered or not look.head.changes(path) for path in paths)


def _kept_on(known: Known, again: Told | None, look: Look, state: FindingState) -> KeptFinding:
    """Return an earlier finding as it is to be kept: under its old name, with what stands around it now."""
    finding, spot = known.finding, known.spot
    if again is not None and not finding.rule:  # only its name was left
        told = _first_kept(again, finding.fingerprint, look.sha)
        finding = dataclasses.replace(told, thread=finding.thread, first_head=finding.first_head)
    if spot is not None:  # its own lines, not those that it was found on again: a model names them ever more loosely
        on = stand(look.head.source(spot.path, spot.side), spot.first, spot.last)
        finding = _standing_on(finding, spot.path, spot.first, on)
    elif again is not None and again.on.copies:
        finding = _standing_on(finding, again.finding.path, again.finding.first, again.on)
    return dataclasses.replace(finding, state=state, last_head=look.sha)


def _standing_on(kept: KeptFinding, path: str, line: int, on: Standing) -> KeptFinding:
    return dataclasses.replace(
        kept,
        path=path,
        line=line,
        anchor=on.anchor,
        before=on.before,
        after=on.after,
        copies=on.copies,
        copy=on.copy,
    )


def _fresh(earlier: Sequence[Known], told: Sequence[Told], matches: Mapping[int, int], look: Look) -> list[Fresh]:
    taken = {each.finding.fingerprint for each in earlier}
    found = []
    for here, each in enumerate(told):
        known = earlier[matches[here]].finding if here in matches else None
        if known is None:
            name = name_of(each.finding, each.on, taken=taken)
            taken.add(name)
            found.append(Fresh(each.finding, _first_kept(each, name, look.sha)))
        elif known.state is FindingState.FIXED:
            kept = _first_kept(each, known.fingerprint, look.sha)
            found.append(Fresh(each.finding, dataclasses.replace(kept, first_head=known.first_head), is_back=True))
    return found


def _first_kept(told: Told, name: str, sha: str) -> KeptFinding:
    finding = told.finding
    kept = KeptFinding(
        fingerprint=name,
        rule=finding.rule,
        source=finding.source,
        category=finding.category.value,
        severity=str(finding.severity),
        path=finding.path,
        title=finding.title[:_LONGEST_TITLE],
        side=finding.side.value,
        first_head=sha,
        last_head=sha,
    )
    return _standing_on(kept, finding.path, finding.first, told.on)
