"""Tries once more what was given up or cancelled."""

from bot.errors import UserError
from bot.ledger import RETRIABLE, Lane
from tasks.commands.registry import command
from tasks.commands.templates import render
from tasks.commands.work import Work


@command("retry", help="try once more what was given up or cancelled here", free=True)
def retry(work: Work) -> str:
    """Queue the newest job of the subject again; what its model answers cost is not paid twice."""
    number: int = work.once("chosen", lambda: _choose(work))
    work.ledger.retry(number)
    job = work.ledger.job(number)
    work.publisher.reply(render("retry.md.j2", asker=work.event.asker.login, job=job))
    return f"job {number} is queued again"


def _choose(work: Work) -> int:
    jobs = work.ledger.jobs(subject=work.job.subject, lane=Lane.WORK)
    last = next((job for job in jobs if job.id < work.job.id), None)
    if last is None:
        raise UserError("nothing was asked here before", mend="`/codex help` says what can be asked.")
    if last.state not in RETRIABLE:
        raise UserError(
            f"`/codex {last.kind}` (job {last.id}) is {last.state.value}, so there is nothing to try again",
            mend="Ask for it anew if you want it once more.",
        )
    return last.id
