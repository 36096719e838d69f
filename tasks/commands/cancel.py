"""Stops what is being done for an issue or pull request, or waits to be done."""

from bot.intake import EVENT
from bot.ledger import Job, JobState, Lane
from tasks.commands.registry import command
from tasks.commands.templates import render
from tasks.commands.work import Work

_OPEN = (JobState.QUEUED, JobState.LEASED, JobState.PUBLISHING)


@command("cancel", help="stop what is being done here", free=True)
def cancel(work: Work) -> str:
    """Stop every job of the subject that was there before this one, and say which."""
    found: list[int] = work.once("found", lambda: [job.id for job in _open_jobs(work)])
    stopped = [job for job in (_cancel(work, number) for number in found) if job is not None]
    work.publisher.reply(render("cancel.md.j2", asker=work.event.asker.login, jobs=stopped))
    return f"cancelled {len(stopped)} jobs" if stopped else "nothing to cancel"


def _open_jobs(work: Work) -> list[Job]:
    jobs = work.ledger.jobs(states=_OPEN, subject=work.job.subject, lane=Lane.WORK)
    return [job for job in jobs if job.id < work.job.id]


def _cancel(work: Work, number: int) -> Job | None:
    job = work.ledger.cancel(number, by=f"@{work.event.asker.login}")
    if job is not None and job.state is JobState.CANCELLED and job.started_at is not None:
        # It was put back for a while, and its status comment promises that it goes on.
        asker = EVENT.validate_json(job.event).asker.login
        work.publisher.conclude(job.dedupe_key, render("stopped.md.j2", asker=asker, state=job.state.value, job=job.id))
    return job
