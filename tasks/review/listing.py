"""A changed file as a model sees it: numbered lines of the new file, marked, with what stands around them. Pure."""

import dataclasses
from collections.abc import Iterator, Sequence

from bot.diff import Change, Hunk, Kind
from tasks.quoting import break_turns
from tasks.review.finding import Finding
from tasks.review.selection import Chosen

AROUND = 8  # lines of the new file that are shown before and after a hunk, beyond those of the diff
LONGEST_LINE = 400  # characters; what stands further right is not shown
_GAP = "..."
_BETWEEN = len(_GAP) + 2  # bytes between two sections


@dataclasses.dataclass(frozen=True, slots=True)
class Section:
    """Rows that stand together; `size` is their bytes."""

    rows: tuple[str, ...]
    size: int


@dataclasses.dataclass(frozen=True, slots=True)
class Listing:
    """A file, or part of one. `name` is the path as it is shown, `notes` are what tools said about the file."""

    path: str
    name: str
    heading: str
    sections: tuple[Section, ...]
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Return the bytes of the whole listing."""
        return sum(section.size for section in self.sections) + sum(map(_bytes, (self.heading, *self.notes)))

    @property
    def text(self) -> str:
        """Return the listing without its notes."""
        parts = ["\n".join(section.rows) for section in self.sections]
        return "\n".join([self.heading, f"\n{_GAP}\n".join(parts)])


def listing(chosen: Chosen, head: str | None, hints: Sequence[Finding] = ()) -> Listing:
    """Return the listing of a file; `head` is the new file's text, None where it is not to be had."""
    file = chosen.file
    name = _plain(file.path)
    was = f" (was {_plain(file.old_path)})" if file.old_path and file.old_path != file.path else ""
    kind = {Change.ADDED: " (new file)", Change.REMOVED: " (removed)"}.get(file.change, was)
    lines = head.split("\n") if head is not None else []
    return Listing(
        path=file.path,
        name=name,
        heading=f"=== {name}{kind}",
        sections=tuple(_sections(chosen, lines)),
        notes=tuple(_note(hint) for hint in hints),
    )


def split(whole: Listing, room: int) -> tuple[Listing, Listing | None]:
    """Return a beginning of at most `room` bytes and what is left: cut between sections, else between rows.

    The beginning holds a row at least.
    """
    room -= whole.size - sum(section.size for section in whole.sections)
    taken: list[Section] = []
    for number, section in enumerate(whole.sections):
        if section.size <= room:
            taken.append(section)
            room -= section.size
            continue
        rest = whole.sections[number:]
        if not taken:
            first, after = _cut(section, room)
            taken, rest = [first], (*after, *rest[1:])
        left = dataclasses.replace(whole, sections=rest) if rest else None
        return dataclasses.replace(whole, sections=tuple(taken)), left
    return whole, None


def starts_within(whole: Listing, room: int) -> bool:
    """Say whether the first section fits into `room` bytes with what belongs to the file."""
    return whole.size - sum(section.size for section in whole.sections[1:]) <= room


def _cut(section: Section, room: int) -> tuple[Section, tuple[Section, ...]]:
    size = _BETWEEN
    for number, row in enumerate(section.rows):
        size += _bytes(row)
        if size > room and number:
            return _section(section.rows[:number]), (_section(section.rows[number:]),)
    return section, ()


def _sections(chosen: Chosen, head: Sequence[str]) -> Iterator[Section]:
    """Yield a section for each hunk; hunks whose surroundings touch become one."""
    rows: list[str] = []
    shown = 0  # the last line of the new file that has been shown
    for number, hunk in enumerate(chosen.hunks):
        first, after = hunk.lines[0].new_at, hunk.lines[-1].new_at + (hunk.lines[-1].kind is not Kind.REMOVED)
        following = chosen.hunks[number + 1].lines[0].new_at if number + 1 < len(chosen.hunks) else len(head) + 1
        before = max(shown + 1, first - AROUND) if head else first
        if rows and before > shown + 1:
            yield _section(rows)
            rows = []
        if not rows and hunk.heading:
            rows.append(_row("", " ", hunk.heading))
        rows += _around(head, before, first)
        rows += _hunk_rows(chosen, hunk)
        rows += _around(head, after, min(after + AROUND, following))
        shown = min(after + AROUND, following) - 1 if head else after - 1
    if rows:
        yield _section(rows)


def _around(head: Sequence[str], first: int, after: int) -> Iterator[str]:
    end = len(head) if head and head[-1] else len(head) - 1  # what follows the last LF is no line
    return (_row(number, " ", head[number - 1]) for number in range(max(first, 1), min(after, end + 1)))


def _hunk_rows(chosen: Chosen, hunk: Hunk) -> Iterator[str]:
    for line in hunk.lines:
        if line.kind is Kind.REMOVED:
            yield _row("", "-", line.text)
        else:
            is_new = line.kind is Kind.ADDED and chosen.is_new(line.new_at)
            yield _row(line.new_at, "+" if is_new else " ", line.text)


def _row(number: int | str, mark: str, text: str) -> str:
    return f"{number:>6} {mark} | {_short(text)}" if text else f"{number:>6} {mark} |"


def _note(hint: Finding) -> str:
    lines = str(hint.first) if hint.first == hint.last else f"{hint.first}-{hint.last}"
    return f"line {lines}: {_plain(' '.join(hint.title.split()))} ({hint.rule})"


def _plain(text: str) -> str:
    """Return a line of the repository as data: no control tokens, no bytes that are no text, not endless."""
    return break_turns(_short(text))


def _short(text: str) -> str:
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= LONGEST_LINE else text[:LONGEST_LINE] + "…"


def _section(rows: Sequence[str]) -> Section:
    text = break_turns("\n".join(rows))  # no control token goes over the end of a line
    return Section(tuple(text.split("\n")), len(text.encode()) + _BETWEEN + 1)


def _bytes(row: str) -> int:
    return len(row.encode()) + 1
