"""Why a reply cannot be applied, in words that let a person or the model mend it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.errors import CodexBotError


class BlockRefused(CodexBotError):  # noqa: N818 - a refusal is an answer, not a defect
    """One block cannot be used; the engine adds its number and path and goes on to the next block."""

    def __init__(self, reason: str, *, nearest: Sequence[str] = (), first_line: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.nearest = tuple(nearest)
        self.first_line = first_line


@dataclass(frozen=True, slots=True)
class RefusedBlock:
    """A block that cannot be used.

    `number` counts the blocks of the reply from 1; 0 means the reply as a whole. `nearest` are the real lines of the
    file that come closest to what the block looked for, `first_line` (from 1) says where they stand; both may be empty.
    """

    number: int
    path: str
    reason: str
    nearest: tuple[str, ...] = ()
    first_line: int = 0

    def label(self) -> str:
        """Name the block for a reader: its number and path, as far as they are known."""
        if not self.number:
            return self.path or "the reply"
        return f"block {self.number} ({self.path})" if self.path else f"block {self.number}"


class PatchRefused(CodexBotError):  # noqa: N818 - a refusal is an answer, not a defect
    """Nothing was applied, for the reasons in `refused`.

    `standing` holds the files as they would be with only the good blocks applied, None for those that are deleted, and
    `renamed` new paths by old ones: a caller that asks the model for the rest applies the next reply to these. `good`
    are the numbers of those blocks.
    """

    def __init__(
        self,
        refused: Sequence[RefusedBlock],
        *,
        standing: Mapping[str, str | None] | None = None,
        renamed: Mapping[str, str] | None = None,
        good: Sequence[int] = (),
    ) -> None:
        super().__init__("; ".join(f"{block.label()}: {block.reason}" for block in refused))
        self.refused = tuple(refused)
        self.standing = dict(standing or {})
        self.renamed = dict(renamed or {})
        self.good = tuple(good)

    def ask_again(self) -> str:
        """Write the next message to the model: what stands, what does not and why, and a request for the rest only."""
        parts = ["Your reply could not be applied as it is."]
        if self.good:
            numbers = ", ".join(str(number) for number in self.good)
            parts.append(f"These blocks are fine and are kept, do not send them again: {numbers}.")
        parts += [_describe(block) for block in self.refused]
        parts.append("Send only the blocks named above once more, mended, in the same format.")
        return "\n\n".join(parts) + "\n"


def _describe(block: RefusedBlock) -> str:
    text = f"Not usable: {block.label()}: {block.reason}."
    if not block.nearest:
        return text
    last = block.first_line + len(block.nearest) - 1
    fence = _longer_fence(block.nearest)
    body = "\n".join(block.nearest)
    return f"{text}\nDid you mean these lines ({block.first_line} to {last} of {block.path})?\n{fence}\n{body}\n{fence}"


def _longer_fence(lines: Sequence[str]) -> str:
    longest = max((len(line) - len(line.lstrip("`")) for line in map(str.lstrip, lines)), default=0)
    return "`" * max(3, longest + 1)
