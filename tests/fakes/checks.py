"""Checks in memory: speaks the protocol, keeps the last report of every job, fails and logs as it was told to."""

import dataclasses
from collections.abc import Sequence

from bot.check import LAST_BYTES, CheckReport, FailedJob
from bot.errors import UserError
from bot.events import Repo


@dataclasses.dataclass
class FakeChecks:
    """`failed` are the jobs by commit, `logs` what they printed by their ids."""

    reported: dict[tuple[str, str, str], CheckReport] = dataclasses.field(default_factory=dict)
    failed: dict[str, list[FailedJob]] = dataclasses.field(default_factory=dict)
    logs: dict[str, str] = dataclasses.field(default_factory=dict)

    def report(self, repo: Repo, check: CheckReport) -> str:
        place = (check.name, check.head, check.key)
        self.reported[place] = check
        return str(1 + list(self.reported).index(place))

    def failures(self, repo: Repo, sha: str) -> Sequence[FailedJob]:
        return tuple(self.failed.get(sha, ()))

    def log(self, repo: Repo, job_id: str, *, last_bytes: int = LAST_BYTES) -> str:
        if job_id not in self.logs:
            raise UserError(f"The log of job {job_id} is gone.", mend="Run it again.")
        return self.logs[job_id].encode()[-last_bytes:].decode("utf-8", "replace")
