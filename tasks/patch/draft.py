"""A file while the edits of a reply are put into it, one after the other."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tasks.patch.change import Found, find_change
from tasks.patch.edits import Deletion, Edit, Rename, Replacement, WholeFile
from tasks.patch.excerpt import check_elision
from tasks.patch.matching.choice import Hints
from tasks.patch.matching.lines import Lines
from tasks.patch.matching.place import Loosening, Place
from tasks.patch.nearest import around
from tasks.patch.refusal import BlockRefused
from tasks.patch.rewrite import rewrite
from tasks.patch.text import Text

_EXISTS = "it has no lines to look for, which makes a new file, but the file exists; quote the lines to replace"
_LEAST_TWIN = 2  # lines around a change; where they are the same in another place, that may be the one that was meant
_NOWHERE = "it only adds lines, and numbers alone do not tell where; quote the lines around the place as context"


class Put(NamedTuple):
    """Where an edit went: its first line (from 1) as the file was then, 0 where nothing was to be done; and how."""

    first_line: int = 0
    loosened: Sequence[Loosening] = ()


@dataclass(slots=True)
class Draft:
    """The content so far, and what the ordered edits that are in have shown.

    The last of them ended at the line `floor`, above which `grown` lines have come; its number was off by `slip`. The
    lines were those of `before`.
    """

    path: str
    lines: Lines
    grown: int = field(default=0, init=False)
    slip: int = field(default=0, init=False)
    floor: int = field(default=0, init=False)
    before: Lines = field(init=False)

    def __post_init__(self) -> None:
        self.before = self.lines

    @property
    def text(self) -> Text:
        """The content as a text."""
        return self.lines.text

    def put(self, edit: Edit, twins: int = 1, *, has_twins: bool = False) -> Put:
        """Put one edit in; raises BlockRefused and changes nothing where that is not one certain thing.

        `twins` are how many equal edits are still to be put in, this one with them; `has_twins` that there were more.
        """
        if isinstance(edit, Deletion):
            return self._delete(edit)
        if isinstance(edit, Rename):
            return Put()
        if isinstance(edit, WholeFile):
            self.lines = Lines(rewrite(self.path, self.text, edit))
            return Put(1)
        if not edit.old or not (edit.first or any(line.strip() for line in edit.old)):
            return self._create(edit)
        check_elision(edit.new, self.path, edit.old, self.text)
        hints = self._hints(edit, twins, has_twins=has_twins)
        found = find_change(edit, self.lines, hints, self.path)
        if found.place is None:
            return Put()
        if not (has_twins or edit.anchors or found.first in hints.starts):
            self._check_twin(edit, found.place)
        if edit.ordered:
            self._remember(edit, found)
        self.lines = self.lines.spliced(found.splices)
        return Put(found.place.start + 1, sorted(found.place.loosened))

    def _delete(self, edit: Deletion) -> Put:
        """Take the content away, if it is what the reply believes it to be; a reply may say nothing of it."""
        known = {line.strip() for line in self.text.lines}
        strange = sum(line.strip() not in known for line in edit.lines)
        if self.text.lines and strange * 2 > len(edit.lines):
            raise BlockRefused("the lines that the reply deletes with the file are not those of the file")
        self.lines = Lines(self.text.rewritten(()))
        return Put(1)

    def _create(self, edit: Replacement) -> Put:
        if any(line.strip() for line in self.text.lines):
            if edit.new == self.text.lines:
                return Put()
            raise BlockRefused(_NOWHERE if edit.ordered else _EXISTS)
        check_elision(edit.new, self.path, edit.old, self.text)
        self.lines = Lines(self.text.rewritten(edit.new))
        return Put(1)

    def _hints(self, edit: Replacement, twins: int, *, has_twins: bool) -> Hints:
        start = edit.first - 1 + self.grown
        return Hints(
            starts=frozenset({start, start + self.slip} if edit.first else ()),
            anchors=edit.anchors,
            floor=self.floor if edit.ordered else 0,
            twins=twins,
            has_twins=has_twins,
            at_end=edit.at_end,
        )

    def _check_twin(self, edit: Replacement, place: Place) -> None:
        """Refuse an edit that may have been made already: its new lines stood elsewhere, round the same old ones.

        Only a number or a line above tells then that this place is meant.
        """
        made = self.before.stands(edit.new)
        if not made:
            return
        old = set(edit.old)
        solid = [line for line in edit.new if line.strip()]
        if _LEAST_TWIN <= sum(line in old for line in solid) < len(solid):
            raise BlockRefused(
                f"the new lines stand in the file already (at line {made[0] + 1}), and the old ones in another place "
                f"(at line {place.start + 1}); add lines around them if that one is meant",
                excerpts=[around(place.start, self.lines.lines, "The old lines stand in {}:")],
            )

    def _remember(self, edit: Replacement, found: Found) -> None:
        """Note how far off an ordered edit's number was, and how many lines it adds above where it ends."""
        start, stop = found.first, found.place.stop if found.place else 0
        if edit.first:
            self.slip = start - (edit.first - 1 + self.grown)
        if start >= self.floor:
            grown = sum(len(splice.lines) - len(splice.stretch) for splice in found.splices)
            self.grown += grown
            self.floor = stop + grown
