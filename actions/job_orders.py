"""Looks into the ledger, stops jobs and asks for them again: what `codex-bot jobs` does."""

import contextlib
import dataclasses
from collections.abc import Iterator, Sequence

import click

from actions.console import Exit, print_json, say
from actions.job_views import effect_document, job_document, print_dead, print_job, print_table, step_document
from bot.errors import UserError
from bot.ledger import RETRIABLE, JobState, Ledger
from bot.settings import read_settings
from bot.wiring import ledger_of

_ALL = 2**31 - 1
_OPERATOR = "the operator"
_OPEN = (JobState.QUEUED, JobState.LEASED, JobState.PUBLISHING)
_MOST_HINTS = 16  # a worker that is awake goes on by itself


def list_newest(state: str | None, limit: int, *, as_json: bool) -> None:
    """Print jobs, the newest first: all, or those in one state."""
    with _ledger() as ledger:
        found = ledger.jobs(states=[JobState(state)] if state else [], limit=limit)
        now = ledger.now()
    if as_json:
        print_json({"items": [job_document(job) for job in found]})
    elif found:
        print_table(found, now)
    else:
        say(f"No job is {state}." if state else "No jobs yet. Comment `/codex implement` on an issue.")


def show_job(job_id: int, *, as_json: bool) -> None:
    """Print one job with its steps and effects; raises `UserError` where there is none."""
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


def cancel_jobs(job_ids: Sequence[int], *, as_json: bool) -> int:
    """Stop jobs, print what became of each and return the exit code."""
    with _ledger() as ledger:
        return _report([_cancel(ledger, job_id) for job_id in job_ids], as_json=as_json)


def retry_jobs(job_ids: Sequence[int], *, as_json: bool) -> int:
    """Queue jobs again that were given up or stopped, print what became of each and return the exit code."""
    with _ledger() as ledger:
        return _report(_retry_all(ledger, job_ids), as_json=as_json)


def list_dead(*, retry_all: bool, yes: bool, as_json: bool) -> int:
    """Print the jobs that were given up, or queue all of them again once a person, or `yes`, says so."""
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
        from bot.hint_wiring import hints_of  # noqa: PLC0415  # Celery, which only a retry needs

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
