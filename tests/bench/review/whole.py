"""What `/codex review` of 300 files and 20,000 lines costs us beside the model and the forge: seconds and memory.

The worker runs in a process of its own; the forge and the model are in another. Its seconds are those that its
processor spent (`time.process_time`), from the claim of the job to its end, so waiting for the forge, for git and for
the model is not in them, and neither is what went by within a call to the model, listening to its words. Reading what
the forge says, parsing its diffs above all, is. Its memory is the peak that the kernel has seen, the interpreter and
all modules included.
"""

import dataclasses
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.review.large import HUNK, answer, source
from bench.review.row import Row, nothing, told
from fakes.hands import hands
from stories.forge_worlds import World
from stories.pull_page import Reader
from stories.review_play import Stage, stage
from stories.reviewed_pull import ReviewedPull

from bot.forges.gitlab.adapter import GitLabForge
from bot.forges.gitlab.client import GitLabAccess
from bot.ledger import open_ledger
from tasks.commands.registry import discover
from tasks.model import ModelClient
from tasks.running import Runner

FILES, LINES = 300, 20_000
MOST_SECONDS, MOST_MEGABYTES = 2.0, 500.0
WIDE, NARROW = 32_768, 8_192  # tokens of a model's context
STEP = HUNK + 40
RULES = {".codex.toml": "[review]\ntools = false\n"}
Trees = tuple[dict[str, str], dict[str, str]]


@dataclasses.dataclass(frozen=True)
class Spent:
    """What the worker spent, and how its job ended."""

    seconds: float
    megabytes: float
    outcome: str
    listening: float


@dataclasses.dataclass
class Clocked:
    """A model, and the seconds that our processor spent within calls to it."""

    model: ModelClient
    seconds: float = 0.0

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call = getattr(self.model, name)

        def timed(*given: object, **named: object) -> object:
            started = time.process_time()
            try:
                return call(*given, **named)
            finally:
                self.seconds += time.process_time() - started

        return timed


def measure() -> list[Row]:
    """Return the rows of this part: with a model that takes all of it in 40 calls, and with one that cannot."""
    return [*_measured(WIDE), *_measured(NARROW)]


def _measured(context: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder, stage(Path(folder), context=context) as made:
        made.model.reply = answer
        world, server = made.world("gitlab")
        base, head = trees(FILES, LINES)
        pull = ReviewedPull(world, made.slot, {**RULES, **base}, {**RULES, **head})
        spent = _apart(made, world, server.token_for("codex-bot"), pull)
        told_of = "\n".join(Reader(server, world, pull.number).page().summaries)
        asked = made.model.prompts()
    shown = {line.removeprefix("=== ") for prompt in asked for line in prompt.split("\n") if line.startswith("=== ")}
    unread = [path for path in head if path not in shown]
    what = f"{FILES} files, {LINES} lines, {context} tokens"
    return [
        told("large", what, f"{spent.outcome}; {len(asked)} calls, {len(unread)} files not shown to the model"),
        nothing("large", "files neither read nor named as unread", sum(path not in told_of for path in unread)),
        _less("large", "seconds of our own", spent.seconds, MOST_SECONDS),
        told("large", "seconds of listening to the model", f"{spent.listening:.2f}"),
        _less("large", "MB at most", spent.megabytes, MOST_MEGABYTES),
    ]


def trees(files: int, lines: int) -> Trees:
    """Return the files before and after a change that adds so many lines in hunks."""
    before, after = {}, {}
    for number in range(files):
        added = lines // files + (number < lines % files)
        rows, path = source(number, 40 + 6 * added), f"package_{number % 20}/module_{number}.py"
        new = {at + step for at in range(20, 20 + STEP * (added // HUNK + 1), STEP) for step in range(HUNK)}
        chosen = set(sorted(new)[:added])
        after[path] = "\n".join([*rows, ""])
        before[path] = "\n".join([*(row for at, row in enumerate(rows, 1) if at not in chosen), ""])
    return before, after


def _apart(made: Stage, world: World, token: str, pull: ReviewedPull) -> Spent:
    """Let a worker in a process of its own answer a comment."""
    job = pull.take_in(pull.said("/codex review"))
    access = GitLabAccess(world.ann.clone(world.repo).url.split("/ann/")[0], token=token)
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(work, (str(made.slot.folder), access, made.model.url, job))


def work(folder: str, access: GitLabAccess, model: str, job_id: int) -> Spent:
    """Run one job, and say what that took."""
    ledger, clocked = open_ledger(f"sqlite:///{folder}/ledger.db"), Clocked(ModelClient(model))
    runner = Runner(
        ledger=ledger,
        connect=lambda _name, _installation: GitLabForge(access),
        hands=hands(clocked),
        commands=discover(),
        worker="apart",
    )
    started = time.process_time()
    outcome = runner.run(job_id) or "nothing was done"
    seconds = time.process_time() - started - clocked.seconds
    return Spent(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000, outcome, clocked.seconds)


def _less(part: str, what: str, found: float, most: float) -> Row:
    return Row(part, what, f"{found:.2f}", f"< {most:g}", found < most)
