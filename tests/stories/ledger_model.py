"""What the ledger promises, once more, in plain Python and as simple as it can be said: no SQL, no speed."""

import dataclasses
from collections.abc import Iterator

from bot.ledger import Claimant, Job, JobState, Lane, Lease, NewDelivery, NewJob

ACTIVE = (JobState.LEASED, JobState.PUBLISHING)
ENDED = (JobState.DONE, JobState.DEAD, JobState.CANCELLED, JobState.SUPERSEDED)
PROBE, FIRST_OPEN, LONGEST_OPEN, FAILURES = 15.0, 15.0, 300.0, 5


@dataclasses.dataclass(frozen=True)
class Wish:
    """A job that may come in; `kind` decides its lane, and "review" comes of a push."""

    forge: str
    tenant: str
    number: int
    kind: str
    priority: int
    quiet: float

    def work(self, key: str) -> NewJob:
        control = self.kind == "cancel"
        return NewJob(
            forge=self.forge,
            tenant=self.tenant,
            subject=f"{self.forge}:{self.tenant}/r#{self.number}",
            kind=self.kind,
            argument="",
            event="{}",
            dedupe_key=key,
            lane=Lane.CONTROL if control else Lane.WORK,
            priority=-1 if control else self.priority,  # the control lane goes first, as the intake has it
            supersedes=self.kind == "review",
            quiet_seconds=self.quiet,
        )


@dataclasses.dataclass
class Kept:
    """What the model knows about a job beside its row."""

    guid: tuple[str, str] | None
    team: str = ""
    first_push: float | None = None
    steps: dict[str, str] = dataclasses.field(default_factory=dict)
    effects: dict[str, str | None] = dataclasses.field(default_factory=dict)  # name -> the forge's reference


class Model:
    """Answers every question as the ledger should; jobs are the ledger's own rows."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.jobs: dict[int, Job] = {}
        self.kept: dict[int, Kept] = {}
        self.deliveries: dict[tuple[str, str], float] = {}
        self.served: dict[str, float] = {}
        self.breakers: dict[str, tuple[int, float]] = {}  # forge -> failures in a row, open until

    def change(self, job_id: int, **values: object) -> Job:
        self.jobs[job_id] = dataclasses.replace(self.jobs[job_id], **values)  # type: ignore[arg-type]
        return self.jobs[job_id]

    # The door

    def is_new(self, new: NewDelivery, work: NewJob) -> bool:
        if (new.forge, new.guid) in self.deliveries:
            return False
        self.deliveries[new.forge, new.guid] = self.now
        return all(job.dedupe_key != work.dedupe_key for job in self.jobs.values())

    def take_in(self, job_id: int, new: NewDelivery, work: NewJob) -> None:
        """Note a job to which the ledger gave a number."""
        given = {field.name: getattr(work, field.name) for field in dataclasses.fields(NewJob)}
        for name in ("supersedes", "quiet_seconds", "longest_quiet_seconds"):
            del given[name]
        kept = self.kept[job_id] = Kept((new.forge, new.guid))
        alike = [job for job in self.jobs.values() if (job.subject, job.kind) == (work.subject, work.kind)]
        run_after = self.now
        if work.supersedes or work.quiet_seconds:
            pushes = [self.kept[job.id].first_push for job in alike if job.state is JobState.QUEUED]
            kept.first_push = min([push for push in pushes if push is not None], default=self.now)
            run_after = min(self.now + work.quiet_seconds, kept.first_push + work.longest_quiet_seconds)
        for job in alike if work.supersedes else []:
            if job.state is JobState.QUEUED:
                outcome = f"job {job_id} answers this as well"
                self.change(job.id, state=JobState.SUPERSEDED, superseded_by=job_id, done_at=self.now, outcome=outcome)
            elif job.state in ACTIVE:
                self.change(job.id, superseded_by=job_id)
        self.jobs[job_id] = Job(
            **given,
            id=job_id,
            state=JobState.QUEUED,
            outcome="",
            run_after=run_after,
            attempts=0,
            lost_attempts=0,
            round=0,
            fence=0,
            lease_until=0.0,
            worker="",
            cancelled_by="",
            superseded_by=None,
            created_at=self.now,
            started_at=None,
            done_at=None,
            tokens_in=0,
            tokens_out=0,
        )

    def purge(self, kept_seconds: float) -> int:
        open_ones = {self.kept[job.id].guid for job in self.jobs.values() if job.state not in ENDED}
        old = [guid for guid, came in self.deliveries.items() if came < self.now - kept_seconds]
        for kept in (self.kept[job.id] for job in self.jobs.values() if job.state in ENDED):
            kept.guid = None if kept.guid in old else kept.guid
        gone = [guid for guid in old if guid not in open_ones]
        for guid in gone:
            del self.deliveries[guid]
        return len(gone)

    # The workers

    def in_work(self) -> Iterator[Job]:
        return (job for job in self.jobs.values() if job.state in ACTIVE and job.lease_until >= self.now)

    def is_claimable(self, job: Job) -> bool:
        if self.breakers.get(job.forge, (0, 0.0))[1] > self.now:
            return False
        if job.state in ACTIVE:
            return job.lease_until < self.now
        same = [one for one in self.jobs.values() if (one.subject, one.lane) == (job.subject, job.lane)]
        free = not any(one.state in ACTIVE for one in same)
        return free and job.state is JobState.QUEUED and job.run_after <= self.now

    def running_of(self, tenant: str) -> int:
        return sum(job.tenant == tenant and job.lane is Lane.WORK for job in self.in_work())

    def running_in(self, team: str, *, beside: str = "") -> int:
        return sum(
            job.lane is Lane.WORK and self.kept[job.id].team == team and job.worker != beside for job in self.in_work()
        )

    def next_for(self, who: Claimant, only: int | None) -> Job | None:
        def has_room(job: Job) -> bool:
            team_has_room = self.running_in(who.team, beside=who.name) < who.team_limit
            return job.lane is Lane.CONTROL or (team_has_room and self.running_of(job.tenant) < who.tenant_limit)

        def rank(job: Job) -> tuple[float, ...]:
            return (job.priority, self.running_of(job.tenant), self.served.get(job.tenant, 0.0), job.id)

        fit = [job for job in self.jobs.values() if only in {None, job.id} and self.is_claimable(job) and has_room(job)]
        return min(fit, key=rank, default=None)

    def claim(self, who: Claimant, only: int | None) -> Job | None:
        job = self.next_for(who, only)
        if job is None:
            return None
        self.served[job.tenant] = self.now
        failures, until = self.breakers.get(job.forge, (0, 0.0))
        if until:
            self.breakers[job.forge] = (failures, self.now + PROBE)
        self.kept[job.id].team = who.team
        return self.change(
            job.id,
            state=JobState.LEASED,
            worker=who.name,
            fence=job.fence + 1,
            lease_until=self.now + who.lease_seconds,
            attempts=job.attempts + 1,
            lost_attempts=job.lost_attempts + (job.state in ACTIVE),
            started_at=self.now if job.started_at is None else job.started_at,
        )

    def holds(self, lease: Lease) -> bool:
        job = self.jobs[lease.job_id]
        return job.fence == lease.fence and job.state in ACTIVE

    # Others

    def cancel(self, job_id: int, by: str) -> Job:
        state = self.jobs[job_id].state
        if state is JobState.QUEUED:
            outcome = f"cancelled by {by}"
            self.change(job_id, state=JobState.CANCELLED, cancelled_by=by, outcome=outcome, done_at=self.now)
        elif state in ACTIVE:
            self.change(job_id, cancelled_by=by)
        return self.jobs[job_id]

    def retry(self, job_id: int) -> bool:
        job = self.jobs[job_id]
        if job.state not in {JobState.DEAD, JobState.CANCELLED}:
            return False
        fresh = {"attempts": 0, "lost_attempts": 0, "cancelled_by": "", "superseded_by": None, "outcome": ""}
        again = {"state": JobState.QUEUED, "run_after": self.now, "started_at": None, "done_at": None}
        self.change(job_id, round=job.round + 1, **fresh, **again)
        return True

    def forge_failed(self, forge: str) -> None:
        failures, until = self.breakers.get(forge, (0, 0.0))
        failures += 1
        if failures >= FAILURES:
            until = self.now + min(LONGEST_OPEN, FIRST_OPEN * 2.0 ** (failures - FAILURES))
        self.breakers[forge] = (failures, until)
