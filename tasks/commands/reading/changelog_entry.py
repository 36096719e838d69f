"""Where an entry of a changelog belongs, and how it is written there. Pure."""

import dataclasses
import re
from collections.abc import Sequence

from tasks.commands.reading.changelog_style import KEEP, TOWNCRIER, Style

_BULLET = re.compile(r"([-*+])\s+(\S.*)")
_RELEASE = re.compile(r"##\s*\[?v?\d")
_REFERENCE = re.compile(r"(?<![\w&])([#!])\d+\b")
_MOST_EXAMPLES = 10


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """`text` is what to put in, whole lines; `path` and `where` say where, in words for people."""

    path: str
    where: str
    text: str


def examples(style: Style) -> list[str]:
    """Return the newest entries, as a model may imitate them."""
    return [line.strip() for line in style.lines if _BULLET.match(line)][:_MOST_EXAMPLES]


def place_entry(style: Style, category: str, words: str, number: int) -> Entry:
    """Return an entry about pull request `number`, in `words` on one line."""
    if style.name == TOWNCRIER:
        return Entry(f"{style.path}/{number}.{category}{style.ending}", "a new file", words)
    line = f"{_sign(style)} {words}{_reference(style, number)}"
    if style.name == KEEP:
        return _kept(style, category, line)
    first = next((at for at, each in enumerate(style.lines) if _BULLET.match(each)), None)
    where = f"above line {first + 1}, the newest entry" if first is not None else "at the end" if style.path else ""
    return Entry(style.path, where, line)


def _kept(style: Style, category: str, line: str) -> Entry:
    lines, heading = style.lines, f"### {category}"
    start = next((at for at, each in enumerate(lines) if re.match(r"(?i)##\s*\[?unreleased\b", each)), None)
    if start is None:
        release = next((at for at, each in enumerate(lines) if _RELEASE.match(each)), None)
        where = "at the end" if release is None else f"above line {release + 1}, the newest release"
        return Entry(style.path, where, f"## [Unreleased]\n\n{heading}\n\n{line}\n")
    end = _next(lines, start + 1, ("## ", "##["))
    section = next((at for at in range(start, end) if lines[at].strip().lower() == heading.lower()), None)
    if section is None:
        return Entry(style.path, f"below line {_last(lines, start, end)}, under Unreleased", f"\n{heading}\n\n{line}")
    stop = _next(lines[:end], section + 1, ("### ",))
    return Entry(style.path, f"below line {_last(lines, section, stop)}, under Unreleased, {category}", line)


def _next(lines: Sequence[str], start: int, signs: tuple[str, ...]) -> int:
    return next((at for at in range(start, len(lines)) if lines[at].startswith(signs)), len(lines))


def _last(lines: Sequence[str], start: int, end: int) -> int:
    """Return the number (from 1) of the last line of a section that holds something; link definitions do not count."""
    filled = [at for at in range(start, end) if lines[at].strip() and not re.match(r"\[[^\]]+\]:", lines[at])]
    return filled[-1] + 1


def _sign(style: Style) -> str:
    bullets = (_BULLET.match(line) for line in style.lines)
    return next((match[1] for match in bullets if match), "-")


def _reference(style: Style, number: int) -> str:
    """Return the pull request as entries name theirs, if most of them do."""
    signs = [found[1] if (found := _REFERENCE.search(each)) else "" for each in examples(style)]
    sign = next((each for each in "#!" if signs.count(each) * 2 > len(signs)), "")
    return f" ({sign}{number})" if sign else ""
