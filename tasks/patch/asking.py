"""The message that sends a refused reply back to the model: what stands, what does not and why, what to send now."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from tasks.patch.nearest import Excerpt

if TYPE_CHECKING:
    from tasks.patch.refusal import RefusedBlock

LONGEST = 6000  # characters of the message
_MOST_DESCRIBED = 6  # blocks; of more only what and where
_MOST_NAMED = 30
_LONGEST_REASON = 500
_LONGEST_NAME = 120
_LAST_WORDS = 1200  # characters that what is asked for at the end may take

_SHAPE = """\
path/to/file.py
```
<<<<<<< SEARCH
lines copied letter for letter from the file
=======
lines that take their place
>>>>>>> REPLACE
```"""


def ask_again(refused: "Sequence[RefusedBlock]", good: Sequence[int]) -> str:
    """Write the message; `good` are the numbers of the blocks that are kept. At most `LONGEST` characters."""
    parts = ["Your reply could not be applied as it is."]
    if good:
        one = len(good) == 1
        kept = "is fine and is kept; do not send it" if one else "are fine and are kept; do not send them"
        parts.append(f"{_numbers(good)} {kept} again. Lines of files below are as they stand with that put in.")
    last = _request(refused)
    left = LONGEST - len(last) - sum(len(part) + 2 for part in parts) - 2
    for number, group in enumerate(_groups(refused)):
        text = _described(group, full=number < _MOST_DESCRIBED)
        if len(text) + 2 > left:
            text = _described(group, full=False)
        if len(text) + 2 > left:
            break
        left -= len(text) + 2
        parts.append(text)
    return "\n\n".join([*parts, last]) + "\n"


def _groups(refused: "Sequence[RefusedBlock]") -> "Iterator[list[RefusedBlock]]":
    """Put together blocks of one file that one thing is wrong with."""
    for _, group in groupby(refused, lambda block: (block.path, block.reason, block.excerpts, block.number > 0)):
        yield list(group)


def _described(group: "Sequence[RefusedBlock]", *, full: bool) -> str:
    block = group[0]
    parts = [f"{_named(group)}: {_short(block.reason, _LONGEST_REASON)}"]
    if full:
        parts += [_shown(excerpt) for excerpt in block.excerpts]
    return "\n".join(parts)


def _named(group: "Sequence[RefusedBlock]") -> str:
    path = _short(group[0].path, _LONGEST_NAME)
    numbers = [block.number for block in group if block.number]
    if not numbers:
        return path or "The reply"
    return f"{_numbers(numbers)} ({path})" if path else _numbers(numbers)


def _shown(excerpt: Excerpt) -> str:
    first, last = excerpt.first_line, excerpt.first_line + len(excerpt.lines) - 1
    if not excerpt.lines:
        return " ".join(filter(None, [excerpt.caption.format(f"line {first}"), excerpt.note]))
    where = f"line {first}" if first == last else f"lines {first} to {last}"
    fence = _longer_fence(excerpt.lines)
    text = "\n".join([excerpt.caption.format(where), fence, *excerpt.lines, fence])
    return f"{text}\n{excerpt.note}" if excerpt.note else text


def _request(refused: "Sequence[RefusedBlock]") -> str:
    """Say what to send now."""
    if not all(block.number for block in refused):
        return f"Send the whole answer again, and nothing else, as blocks of this shape:\n\n{_SHAPE}"
    groups = [list(group) for _, group in groupby(refused, lambda block: block.path)]
    what = "; ".join(_decapitalised(_named(group)) for group in groups[:_MOST_NAMED])
    if len(what) > _LAST_WORDS // 2 or len(groups) > _MOST_NAMED:
        what = _decapitalised(_numbers([block.number for block in refused]))
    path = "with the path of its file" if len(refused) == 1 else "each with the path of its file"
    return (
        f"Now send only {what}: mended, in the same format, {path}. "
        "Copy the lines to find letter for letter from the file as it stands, white space included. Send nothing else."
    )


def _numbers(numbers: Sequence[int]) -> str:
    """Name blocks by their numbers: "Block 2", "Blocks 1 to 4 and 7"."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    words = [word for run in runs for word in ([f"{run[0]} to {run[-1]}"] if len(run) > 2 else map(str, run))]  # noqa: PLR2004
    if len(words) > _MOST_NAMED:
        words = [*words[:_MOST_NAMED], "all others that are not kept"]
    if len(words) == 1:
        return f"{'Block' if len(numbers) == 1 else 'Blocks'} {words[0]}"
    return f"Blocks {', '.join(words[:-1])} and {words[-1]}"


def _decapitalised(text: str) -> str:
    return text[:1].lower() + text[1:]


def _short(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most]}…"


def _longer_fence(lines: Sequence[str]) -> str:
    longest = max((len(line) - len(line.lstrip("`")) for line in map(str.lstrip, lines)), default=0)
    return "`" * max(3, longest + 1)
