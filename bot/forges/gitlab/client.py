"""Builds python-gitlab clients that never write twice, never sleep and never wait for ever."""

from http import HTTPStatus
from typing import Any

import requests
from gitlab import Gitlab
from gitlab._backends.requests_backend import RequestsBackend, RequestsResponse
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from bot.errors import RetryableError, SettingsError
from bot.forges.gitlab.access import GitLabAccess

_PER_PAGE = 100
_WAIT_S = 60.0  # GitLab's limits are counted by the minute


def client(access: GitLabAccess) -> Gitlab:
    """Return a client for one job; raises `SettingsError` when there is no token."""
    if not access.token:
        raise SettingsError("The bot has no access to GitLab.", mend="Set CODEX_BOT_GITLAB_TOKEN_FILE.")
    return Gitlab(
        access.web_url,
        private_token=access.token,
        ssl_verify=access.ca_file or True,
        timeout=access.timeout_s,
        per_page=_PER_PAGE,
        user_agent="codex-bot",
        keep_base_url=True,  # behind a proxy GitLab may call itself otherwise
        session=_session(),
        backend=_Backend,
    )


def own_id(client: Gitlab) -> int:
    """Ask GitLab whose token it is; return that account's id."""
    client.auth()
    return int(client.user.attributes["id"]) if client.user else 0


class _Session(requests.Session):
    """Keeps the token from other hosts that GitLab sends us to; the library strips only headers that it knows."""

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        # The stubs know neither of the two.
        super().rebuild_auth(prepared_request, response)  # type: ignore[no-untyped-call]
        if self.should_strip_auth(response.request.url, prepared_request.url):  # type: ignore[no-untyped-call]
            prepared_request.headers.pop("PRIVATE-TOKEN", None)


class _Backend(RequestsBackend):
    """Says at once when GitLab asks for patience; the library would sleep as long as it is told to, and write again."""

    def http_request(self, *args: Any, **kwargs: Any) -> RequestsResponse:
        answer = super().http_request(*args, **kwargs)
        if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            raise RetryableError("GitLab asks for patience", retry_after=_wait(answer.headers.get("Retry-After", "")))
        return answer


def _wait(told: str) -> float:
    return max(1.0, float(told)) if told.isdecimal() else _WAIT_S


def _session() -> requests.Session:
    # Looks once more, at once, and only where looking is all that happens.
    second_look = Retry(
        total=1,
        other=0,
        allowed_methods=frozenset({"GET", "HEAD"}),
        status_forcelist=(502, 503, 504),
        raise_on_status=False,
        respect_retry_after_header=False,
    )
    session = _Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=second_look))
    return session
