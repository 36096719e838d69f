"""Says what was asked on an issue or pull request, and where each of it stands."""

import dataclasses

from bot.intake import EVENT
from bot.ledger import Job, JobState, Lane
from tasks.commands.registry import command
from tasks.commands.templates import render
from tasks.commands.work import Work

_MOST = 10  # jobs shown; who wants more looks at the forge or asks the operator
_OPEN = {JobState.QUEUED: "waits", JobState.LEASED: "is being worked on", JobState.PUBLISHING: "is being posted"}


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One job as the asker sees it."""

    number: int
    command: str
    asker: str
    state: str
    outcome: str
    ago: str


@command("status", help="say what was asked here and where it stands", free=True)
def status(work: Work) -> str:
    """Post the newest jobs of the subject, those in work first of all."""
    rows = [Row(**row) for row in work.once("rows", lambda: [dataclasses.asdict(row) for row in _rows(work)])]
    work.publisher.reply(render("status.md.j2", asker=work.event.asker.login, rows=rows))
    return f"showed {len(rows)} jobs"


def _rows(work: Work) -> list[Row]:
    jobs = work.ledger.jobs(subject=work.job.subject, lane=Lane.WORK, limit=_MOST)
    return [_row(job, work.ledger.now()) for job in sorted(jobs, key=lambda job: job.state not in _OPEN)]


def _row(job: Job, now: float) -> Row:
    return Row(
        number=job.id,
        command=f"/codex {job.kind}",
        asker=EVENT.validate_json(job.event).asker.login,
        state=_OPEN.get(job.state, job.state.value),
        outcome=job.outcome,
        ago=_in_words(now - job.created_at),
    )


def _in_words(seconds: float) -> str:
    """Return a length of time as people say it, in its largest fitting unit."""
    for unit, length, most in (("s", 1, 90), ("min", 60, 90), ("h", 3600, 48)):
        if seconds < most * length:
            return f"{max(0, seconds) // length:.0f} {unit}"
    return f"{seconds // 86400:.0f} days"
