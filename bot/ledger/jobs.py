"""A job as the rest of the bot sees it, and the lease under which it is worked on."""

import dataclasses
import enum


class JobState(enum.StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    LEASED = "leased"
    PUBLISHING = "publishing"
    DONE = "done"
    DEAD = "dead"


@dataclasses.dataclass(frozen=True, slots=True)
class Job:
    """One row of the job table; times are seconds since 1970."""

    id: int
    forge: str
    tenant: str
    subject: str
    kind: str
    argument: str
    event: str
    dedupe_key: str
    state: JobState
    outcome: str
    run_after: float
    attempts: int
    lost_attempts: int
    fence: int
    lease_until: float
    worker: str
    created_at: float
    started_at: float | None
    done_at: float | None
    tokens_in: int
    tokens_out: int


@dataclasses.dataclass(frozen=True, slots=True)
class Lease:
    """The right to write for a job: only the holder of the newest fence may."""

    job_id: int
    fence: int


@dataclasses.dataclass(frozen=True, slots=True)
class Effect:
    """Something visible that a job makes on a forge, known by its marker. `fresh`: intended just now."""

    name: str
    marker: str
    confirmed: bool
    forge_ref: str
    fresh: bool
