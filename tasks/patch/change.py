"""One SEARCH/REPLACE block or hunk put into the lines of a file: found, understood, woven in; or why not."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tasks.patch.align import kept_lines
from tasks.patch.clutter import is_escaped, is_surely_escaped, unescape
from tasks.patch.edits import Replacement
from tasks.patch.gaps import check_blanks
from tasks.patch.listing import gutter_of
from tasks.patch.matching.choice import Hints, choose
from tasks.patch.matching.lines import Lines, without_blank_edges
from tasks.patch.matching.place import Loosening, Place
from tasks.patch.matching.search import find_exactly, find_loosely, find_with_typos
from tasks.patch.matching.wanted import Wanted
from tasks.patch.refusal import BlockRefused
from tasks.patch.text import Splice, block_of
from tasks.patch.weave import weave


class Found(NamedTuple):
    """Where the old lines of an edit stand, and what changes there; `place` is None where all is done already.

    `first` is the number of the line on which the edit begins, its blank lines at the top with it.
    """

    place: Place | None
    splices: Sequence[Splice] = ()
    first: int = 0


_DONE = Found(None)


def find_change(edit: Replacement, lines: Lines, hints: Hints, path: str) -> Found:
    """Return what an edit does to the lines of a file; raises BlockRefused where that is not one certain thing."""
    readings = []
    for wanted, also in _readings(edit, lines, path):
        found = _exactly(wanted, lines, hints)
        if found is not None:
            return _with(found, also)
        readings.append((wanted, also))
    for find in (_loosely, _done, _misspelt):
        for wanted, also in readings:
            found = find(wanted, lines, hints)
            if found is not None:
                return _with(found, also)
    raise BlockRefused("the lines to replace are not in the file", missing=edit.old)


def _readings(edit: Replacement, lines: Lines, path: str) -> Iterator[tuple[Wanted, frozenset[Loosening]]]:
    """Yield the edit as it is written, and as it was before something was laid over the whole of it."""
    plain = _wanted(edit, edit.old, edit.new), frozenset[Loosening]()
    if not is_escaped(edit.old + edit.new):
        yield plain
    else:
        escaped = _wanted(edit, unescape(edit.old), unescape(edit.new)), frozenset({Loosening.ENTITIES})
        yield from (escaped, plain) if is_surely_escaped(edit.old, edit.new, path, lines.block) else (plain, escaped)
    if gutter := gutter_of(edit.old):
        yield _wanted(edit, gutter.without(edit.old), gutter.without(edit.new)), frozenset({Loosening.LINE_NUMBERS})


def _wanted(edit: Replacement, old: Sequence[str], new: Sequence[str]) -> Wanted:
    if edit.kept is not None:
        kept = {here: there for there, here in edit.kept}
        return Wanted(old, new, kept, has_margin=edit.ordered, seams=edit.seams)
    return Wanted(old, new, kept_lines(old, new))


def _exactly(wanted: Wanted, lines: Lines, hints: Hints) -> Found | None:
    whole = find_exactly(wanted, lines)
    if len(whole) == 1 and not hints.has_twins and _are_sure(wanted.old, lines):
        return _found(wanted, wanted, whole[0], lines)
    core = wanted.without_edges()
    places = whole if core is wanted else find_exactly(core, lines)
    if places and core is not wanted:
        hints = hints._replace(starts=frozenset(start + core.skipped for start in hints.starts))
        if not whole:
            places = [place._replace(loosened=frozenset({Loosening.BLANK_LINES})) for place in places]
    return _chosen(wanted, core, places, lines, hints)


def _are_sure(old: Sequence[str], lines: Lines) -> bool:
    """Say whether lines that stand in one place only do so for what they hold: blank ones at their ends say nothing."""
    return bool(old[0].strip() and old[-1].strip()) or lines.stands_once(without_blank_edges(old))


def _loosely(wanted: Wanted, lines: Lines, hints: Hints) -> Found | None:
    return _chosen(wanted, wanted, find_loosely(wanted, lines), lines, hints)


def _misspelt(wanted: Wanted, lines: Lines, hints: Hints) -> Found | None:
    return _chosen(wanted, wanted, find_with_typos(wanted, lines), lines, hints)


def _chosen(wanted: Wanted, core: Wanted, places: Sequence[Place], lines: Lines, hints: Hints) -> Found | None:
    """Return what is to be done at the one of the places that is meant; None where there is none.

    Where an edit fits several places loosely, or others like it are in already, it may have been made.
    """
    if not places:
        return None
    if hints.has_twins or (len(places) > 1 and places[0].loosened):
        left = [place for place in places if not _stands_around(wanted, core, place, lines)]
        if not left or (len(left) < len(places) and not hints.has_twins):
            return _DONE
        places = left
    return _found(wanted, core, choose(places, lines, hints), lines)


def _found(wanted: Wanted, core: Wanted, place: Place, lines: Lines) -> Found:
    if _stands_around(wanted, core, place, lines):
        return _DONE
    splices = weave(core, place, lines)
    if place.loosened:
        woven = _woven(splices, place, lines)
        if len(woven) > place.stop - place.start and _stand_near(woven, place.start, place.stop, lines):
            return _DONE
        if Loosening.BLANK_LINES in place.loosened:
            check_blanks(woven, wanted.new, lines.lines[place.start : place.stop])
    return Found(place, splices, place.start - core.skipped)


def _done(wanted: Wanted, lines: Lines, _: Hints) -> Found | None:
    """Say whether the new lines stand in the file, and say enough to be no accident."""
    if block_of(wanted.new) == lines.block:
        return _DONE
    solid = [number for number, line in enumerate(wanted.new) if line.strip()]
    if not any(number not in wanted.kept for number in solid):
        return _DONE if solid and _are_together(wanted, lines) else None
    return _DONE if lines.stands(wanted.new) or find_loosely(Wanted(wanted.new, (), {}), lines) else None


def _are_together(wanted: Wanted, lines: Lines) -> bool:
    """Say whether the neighbours of what goes away stand together, or at an end of the file: it has gone already."""
    is_first, is_last = 0 in wanted.deleted, len(wanted.old) - 1 in wanted.deleted
    end = len(lines.lines) - len(wanted.new)
    return any((start == 0 or not is_first) and (start == end or not is_last) for start in lines.stands(wanted.new))


def _stands_around(wanted: Wanted, core: Wanted, place: Place, lines: Lines) -> bool:
    """Say whether the new lines stand where the old ones do, and round them: the edit was made already."""
    new, start, stop = wanted.new, place.start, place.stop
    if wanted is not core:
        start, stop = start - core.skipped, stop + len(wanted.old) - len(core.old) - core.skipped
    if not place.loosened and len(new) <= stop - start:
        return False
    return _stand_near(new, start, stop, lines)


def _woven(splices: Sequence[Splice], place: Place, lines: Lines) -> Sequence[str]:
    """Return what would stand at a place, in the file's own hand."""
    woven: list[str] = []
    at = place.start
    for splice in splices:
        woven += [*lines.lines[at : splice.stretch.start], *splice.lines]
        at = splice.stretch.stop
    return [*woven, *lines.lines[at : place.stop]]


def _stand_near(new: Sequence[str], start: int, stop: int, lines: Lines) -> bool:
    """Say whether lines stand so that they hold all of the stretch from `start` to `stop`, or lie in it."""
    block = block_of(new)
    if not new or block not in lines.block:
        return False
    return block in block_of(lines.lines[max(0, stop - len(new)) : max(0, start) + len(new)])


def _with(found: Found, also: frozenset[Loosening]) -> Found:
    if found.place is None or not also:
        return found
    return found._replace(place=found.place._replace(loosened=found.place.loosened | also))
