"""What stands beside a commit on GitHub: check runs, or commit statuses where those are refused, and failed jobs."""

import itertools
import logging
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any

from github import Github, GithubException

from bot.check import LAST_BYTES, CheckReport, FailedJob, within_limits
from bot.events import Repo
from bot.forges.github import failed_jobs
from bot.forges.github.access import GitHubAccess
from bot.forges.github.check_words import as_requests, as_status, same_status
from bot.forges.github.errors import is_limit, translated

_PER_PAGE = 100


class GitHubChecks:
    """What GitHub shows beside a commit; belongs to one `GitHubForge`. `is_app` is True for an App's installation."""

    __slots__ = ("_access", "_client", "_is_app")

    def __init__(self, client: Github, access: GitHubAccess, *, is_app: bool) -> None:
        self._client = client
        self._access = access
        self._is_app = is_app

    @translated("report the check")
    def report(self, repo: Repo, check: CheckReport) -> str:
        """Show the state of one of our jobs as a check run; return its id.

        GitHub keeps check runs for Apps. With a token of a person's, or one that lacks the permission, there is a
        commit status instead, known by the check's name alone; it has no summary and no annotations.
        """
        fitted = within_limits(check)
        try:
            return self._as_check_run(repo, fitted)
        except GithubException as error:
            if self._is_app or error.status != HTTPStatus.FORBIDDEN or is_limit(error):
                raise
            logging.getLogger(__name__).info("no check runs for this token on %s: a commit status instead", repo.path)
        return self._as_status(repo, fitted)

    @translated("look for failed jobs")
    def failures(self, repo: Repo, sha: str) -> Sequence[FailedJob]:
        """Return the failed jobs of the newest run of each workflow on a commit."""
        return failed_jobs.listed(self._pages, repo, sha)

    @translated("read the log")
    def log(self, repo: Repo, job_id: str, *, last_bytes: int = LAST_BYTES) -> str:
        """Return the readable end of a job's log; raises `UserError` when it is gone or empty."""
        return failed_jobs.log(self._client.requester, self._access, repo, job_id, last_bytes=last_bytes)

    def _as_check_run(self, repo: Repo, check: CheckReport) -> str:
        known = self._find(repo, check)
        # Annotations are appended, so those that an earlier attempt has sent are not sent again.
        sent = known["output"]["annotations_count"] if known else 0
        id_ = str(known["id"]) if known else ""
        for body in as_requests(check, sent):
            if id_:
                self._ask("PATCH", f"/repos/{repo.path}/check-runs/{id_}", input=body)
            else:
                new = {**body, "head_sha": check.head, "external_id": check.key}
                id_ = str(self._ask("POST", f"/repos/{repo.path}/check-runs", input=new)["id"])
        return id_

    def _find(self, repo: Repo, check: CheckReport) -> dict[str, Any] | None:
        address = f"/repos/{repo.path}/commits/{check.head}/check-runs"
        for run in self._pages(address, "check_runs", check_name=check.name, filter="all"):
            if (run["name"], run["external_id"]) == (check.name, check.key) and self._is_ours(run["app"]):
                return run
        return None

    def _is_ours(self, app: dict[str, Any] | None) -> bool:
        # With a mere token nobody knows which App it belongs to; GitHub refuses to change what is another's.
        return not self._is_app or bool(app and self._access.app_id in {str(app["id"]), app.get("client_id")})

    def _as_status(self, repo: Repo, check: CheckReport) -> str:
        body = as_status(check)
        # The newest comes first, and only it is shown; there can be a thousand of them, so none is made for nothing.
        statuses = self._pages(f"/repos/{repo.path}/commits/{check.head}/statuses")
        newest = next((each for each in statuses if each["context"] == check.name), None)
        if newest and same_status(newest, body):
            return str(newest["id"])
        return str(self._ask("POST", f"/repos/{repo.path}/statuses/{check.head}", input=body)["id"])

    def _ask(self, method: str, address: str, **more: Any) -> Any:
        return self._client.requester.requestJsonAndCheck(method, address, **more)[1]

    def _pages(self, address: str, wrap: str = "", **asked: str) -> Iterator[dict[str, Any]]:
        """Go through a list; `wrap` is the name under which GitHub puts it into an object."""
        for page in itertools.count(1):
            answer = self._ask("GET", address, parameters={**asked, "per_page": _PER_PAGE, "page": page})
            found = answer[wrap] if wrap else answer
            yield from found
            if len(found) < _PER_PAGE:
                return
