"""What stands beside a commit on GitLab: commit statuses, failed jobs and their traces."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from gitlab import Gitlab, GitlabError

from bot.check import LAST_BYTES, CheckReport, Conclusion, FailedJob, Status, is_sha, within_limits
from bot.errors import UserError
from bot.events import Repo
from bot.forges.gitlab.errors import translated
from bot.forges.log_text import checked_job, log_end, log_is_gone

_CHUNK = 64 * 1024
_ON_THE_WAY = {Status.QUEUED: "pending", Status.IN_PROGRESS: "running"}
_ENDS = {
    Conclusion.SUCCESS: "success",
    Conclusion.NEUTRAL: "skipped",  # GitLab knows no other end that is neither green nor red
    Conclusion.FAILURE: "failed",
    Conclusion.TIMED_OUT: "failed",
    Conclusion.CANCELLED: "canceled",
    Conclusion.SKIPPED: "skipped",
}


class GitLabChecks:
    """What GitLab shows beside a commit; belongs to one `GitLabForge`."""

    __slots__ = ("_client",)

    def __init__(self, client: Gitlab) -> None:
        self._client = client

    @translated("report the check")
    def report(self, repo: Repo, check: CheckReport) -> str:
        """Show the state of one of our jobs as a commit status, known by the check's name; return its id.

        A status has a state, a title and a link; there is no place for a summary and for annotations. GitLab refuses
        to say pending or running twice, so until the state changes the title stays too.
        """
        fitted = within_limits(check)
        body = as_status(fitted)
        place = f"{self._project(repo)}/repository/commits/{check.head}/statuses"
        listed = self._client.http_list(place, query_data={"name": check.name}, iterator=True)
        known = next((each for each in listed if each["name"] == check.name), None)
        if (
            known
            and (body["state"] in _ON_THE_WAY.values() or _shows(known, body))
            and known["status"] == body["state"]
        ):
            return str(known["id"])
        made: Any = self._client.http_post(f"{self._project(repo)}/statuses/{check.head}", post_data=body)
        return str(made["id"])

    @translated("look for failed jobs")
    def failures(self, repo: Repo, sha: str) -> Sequence[FailedJob]:
        """Return the failed jobs of a commit's newest pipelines, one of each source and ref; steps are not told."""
        if not is_sha(sha):
            raise UserError(f"{sha!r} is no commit.", mend="Give the full hexadecimal name of a commit.")
        place = f"{self._project(repo)}/pipelines"
        newest: dict[tuple[str, str], int] = {}
        for pipeline in self._client.http_list(place, query_data={"sha": sha}, iterator=True):
            newest.setdefault((pipeline["source"], pipeline["ref"]), pipeline["id"])
        return tuple(
            FailedJob(str(job["id"]), job["name"], job["web_url"])
            for number in newest.values()
            for job in self._client.http_list(f"{place}/{number}/jobs", query_data={"scope[]": "failed"}, iterator=True)
            if job["status"] == "failed" and not job["allow_failure"]
        )

    @translated("read the log")
    def log(self, repo: Repo, job_id: str, *, last_bytes: int = LAST_BYTES) -> str:
        """Return the readable end of a job's trace; raises `UserError` when it is gone (GitLab shows it empty then)."""
        address = f"{self._project(repo)}/jobs/{checked_job(job_id)}/trace"
        try:
            answer: Any = self._client.http_get(address, streamed=True, raw=True)
        except GitlabError as error:
            if error.response_code in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
                raise log_is_gone(job_id) from error
            raise
        with answer:
            return log_end(answer.iter_content(_CHUNK), job_id, last_bytes)

    def _project(self, repo: Repo) -> str:
        return f"/projects/{self._client.projects.get(repo.path, lazy=True).encoded_id}"


def as_status(check: CheckReport) -> dict[str, str]:
    """Return a report as a commit status."""
    state = _ENDS[check.conclusion] if check.conclusion else _ON_THE_WAY[check.status]
    link = {"target_url": check.details_url} if check.details_url else {}
    return {"state": state, "name": check.name, "description": check.title, **link}


def _shows(known: Mapping[str, Any], body: Mapping[str, str]) -> bool:
    return all((known[name] or "") == body.get(name, "") for name in ("description", "target_url"))
