"""Builds PyGithub clients that never write twice, never sleep for long and never wait for ever."""

import functools
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import jwt
from github import Auth, Github, GithubIntegration
from github.InstallationAuthorization import InstallationAuthorization
from urllib3.util import Retry

from bot.errors import SettingsError
from bot.forges.github.access import GitHubAccess
from bot.forges.github.errors import entering

_PER_PAGE = 100
_SIGNATURE = "RS256"


def api_url(web_url: str) -> str:
    """Return the REST API's address of the GitHub at `web_url`.

    github.com and GitHub's hosted ghe.com have an `api.` host, an Enterprise Server has a path:
    https://docs.github.com/enterprise-server@latest/rest/using-the-rest-api/getting-started-with-the-rest-api
    """
    web_url = web_url.rstrip("/")
    host = urlsplit(web_url).hostname or ""
    if host == "github.com" or host.endswith(".ghe.com"):
        return f"https://api.{host}"
    return f"{web_url}/api/v3"


def app_client(access: GitHubAccess) -> GithubIntegration:
    """Return a client that speaks as the App itself: its name, and tokens for its installations."""
    return GithubIntegration(auth=_app_auth(access), **_manners(access))


def anonymous_client(access: GitHubAccess) -> Github:
    """Return a client that is nobody yet."""
    return Github(**_manners(access))


def client(access: GitHubAccess, installation: str) -> Github:
    """Return a client that speaks as the App's installation, or with the plain token where there is none.

    Installation tokens live for an hour; the client gets the next one by itself. Make one client per job:
    PyGithub does not promise to be safe between threads. Raises `SettingsError` when neither way is set up.
    """
    if installation and access.app_id:
        return Github(auth=_InstallationAuth(_app_auth(access), _number(installation)), **_manners(access))
    if access.token:
        return Github(auth=Auth.Token(access.token), **_manners(access))
    if access.app_id:
        raise SettingsError(
            "The delivery names no installation, and the bot has no token of its own.",
            mend="Let the App's webhook deliver instead of the repository's, or set a token.",
        )
    raise SettingsError("The bot has no access to GitHub.", mend="Set up a GitHub App, or set a token.")


class _InstallationAuth(Auth.AppInstallationAuth):
    """Says why there is no token: without it, a removed installation would look like a missing repository."""

    def _get_installation_authorization(self) -> InstallationAuthorization:
        with entering(self.installation_id):
            return super()._get_installation_authorization()


def _app_auth(access: GitHubAccess) -> Auth.AppAuth:
    if not access.private_key:
        raise SettingsError("The GitHub App has no private key.", mend="Name the App's key file (PEM).")
    auth = Auth.AppAuth(access.app_id, sign_func=_signer(access.private_key))
    try:
        auth.create_jwt()
    except (jwt.PyJWTError, ValueError):
        # `from None`: the library's words may quote the key.
        raise SettingsError(
            "The GitHub App's private key cannot be read.",
            mend="Download a new key (PEM) from the App's settings page at GitHub.",
        ) from None
    return auth


def _signer(pem: str) -> Callable[[dict[str, Any]], str]:
    return lambda claims: jwt.encode(claims, _read_key(pem), algorithm=_SIGNATURE)


@functools.lru_cache(maxsize=4)
def _read_key(pem: str) -> Any:
    """Read a key once: OpenSSL proves an RSA key whenever it reads it, which takes longer than most requests."""
    return jwt.get_algorithm_by_name(_SIGNATURE).prepare_key(pem)


def _number(installation: str) -> int:
    if not installation.isdecimal():
        raise SettingsError(f"{installation!r} is no installation of a GitHub App.", mend="It is a plain number.")
    return int(installation)


def _manners(access: GitHubAccess) -> dict[str, Any]:
    return {
        "base_url": api_url(access.web_url),
        "timeout": access.timeout_s,
        "user_agent": "codex-bot",
        "per_page": _PER_PAGE,
        "retry": _second_look(),
        "seconds_between_requests": access.pause_s or None,
        "seconds_between_writes": access.pause_s or None,
        "lazy": True,
        "verify": access.ca_file or True,
    }


def _second_look() -> Retry:
    # PyGithub's own default repeats POST up to ten times and sleeps through rate limits, an hour if need be.
    # Ours looks once more, at once, and only where looking is all that happens.
    return Retry(
        total=1,
        other=0,
        allowed_methods=frozenset({"GET"}),
        status_forcelist=(502, 503, 504),
        raise_on_status=False,
        respect_retry_after_header=False,
    )
