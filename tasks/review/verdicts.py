"""What a model answered when it was asked to refute findings. Pure."""

import dataclasses
from collections.abc import Mapping

from tasks.review import fields
from tasks.review.json_text import read_items
from tasks.review.schema import VERDICT

LONGEST_REASON = 500  # characters
_NEEDS = frozenset(VERDICT["required"])


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a finding was refuted, why, and how sure the model is of that (0 to 1)."""

    refuted: bool
    reason: str
    confidence: float


@dataclasses.dataclass(frozen=True, slots=True)
class Verdicts:
    """The verdicts by the number of their finding; a finding without one was not judged.

    `repaired` and `problem` are those of `tasks.review.json_text.Items`.
    """

    by_number: Mapping[int, Verdict] = dataclasses.field(default_factory=dict)
    repaired: bool = False
    problem: str = ""


def read_verdicts(text: str, number: int, *, finish_reason: str = "stop") -> Verdicts:
    """Read the verdicts about the findings 1 to `number`; of two about the same one the first counts."""
    read = read_items(text, "verdicts", needs=_NEEDS, finish_reason=finish_reason)
    if read.problem:
        return Verdicts(problem=read.problem)
    found: dict[int, Verdict] = {}
    for item in read.items:
        known = fields.whole(item.get("id"))
        if 1 <= known <= number and isinstance(item.get("refuted"), bool | str | int):
            verdict = Verdict(
                fields.yes(item["refuted"]),
                fields.text(item.get("reason"), LONGEST_REASON),
                fields.confidence(item.get("confidence", fields.UNSAID)),
            )
            found.setdefault(known, verdict)
    if not found:
        return Verdicts(problem="the answer judges none of the findings")
    return Verdicts(found, repaired=read.repaired)
