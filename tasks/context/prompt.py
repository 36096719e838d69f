"""Fits files into a prompt by the served model's own count of tokens, and says what did not fit."""

import dataclasses
from collections.abc import Callable, Sequence

from bot.errors import UserError
from tasks.model import Message
from tasks.quoting import code

_LANGUAGES = {
    "c": "c", "cpp": "cpp", "css": "css", "go": "go", "h": "c", "html": "html", "java": "java", "js": "javascript",
    "json": "json", "kt": "kotlin", "md": "markdown", "php": "php", "py": "python", "pyi": "python", "rb": "ruby",
    "rs": "rust", "sh": "bash", "sql": "sql", "toml": "toml", "ts": "typescript", "tsx": "tsx", "yaml": "yaml",
    "yml": "yaml",
}  # fmt: skip

Render = Callable[[Sequence["Source"]], Sequence[Message]]


@dataclasses.dataclass(frozen=True, slots=True)
class Source:
    """A file that the model may see, whole."""

    path: str
    text: str

    @property
    def language(self) -> str:
        """Return the word that a code fence for this file carries, or an empty string."""
        suffix = self.path.rsplit("/", 1)[-1].rpartition(".")[2]
        return _LANGUAGES.get(suffix, "")


@dataclasses.dataclass(frozen=True, slots=True)
class Prompt:
    """What is sent: `tokens` is exact. `left_out` names the files that there was no room for."""

    messages: Sequence[Message]
    sources: Sequence[Source]
    left_out: Sequence[str]
    tokens: int


def fit(sources: Sequence[Source], render: Render, *, count: Callable[[Sequence[Message]], int], budget: int) -> Prompt:
    """Take sources (one at least) in their order as long as the whole prompt stays within `budget` tokens.

    A file is taken whole or not at all. Raises `UserError` when not even the first one fits.
    """
    taken: list[Source] = []
    left_out: list[str] = []
    messages: Sequence[Message] = ()
    tokens = 0
    for source in sources:
        wider = render([*taken, source])
        needed = count(wider)
        if needed <= budget:
            taken.append(source)
            messages, tokens = wider, needed
        elif not taken:
            raise UserError(
                f"{code(source.path)} with the request needs {needed} tokens; the model that is served takes {budget}",
                mend="Serve a model with a longer context, or ask for a change in a smaller file.",
            )
        else:
            left_out.append(source.path)
    return Prompt(messages, taken, left_out, tokens)
