"""Failed jobs of GitHub's workflows and the ends of their logs."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import urlsplit

import requests
from github import GithubException
from github.Requester import Requester

from bot.check import FailedJob, is_sha
from bot.errors import ForgeAwayError, UserError
from bot.events import Repo
from bot.forges.github.access import GitHubAccess
from bot.forges.log_text import checked_job, log_end, log_is_gone

_FAILED = {"failure", "timed_out"}
_WELL = {"success", "skipped", "neutral"}
_GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
_CHUNK = 64 * 1024


class _Pages(Protocol):
    def __call__(self, address: str, wrap: str = "", **asked: str) -> Iterator[dict[str, Any]]: ...


def listed(pages: _Pages, repo: Repo, sha: str) -> tuple[FailedJob, ...]:
    """Return the failed jobs of a commit."""
    if not is_sha(sha):
        raise UserError(f"{sha!r} is no commit.", mend="Give the full hexadecimal name of a commit.")
    place = f"/repos/{repo.path}/actions/runs"
    newest: dict[tuple[Any, Any], dict[str, Any]] = {}
    for run in pages(place, "workflow_runs", head_sha=sha):
        if run["head_sha"] == sha:  # GitHub ignores a filter that it does not understand
            newest.setdefault((run["workflow_id"], run["event"]), run)
    # A run that goes on, or that somebody cancelled, may have failed jobs too.
    doubtful = [run["id"] for run in newest.values() if run["conclusion"] not in _WELL]
    found = (job for id_ in doubtful for job in pages(f"{place}/{id_}/jobs", "jobs", filter="latest"))
    return tuple(_job(job) for job in found if job["conclusion"] in _FAILED)


def log(requester: Requester, access: GitHubAccess, repo: Repo, job_id: str, *, last_bytes: int) -> str:
    """Return the end of a job's log."""
    try:
        # PyGithub does not follow: GitHub answers with an address of a minute's life on another host.
        headers, _ = requester.requestJsonAndCheck("GET", f"/repos/{repo.path}/actions/jobs/{checked_job(job_id)}/logs")
    except GithubException as error:
        if error.status in _GONE:
            raise log_is_gone(job_id) from error
        raise
    return downloaded(str(headers["location"]), access, job_id, last_bytes)


def downloaded(url: str, access: GitHubAccess, job_id: str, last_bytes: int) -> str:
    """Return the end of a log that lies at `url`.

    The address is a secret by itself, so no error tells it, and no token of ours goes along with the request.
    """
    scheme = urlsplit(url).scheme
    if scheme not in {"https", urlsplit(access.web_url).scheme}:
        raise UserError(
            "GitHub keeps the log at an address that is not encrypted.", mend="Read it on the job's own page."
        )
    try:
        with requests.get(
            url, stream=True, timeout=access.timeout_s, verify=access.ca_file or True, auth=_as_nobody
        ) as answer:
            if answer.status_code in _GONE:
                raise log_is_gone(job_id)
            if not answer.ok:
                raise ForgeAwayError(f"GitHub's storage failed to give a log (HTTP {answer.status_code})")
            return log_end(answer.iter_content(_CHUNK), job_id, last_bytes)
    except requests.RequestException as error:
        name = type(error).__name__
    raise ForgeAwayError(f"GitHub's storage could not be reached to read a log: {name}")


def _as_nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Leave a request as it is: without this, requests would add what a .netrc says of the host."""
    return request


def _job(job: dict[str, Any]) -> FailedJob:
    steps = job.get("steps") or ()
    step = next((each["name"] for each in steps if each["conclusion"] in _FAILED), "")
    return FailedJob(str(job["id"]), job["name"], job["html_url"] or "", step)
