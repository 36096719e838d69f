"""Looks into the ledger, stops jobs and asks for them again: `codex-bot jobs`."""

import contextlib
import dataclasses
import sys
from collections.abc import Iterator, Sequence

import click

from actions.console import Exit, print_json, say
from actions.job_views import effect_document, job_document, print_dead, print_job, print_table, step_document
from bot.errors import UserError
from bot.ledger import JobState, Ledger
from bot.ledger.leases import RETRIABLE
from bot.settings import read_settings
from bot.wiring import hints_of, ledger_of

_LARGEST_ID = _ALL = 2**31 - 1  # of PostgreSQL's integer
_OPERATOR = "the operator"
_OPEN = (JobState.QUEUED, JobState.LEASED, JobState.PUBLISHING)
_MOST_HINTS = 16  # a worker that is awake goes on by itself
_JOB = click.IntRange(1, _LARGEST_ID)


@click.group()
def jobs() -> None:
    """Look at what was asked and what came of it; stop it, or try it again.

    \b
    Examples:
      codex-bot jobs list          the newest jobs
      codex-bot jobs show 42       one job with its steps and effects
      codex-bot jobs cancel 42     stop it
      codex-bot jobs dead          those that were given up, and why
      codex-bot jobs retry 42      try one of them once more
    """


@jobs.command("list")
@click.option("--state", type=click.Choice([state.value for state in JobState]), help="Only jobs in this state.")
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="How many, the newest first."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def list_jobs(state: str | None, limit: int, *, as_json: bool) -> None:
    """List jobs, the newest first.

    \b
    Examples:
      codex-bot jobs list
      codex-bot jobs list --state queued --limit 100
      codex-bot jobs list --json | jq '.items[].outcome'

    queued waits, leased is being worked on, publishing is becoming visible on the forge, done has an outcome,
    dead was given up, cancelled was stopped by somebody, superseded left its place to a newer job. On a narrow
    terminal some columns are left out; --json has everything.
    """
    with _ledger() as ledger:
        found = ledger.jobs(states=[JobState(state)] if state else [], limit=limit)
        now = ledger.now()
    if as_json:
        print_json({"items": [job_document(job) for job in found]})
    elif found:
        print_table(found, now)
    else:
        say(f"No job is {state}." if state else "No jobs yet. Comment `/codex implement` on an issue.")


@jobs.command()
@click.argument("job_id", metavar="JOB", type=_JOB)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def show(job_id: int, *, as_json: bool) -> None:
    """Show one job with its steps (checkpoints) and effects (what became visible on the forge).

    \b
    Examples:
      codex-bot jobs show 42
      codex-bot jobs show 42 --json | jq -r '.steps[].output'    what each step left, in full
    """
    with _ledger() as ledger:
        job = ledger.job(job_id)
        if job is None:
            raise UserError(_no_job(job_id), mend="`codex-bot jobs list` shows those that there are.")
        steps, effects = ledger.history(job_id)
    if as_json:
        details = {"steps": [step_document(row) for row in steps], "effects": [effect_document(row) for row in effects]}
        print_json({**job_document(job), **details})
    else:
        print_job(job, steps, effects)


@jobs.command()
@click.argument("job_ids", metavar="JOB...", type=_JOB, nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def cancel(job_ids: Sequence[int], *, as_json: bool) -> int:
    """Stop jobs: one that waits at once, one that is being worked on within seconds.

    \b
    Examples:
      codex-bot jobs cancel 42
      codex-bot jobs cancel 42 43 44

    What stands on the forge by then stays there. A running job stops at its worker's next sign of life, and its
    model's answer and its tests with it. `codex-bot jobs retry` takes a cancelled job up again. Leaves with 1 when
    one of the jobs had ended already; the others are stopped all the same.
    """
    with _ledger() as ledger:
        return _report([_cancel(ledger, job_id) for job_id in job_ids], as_json=as_json)


@jobs.command()
@click.argument("job_ids", metavar="JOB...", type=_JOB, nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def retry(job_ids: Sequence[int], *, as_json: bool) -> int:
    """Try jobs once more that were given up (dead) or cancelled.

    \b
    Examples:
      codex-bot jobs retry 42
      codex-bot jobs retry 42 43 44

    They go on after the last step that they finished: a model's answer that is there is not paid twice. Leaves
    with 1 when one of the jobs is in another state; the others are queued all the same.
    """
    with _ledger() as ledger:
        return _report(_retry_all(ledger, job_ids), as_json=as_json)


@jobs.command()
@click.option("--retry-all", is_flag=True, help="Try every one of them once more, after a question.")
@click.option("--yes", is_flag=True, help="Answer the question of --retry-all beforehand.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def dead(*, retry_all: bool, yes: bool, as_json: bool) -> int:
    """List the jobs that were given up: why, when, after how many tries, and what to type to try once more.

    \b
    Examples:
      codex-bot jobs dead
      codex-bot jobs dead --json | jq -r '.items[] | [.id, .outcome] | @tsv'
      codex-bot jobs dead --retry-all --yes    after the cause is mended
    """
    if yes and not retry_all:
        raise click.UsageError("--yes answers the question of --retry-all, which is not there.")
    if retry_all and not yes and not sys.stdin.isatty():
        raise click.UsageError("--retry-all asks first, and nobody can be asked here: add --yes.")
    with _ledger() as ledger:
        found = ledger.jobs(states=[JobState.DEAD], limit=_ALL)
        if retry_all and found:
            question = f"Try {'this 1 job' if len(found) == 1 else f'these {len(found)} jobs'} once more?"
            if yes or click.confirm(question, err=True):
                return _report(_retry_all(ledger, [job.id for job in found]), as_json=as_json)
            say("Nothing was done.")
            return Exit.NOT_SO
        now = ledger.now()
    if as_json:
        print_json({"items": [job_document(job) for job in found]})
        return Exit.DONE
    for job in found:
        print_dead(job, now)
    if not found:
        say("No job is dead.")
    return Exit.DONE


@contextlib.contextmanager
def _ledger() -> Iterator[Ledger]:
    with contextlib.closing(ledger_of(read_settings())) as ledger:
        yield ledger


@dataclasses.dataclass(frozen=True, slots=True)
class _Result:
    """What became of the order for one job: its words, and the state in which the job is now ("" for none)."""

    job_id: int
    done: bool
    text: str
    state: str = ""


def _cancel(ledger: Ledger, job_id: int) -> _Result:
    before = ledger.job(job_id)
    if before is None:
        return _Result(job_id, done=False, text=_no_job(job_id))
    # Asked for one that has ended as well: it does nothing, and the answer is the newest.
    after = ledger.cancel(job_id, by=_OPERATOR) or before
    if after.state in {JobState.LEASED, JobState.PUBLISHING}:
        return _Result(job_id, True, f"job {job_id} is told to stop, which it does within seconds", after.state.value)
    if before.state in _OPEN and after.state is JobState.CANCELLED:
        return _Result(job_id, True, f"job {job_id} is cancelled", after.state.value)
    return _Result(job_id, False, f"job {job_id} had ended already: it is {after.state.value}", after.state.value)


def _retry_all(ledger: Ledger, job_ids: Sequence[int]) -> list[_Result]:
    results = [_retry(ledger, job_id) for job_id in job_ids]
    again = [result.job_id for result in results if result.done]
    if again:
        # Best effort: workers look into the ledger by themselves, a few seconds later.
        hints = hints_of(read_settings())
        all(map(hints.send, again[:_MOST_HINTS]))
    return results


def _retry(ledger: Ledger, job_id: int) -> _Result:
    if ledger.retry(job_id):
        return _Result(job_id, True, f"job {job_id} is queued again", JobState.QUEUED.value)
    job = ledger.job(job_id)
    if job is None:
        return _Result(job_id, False, _no_job(job_id))
    known = " or ".join(state.value for state in RETRIABLE)
    return _Result(job_id, False, f"job {job_id} is {job.state.value}, not {known}", job.state.value)


def _no_job(job_id: int) -> str:
    return f"there is no job {job_id}"


def _report(results: Sequence[_Result], *, as_json: bool) -> int:
    """Print what became of each; raises `UserError` with the reasons of those that could not be done."""
    refused = [result.text for result in results if not result.done]
    if as_json:
        print_json(
            {
                "items": [
                    {"id": result.job_id, "ok": result.done, "state": result.state, "text": result.text}
                    for result in results
                ]
            }
        )
        return Exit.NOT_SO if refused else Exit.DONE
    for result in results:
        if result.done:
            click.echo(result.text)
    if refused:
        raise UserError("; ".join(refused), mend="`codex-bot jobs list` shows how each job stands.")
    return Exit.DONE
