"""What is remembered between the reviews of a pull request: which were given, and what became of each finding. Pure."""

import dataclasses
import enum


class FindingState(enum.StrEnum):
    """What became of a finding that was told."""

    OPEN = "open"
    FIXED = "fixed"
    DISMISSED = "dismissed"  # by a human, for good
    CANNOT_TELL = "cannot_tell"  # its lines changed, but nobody has read their file again since


@dataclasses.dataclass(frozen=True, slots=True)
class KeptFinding:
    """A finding as it is remembered, by what survives edits; `fingerprint` names it within its pull request.

    `anchor` are the lines that it stands on, `before` and `after` the nearest ones around them, all with their
    whitespace evened out and without empty lines. `copies` is how often the anchor stood in the file, and `copy` which
    of these it was, from 0; none where no line could be found. `line` is where it stood then, for people only.
    `side` is "new" or "old", `thread` the forge's id of its conversation, empty where it has none. `first_head` and
    `last_head` are the commits at which it was told first and looked at last.
    """

    fingerprint: str
    rule: str
    source: str
    category: str
    severity: str
    path: str
    title: str
    side: str = "new"
    anchor: str = ""
    before: str = ""
    after: str = ""
    copies: int = 0
    copy: int = 0
    line: int = 0
    state: FindingState = FindingState.OPEN
    thread: str = ""
    first_head: str = ""
    last_head: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class KeptReview:
    """A review that was given: of which commits, with which verdict in one word, and what the forge calls it.

    `lines` is the memory of the lines that it saw, in the words of whoever reads it again.
    """

    head: str
    base: str
    verdict: str
    lines: str
    forge_ref: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Tally:
    """What became of the findings of one pull request: `told` counts remarks, the states count findings.

    `fixed` by a later commit, that is: a finding is called so only when its lines have changed. `repeated` are remarks
    that said what stood there already; it must be 0.
    """

    subject: str
    reviews: int
    told: int
    open: int
    fixed: int
    dismissed: int
    cannot_tell: int
    repeated: int
