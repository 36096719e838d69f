"""What a tool is to us: which files it takes, how it is started, and how what it prints becomes remarks."""

import dataclasses
import enum
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tasks.review.finding import Category, Severity

# Places inside the sandbox.
TOOLS = "/analysers"  # what the set-up installs
MORE = "/analysers-more"  # what an operator adds
OURS = "/analysis"  # the folder `inside`: driver, settings and rules


class Tier(enum.Enum):
    """What a rule is good for, by measurement: to be posted, or only as a hint to the model."""

    POST = "post"
    HINT = "hint"


@dataclasses.dataclass(frozen=True, slots=True)
class Worth:
    """What is made of a rule's remarks."""

    severity: Severity
    category: Category
    tier: Tier = Tier.POST


@dataclasses.dataclass(frozen=True, slots=True)
class Remark:
    """One thing that a tool says.

    `file` is the path as the tool prints it. `spans` are the ranges of lines that it points at, counted from 1, the
    best place first. `text` is for people but not yet safe to show; `more` is an address of our own making, or empty.
    """

    file: str
    spans: Sequence[tuple[int, int]]
    rule: str
    text: str
    worth: Worth
    more: str = ""

    def __post_init__(self) -> None:
        """Refuse a rule with a name that no tool gives."""
        if re.fullmatch(r"[A-Za-z0-9._/-]{1,100}", self.rule) is None:
            raise ValueError("no name of a rule")


@dataclasses.dataclass(frozen=True, slots=True)
class Tool:
    """One analyser.

    `takes` chooses by path and first line (empty where that is not known). `argv` starts it, the files follow; `needs`
    are the paths inside the sandbox without which it is absent. `read` turns its output into remarks and raises
    ValueError, KeyError or TypeError for what it did not print. `codes` are the exit codes of a run that came to its
    end. With `in_tree` it sees the files in the repository and not as copies, with `by_folder` it is given the folder
    of all copies. `is_secret` forbids to quote the lines. `own` is a folder that it wants to be its own, and its copy.
    `about` says what it looks at; `version` is the command line that prints its version, if that is not the program
    with --version.
    """

    name: str
    takes: Callable[[str, str], bool]
    argv: tuple[str, ...]
    needs: tuple[str, ...]
    read: Callable[[str], Iterable[Remark]]
    codes: frozenset[int] = frozenset({0, 1})
    in_tree: bool = False
    by_folder: bool = False
    is_secret: bool = False
    own: tuple[str, str] | None = None
    about: str = ""
    version: tuple[str, ...] = ()

    @property
    def asking(self) -> tuple[str, ...]:
        """Return the command line that prints the version."""
        return self.version or (self.argv[0], "--version")


def ends(*endings: str) -> Callable[[str, str], bool]:
    """Return a `takes` that chooses by the end of the path, in any case."""
    return lambda path, _: path.lower().endswith(endings)


def entries(said: object) -> list[Any]:
    """Return a list of what a tool said as it is; anything else is a TypeError, for to go through it may mean clean."""
    if not isinstance(said, list):
        raise TypeError("no list")
    return said
