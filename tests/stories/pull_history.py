"""Random histories of a pull request as somebody's git makes them: rebases, squashes and merges beside the edits."""

import dataclasses
import itertools
from collections.abc import Iterable

from fakes.reviewer import MOST

from stories.pushes import Tree
from stories.review_histories import History, Row
from stories.reviewed_pull import TOPIC, ReviewedPull
from tasks.review.identity import even

HEAD, FOOT = "made = dict(", ")"
GHOSTS = 2  # lines of the first push that a model takes for defects, wrongly and not always
KINDS = ("commit", "commit", "squash", "rebase", "merge")


@dataclasses.dataclass
class PullHistory(History):
    """A history whose files are Python throughout.

    `rest` are files that nobody touches. Numbers below 0 are lines that are in order and look wrong.
    """

    rest: Tree = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        self.origin = {"a.py": "a.py", "b.py": "b.py"}
        self.gone: dict[int, str] = {}  # what was mended, by number
        self.ghosts = itertools.count(-1, -1)
        super().__post_init__()
        for _ in range(GHOSTS):
            self._haunt()

    def texts(self) -> dict[str, str]:
        """Return the files of the pull request's head that it may change."""
        return {path: _file(row.text for row in rows) for path, rows in self.files.items()}

    def truth(self) -> dict[tuple[str, int], int]:
        """Return the defect of each line that holds one."""
        return {(path, line + 1): number for number, path, line in self.defects()}

    def play(self, pull: ReviewedPull) -> str:
        """Edit and push, in one of the ways that git knows; return which."""
        kind = self.chance.choice(KINDS)
        old_base, head = pull.git.tips["main"], pull.head
        if kind in {"rebase", "merge"}:
            self._move_base()
            pull.commit_base({**self.rest, **self.base})
        if kind in {"commit", "squash"} or self.chance.random() < 0.5:
            self.push()
        tree, base = {**self.rest, **self.texts()}, pull.git.tips["main"]
        parents = {"commit": (head,), "squash": (old_base,), "rebase": (base,), "merge": (head, base)}[kind]
        if kind == "rebase" and self.chance.random() < 0.5:  # as more than one commit
            first = min(self.texts())
            parents = (pull.git.commit(TOPIC, {**self.rest, **self.base, first: tree[first]}, base),)
        pull.commit(tree, *parents)
        return kind

    def push(self) -> None:
        """Make a few edits; now and then what was mended comes back."""
        before = sorted(self.gone)  # what is mended and written anew at once was moved, whoever looks
        super().push()
        if before and self.chance.random() < 0.3:
            self._bring_back(self.chance.choice(before))

    def _row(self, text: str = "") -> Row:
        row = super()._row(text)
        return row if text else dataclasses.replace(row, text=f"{row.text},")

    def _plant(self) -> None:
        """Add a defect, unless a model could not name them all in one answer: on what it leaves out nobody can say."""
        if not self._is_full():
            super()._plant()

    def _is_full(self) -> bool:
        return sum(bool(row.defect) for rows in self.files.values() for row in rows) >= MOST

    def _haunt(self) -> None:
        rows = self._rows()
        place = self.chance.randint(0, len(rows))
        rows[place:place] = [dataclasses.replace(self._row(), defect=next(self.ghosts)), self._row()]

    def _mend(self) -> None:
        before = {row.defect: row.text for rows in self.files.values() for row in rows if row.defect > 0}
        super()._mend()
        left = {row.defect for rows in self.files.values() for row in rows}
        self.gone.update({number: text for number, text in before.items() if number not in left})

    def _bring_back(self, number: int) -> None:
        text = self.gone[number]
        if self._is_full():
            return
        # Written anew beside an equal line, nobody could say which of the two was there before.
        if any(even(text) == even(row.text) for rows in self.files.values() for row in rows):
            return
        del self.gone[number]
        rows = self._rows()
        place = self.chance.randint(0, len(rows))
        rows[place:place] = [self._row(), Row(text, number), self._row()]

    def _rename(self) -> None:
        before = set(self.files)
        super()._rename()
        (old,), (new,) = before - set(self.files), set(self.files) - before
        self.origin[new] = self.origin.pop(old)

    def _move_base(self) -> None:
        """Let the base branch get lines at the top of one file; whoever takes it in has them too."""
        path = self.chance.choice(sorted(self.files))
        origin, new = self.origin[path], [self._row() for _ in range(self.chance.randint(1, 6))]
        lines = self.base[origin].split("\n")
        self.base = {**self.base, origin: "\n".join([lines[0], *(row.text for row in new), *lines[1:]])}
        self.files[path][0:0] = [Row(row.text) for row in new]


def _file(rows: Iterable[str]) -> str:
    return "\n".join([HEAD, *rows, FOOT, ""])
