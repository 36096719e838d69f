"""Whether a model that fails ever looks like a review: in each way of failing, on both forges, and once it is back."""

import dataclasses
import tempfile
from pathlib import Path

from bench.review.row import Row, all_of, told
from fakes.reviewer import named_in
from stories.checked import GOING
from stories.failing_models import SECONDS, WAYS
from stories.review_play import COMPLETE, FORGES, Stage, stage
from stories.small_change import TRUTH, SmallChange


def measure() -> list[Row]:
    """Return the rows of this part."""
    rows = []
    with tempfile.TemporaryDirectory() as folder, stage(Path(folder)) as made:
        for dialect in FORGES:
            wrong = {way: complaints for way in WAYS if (complaints := fail(made, dialect, way))}
            rows.append(
                all_of("failures", f"told as such, and made good, {dialect}", len(WAYS) - len(wrong), len(WAYS))
            )
            rows += [told("failures", f"{dialect}: {way}", "; ".join(said)) for way, said in wrong.items()]
    return rows


def fail(made: Stage, dialect: str, way: str) -> list[str]:
    """Let a model fail over a new pull request, then work; return in words what went wrong."""
    impatient = dataclasses.replace(made.slot.hands.options, model_seconds=SECONDS)
    made.slot.hands = dataclasses.replace(made.slot.hands, options=impatient)
    change, failing = SmallChange(made, dialect), WAYS[way]
    works = made.model.reply
    made.model.reply = failing.make(works)
    outcome = change.pull.reviewed_after("opened").outcome
    page, found = change.page, {}
    if not outcome.startswith(("failed: ", "partial: ")):
        found["the outcome"] = outcome
    if change.checks != [GOING]:
        found["the check"] = str(change.checks)
    if set(page.verdicts) - {"COMMENTED"}:
        found["approved"] = str(page.verdicts)
    if failing.reads and {named_in(said.body) for said in page.said} != set(TRUTH.values()):
        found["lost"] = "what the first pass had found"
    made.model.reply = works
    outcome = change.pull.ask().outcome
    if not outcome.startswith(COMPLETE):
        found["once it is back"] = outcome
    if sorted(named_in(said.body) for said in change.page.said) != sorted(TRUTH.values()):
        found["once it is back, told"] = str([named_in(said.body) for said in change.page.said])
    return [f"{what}: {words}" for what, words in found.items()]
