"""Why a reply cannot be applied, in words that let a person or the model mend it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.errors import CodexBotError
from tasks.patch.asking import ask_again
from tasks.patch.nearest import Excerpt


class BlockRefused(CodexBotError):  # noqa: N818 - a refusal is an answer, not a defect
    """One block cannot be used; the engine adds its number and path and goes on to the next block.

    `excerpts` are lines of the file that help to mend it. `missing` are lines that the file was believed to hold: for
    them the engine adds those that come closest, once it knows what the other blocks make of the file.
    """

    def __init__(self, reason: str, *, excerpts: Sequence[Excerpt] = (), missing: Sequence[str] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.excerpts = tuple(excerpts)
        self.missing = missing


@dataclass(frozen=True, slots=True)
class RefusedBlock:
    """A block that cannot be used.

    `number` counts the blocks of the reply from 1; 0 means the reply as a whole. `excerpts` are real lines of the file
    that help to mend it, such as those that come closest to what the block looked for; there may be none.
    """

    number: int
    path: str
    reason: str
    excerpts: tuple[Excerpt, ...] = ()

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
        return ask_again(self.refused, self.good)
