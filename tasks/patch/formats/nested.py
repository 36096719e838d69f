"""Fences in fences: the end of a file that holds some itself, as Markdown does, and those that only wrap others."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from tasks.patch.formats.fences import Fence, open_fence
from tasks.patch.formats.naming import info_path, path_of_fence
from tasks.patch.formats.reply import Reply
from tasks.patch.formats.whole_file import path_of
from tasks.patch.paths import path_on_line

MOST_FENCES = 1000  # lines like fences in a reply; with more, nothing is untangled
SHORTEST_WITNESS = 4  # signs of a line that tells one text from another

_FENCES = frozenset({"```", "~~~"})
_MARKUP_WORDS = frozenset({"md", "markdown", "mdx", "rst"})
_WRAPPERS = _MARKUP_WORDS | {"", "text", "txt", "plaintext"}
_MARKUP_SUFFIXES = (".md", ".markdown", ".mdx", ".rst")


@dataclass(frozen=True, slots=True)
class Close:
    """The last line of a fenced file, and its fence with a marker that no line of the file ends.

    Not `certain`: it may be any of several lines, and `number` is the last of them.
    """

    number: int
    fence: Fence
    certain: bool = True


def close_of(reply: Reply, fence: Fence) -> Close | None:
    """Return where a file that may hold fences ends; None where the first line that closes the fence is its end.

    Inside, an opening with an info string pairs with the next bare fence, and bare ones pair among themselves: so the
    last line is one with an even number of them before it. Where several are, the file as it was tells them apart.
    """
    path = path_of(reply, fence) or (next(iter(reply.files)) if len(reply.files) == 1 else "")
    before = _content(path, reply)
    is_markup = fence.language in _MARKUP_WORDS or path.lower().endswith(_MARKUP_SUFFIXES)
    if not path or fence.marker.startswith("<") or not (is_markup or fence.marker in before):
        return None
    known = {text for text in map(str.strip, before.split("\n")) if len(text) >= SHORTEST_WITNESS}
    inner, closers = _candidates(reply, fence, known, is_titled=path.lower().endswith(".rst"))
    if len(closers) > 1:
        witness = _last_new(reply.lines, fence.open, inner[-1].open, known)
        number = next((closer for closer in closers if closer > witness), 0) if known else 0
        if not number:
            return Close(inner[-1].open, fence, certain=False)
        closers = [number]
    if not closers:
        return None
    if _goes_on(reply, closers[0], known):
        return Close(inner[-1].open, fence, certain=False)
    return Close(closers[0], _longer(fence, [token for token in inner if token.open < closers[0]]))


def is_wrapper(reply: Reply, fence: Fence) -> bool:
    """Say whether a fence only stands round others: no path is its own, and it begins with a file's path and fence.

    Only one that is longer than the fence inside, or of other signs: else nothing tells which of them ends where.
    """
    if fence.language not in _WRAPPERS:
        return False
    first = reply.next_text(fence.open + 1)
    inner = _fence_at(reply, first)
    path = info_path(inner.info, reply.files) if inner else ""
    if inner is None and (inner := _fence_at(reply, reply.next_text(first + 1))):
        path = path_on_line(reply.lines[first], reply.files)
    is_shorter = inner is not None and not inner.marker.startswith(fence.marker)
    return bool(path) and is_shorter and not path_of_fence(reply, fence)


def _fence_at(reply: Reply, at: int) -> Fence | None:
    is_fence = at < len(reply.lines) and reply.lines[at].lstrip()[:3] in _FENCES
    return open_fence(at, reply.lines[at]) if is_fence else None


def _candidates(
    reply: Reply, fence: Fence, known: set[str], *, is_titled: bool
) -> tuple[Sequence[Fence], Sequence[int]]:
    """Return the lines like fences that may be the file's, and of them those that may be its end.

    In a file that is `titled` so, what looks like a fence may underline a title.
    """
    inner: list[Fence] = []
    free: list[int] = []
    is_open = False
    for token in _tokens(reply, fence):
        if not is_open and len(free) % 2 and _names_another_file(reply, token, known):
            break
        inner.append(token)
        if is_titled and _is_underline(reply, token):
            continue
        if token.info or is_open:
            is_open = bool(token.info)
        else:
            free.append(token.open)
    return inner, free[::2] if len(free) % 2 else []


def _is_underline(reply: Reply, token: Fence) -> bool:
    """Say whether a line like a fence underlines the title above it, as reStructuredText has them."""
    title, line = reply.lines[token.open - 1], reply.lines[token.open].rstrip()
    return not token.info and bool(title.strip()) and title[0] not in " `" and len(title.rstrip()) <= len(line)


def _goes_on(reply: Reply, end: int, known: set[str]) -> bool:
    """Say whether lines that the file had stand right behind what looks like its end."""
    following = itertools.takewhile(lambda line: line.lstrip()[:3] not in _FENCES, reply.lines[end + 1 :])
    return any(line.strip() in known for line in following)


def _last_new(lines: Sequence[str], start: int, stop: int, known: set[str]) -> int:
    """Return the last line that the file had and that stands nowhere before: there the file still goes on."""
    missing = set(known)
    last = 0
    for number in range(start + 1, stop):
        line = lines[number].strip()
        if line in missing:
            missing.discard(line)
            last = number
    return last


def _content(path: str, reply: Reply) -> str:
    if path in reply.files:
        return reply.files[path]
    ends = (text for other, text in reply.files.items() if other.endswith("/" + path) or path.endswith("/" + other))
    return next(ends, "") if path else ""


def _tokens(reply: Reply, fence: Fence) -> Sequence[Fence]:
    """Return the lines behind a fence that could end it if they were bare."""
    behind = itertools.islice(reply.signs_from(fence.open + 1), MOST_FENCES + 1)
    inside = [number for number in behind if reply.lines[number].lstrip()[:3] in _FENCES]
    if len(inside) > MOST_FENCES:
        return []
    if wrapper := reply.wrapper:
        inside = list(itertools.takewhile(lambda number: not wrapper.is_closed_by(reply.lines[number]), inside))
    tokens = [open_fence(number, reply.lines[number]) for number in inside]
    return [token for token in tokens if token and token.marker.startswith(fence.marker) and len(token.indent) <= 3]  # noqa: PLR2004


def _names_another_file(reply: Reply, token: Fence, known: set[str]) -> bool:
    above = reply.lines[token.open - 1]
    return above.strip() not in known and bool(path_on_line(above, reply.files))


def _longer(fence: Fence, inner: Sequence[Fence]) -> Fence:
    longest = max((len(token.marker) + 1 for token in inner), default=0)
    return fence._replace(marker=fence.marker[0] * max(len(fence.marker), longest))
