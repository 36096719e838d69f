"""What a reviewer found: one remark about lines of a file, from a model, a tool or a report of the CI. Pure."""

import dataclasses
import enum

from bot.diff import Side


class Severity(enum.IntEnum):
    """How bad it is; ordered, so `>=` asks whether a floor is reached. Names in lower case are what config says."""

    INFO = 0
    MINOR = 1
    MAJOR = 2
    CRITICAL = 3

    def __str__(self) -> str:
        """Return the word that people and models use."""
        return self.name.lower()


class Category(enum.StrEnum):
    """What kind of trouble it is."""

    BUG = "bug"
    SECURITY = "security"
    PERFORMANCE = "performance"
    TEST = "test"
    DOCS = "docs"
    STYLE = "style"


MODEL = "model"  # the source of what a model says; tools and reports are named by themselves


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """One remark.

    `first` and `last` are lines of the file at `path`, counted from 1 on `side`; both are 0 where it is about the file
    as a whole, and `path` is empty where it is about the whole change. `rule` names what was broken, "ruff/B006" or
    "model/bug", in words that stay the same when the text does not. `title` is one plain line, `body` Markdown.
    `quote` is what the lines hold, `suggestion` what should stand in their place, both without the last LF; an empty
    suggestion deletes the lines. `confidence` is between 0 and 1.

    Raises `ValueError` for lines that no file has, and for a suggestion that no line of the new file is named for.
    """

    path: str
    first: int
    last: int
    title: str
    body: str
    rule: str
    source: str
    severity: Severity
    category: Category
    confidence: float = 1.0
    side: Side = Side.NEW
    quote: str = ""
    suggestion: str | None = None

    def __post_init__(self) -> None:
        """Refuse what no file can hold."""
        if not (1 <= self.first <= self.last or self.first == self.last == 0):
            raise ValueError(f"no file has the lines {self.first} to {self.last}")
        if self.suggestion is not None and (self.first == 0 or self.side is not Side.NEW):
            raise ValueError("only lines of the new file can be replaced")
