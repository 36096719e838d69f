"""The second pass: the model tries to refute what it has found, and what it refutes is not said."""

import dataclasses
from collections.abc import Sequence

from tasks.review.asking import Asker, NoAnswerError
from tasks.review.finding import Finding
from tasks.review.listing import Listing
from tasks.review.prompts import refuting
from tasks.review.schema import VERDICTS
from tasks.review.verdicts import Verdict, read_verdicts

SURE = 0.5  # how confident a refutation must be to count
_DOUBTED = 0.5  # what the confidence of a finding is multiplied with: refuted, but not surely
_SHAKY = 0.8  # it stands, but not surely
UNJUDGED = 0.7  # nobody judged it


@dataclasses.dataclass(frozen=True, slots=True)
class Refuted:
    """What is left of some findings: `dropped` were refuted, `unjudged` got no verdict and are kept, less confident.

    `problem` is empty, or says why there was no second opinion at all, `detail` with an address that not everybody
    should see. `repairs` is as in `Reply`.
    """

    findings: tuple[Finding, ...]
    dropped: int = 0
    unjudged: int = 0
    repairs: int = 0
    problem: str = ""
    detail: str = ""


def refute(asker: Asker, listings: Sequence[Listing], findings: Sequence[Finding], *, seed: int) -> Refuted:
    """Ask once about all findings of a chunk. No failure of the model loses one."""
    if not asker.may_ask:
        return _unjudged(findings, "there was no call left for it")
    about = {finding.path for finding in findings}
    messages = refuting([listing for listing in listings if listing.name in about], findings)
    try:
        completion = asker.ask("refute", messages, VERDICTS, seed=seed)
    except NoAnswerError as error:
        return _unjudged(findings, error.reason, str(error))
    verdicts = read_verdicts(completion.text, len(findings), finish_reason=completion.finish_reason)
    if verdicts.problem:
        return _unjudged(findings, verdicts.problem)
    judged = [(finding, verdicts.by_number.get(number)) for number, finding in enumerate(findings, start=1)]
    kept = tuple(_weighed(finding, verdict) for finding, verdict in judged if not _is_refuted(verdict))
    return Refuted(
        kept,
        dropped=len(findings) - len(kept),
        unjudged=sum(verdict is None for _, verdict in judged),
        repairs=int(verdicts.repaired),
    )


def _is_refuted(verdict: Verdict | None) -> bool:
    return verdict is not None and verdict.refuted and verdict.confidence >= SURE


def _weighed(finding: Finding, verdict: Verdict | None) -> Finding:
    if verdict is None:
        weight = UNJUDGED
    elif verdict.refuted:
        weight = _DOUBTED
    else:
        weight = 1.0 if verdict.confidence >= SURE else _SHAKY
    return dataclasses.replace(finding, confidence=round(finding.confidence * weight, 4))


def _unjudged(findings: Sequence[Finding], problem: str, detail: str = "") -> Refuted:
    kept = tuple(_weighed(finding, None) for finding in findings)
    return Refuted(kept, unjudged=len(kept), problem=problem, detail=detail)
