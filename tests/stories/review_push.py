"""A push to a pull request as a review sees it: files before and after, and findings on lines that are searched."""

import dataclasses
import difflib
from collections.abc import Mapping, Sequence

from bot.diff import Change, FileDiff, Hunk, Kind, Line
from bot.memory import KeptFinding
from tasks.review.carry import Answers, Look, answer
from tasks.review.finding import Category, Finding, Severity
from tasks.review.signs import Dismissal
from tasks.review.whereabouts import Head

_ALIKE = 0.5  # as git takes two files for one that was renamed


def line_of(text: str, line: str, number: int = 0) -> int:
    """Return where a line stands, counted from 1; of several equal ones, the one of that number."""
    places = [place for place, each in enumerate(text.split("\n"), 1) if each == line]
    return places[number]


def finding(files: Mapping[str, str], path: str, line: str, *, number: int = 0, **more: object) -> Finding:
    """Return a finding of a model on a line; on the file as a whole without one."""
    place = line_of(files[path], line, number) if line else 0
    plain = Finding(
        path=path,
        first=place,
        last=place,
        title="It runs whatever the text holds",
        body="Take a parser.",
        rule="model/security",
        source="model",
        severity=Severity.MAJOR,
        category=Category.SECURITY,
        quote=line,
    )
    return dataclasses.replace(plain, **more)  # type: ignore[arg-type]  # a table of fields


@dataclasses.dataclass
class Push:
    """What a review finds at the head; `covered` are the files that it read, all of them if not told.

    `fresh` are the lines that it read as new, all that the change adds if not told.
    """

    base: Mapping[str, str]
    head: Mapping[str, str]
    covered: Sequence[str] | None = None
    content: Sequence[str] = ()
    fresh: Mapping[str, frozenset[int]] | None = None

    def answer(
        self,
        known: Sequence[KeptFinding],
        new: Sequence[Finding],
        dismissed: Mapping[str, Dismissal] | None = None,
    ) -> Answers:
        head = Head(files_of(self.base, self.head), self.head)
        covered = list(self.head) if self.covered is None else self.covered
        return answer(known, new, Look(head, "sha", covered, self.content, self.fresh), dismissed)


def files_of(base: Mapping[str, str], head: Mapping[str, str]) -> tuple[FileDiff, ...]:
    """Return the diff, with renames as git finds them."""
    gone, new = [path for path in base if path not in head], [path for path in head if path not in base]
    found, renamed = [], {}
    for path in new:
        alike = {old: difflib.SequenceMatcher(None, _lines(base[old]), _lines(head[path])).ratio() for old in gone}
        best = max(alike, key=lambda old: alike[old], default=None)
        if best is not None and alike[best] >= _ALIKE:
            renamed[path] = best
            gone.remove(best)
    for path, text in head.items():
        old = renamed.get(path, path if path in base else None)
        change = Change.RENAMED if path in renamed else Change.MODIFIED if path in base else Change.ADDED
        if path in renamed or old is None or base[old] != text:
            found.append(FileDiff(old, path, change, _hunks(base[old] if old else "", text)))
    return (*found, *(FileDiff(path, None, Change.REMOVED, _hunks(base[path], "")) for path in gone))


def _lines(text: str) -> list[str]:
    return text.split("\n")[:-1]


def _hunks(old: str, new: str) -> tuple[Hunk, ...]:
    before, after = _lines(old), _lines(new)
    lines: list[Line] = []
    for kind, old_at, old_end, new_at, new_end in difflib.SequenceMatcher(None, before, after).get_opcodes():
        if kind == "equal":
            pairs = zip(range(old_at, old_end), range(new_at, new_end), strict=True)
            lines += [Line(Kind.CONTEXT, before[one], one + 1, other + 1) for one, other in pairs]
        else:
            lines += [Line(Kind.REMOVED, before[one], one + 1, new_at + 1) for one in range(old_at, old_end)]
            lines += [Line(Kind.ADDED, after[one], old_end + 1, one + 1) for one in range(new_at, new_end)]
    return (Hunk("", tuple(lines)),)
