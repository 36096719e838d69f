"""Who is asking, and may they: tokens with scopes, and five levels of access."""

import base64
import binascii
import dataclasses
from collections.abc import Mapping

from werkzeug.wrappers import Request

from infra.practice_forge.forge import Forge, digest
from infra.practice_forge.gitlab.records import MergeRequest, Subject
from infra.practice_forge.gitlab.refusals import forbidden, insufficient_scope, invalid_token, unauthorized
from infra.practice_forge.state import Account, Issue, Repository, Token

GUEST, REPORTER, DEVELOPER, MAINTAINER, OWNER = 10, 20, 30, 40, 50
LEVELS: Mapping[str, int] = {"none": 0, "read": REPORTER, "write": DEVELOPER, "maintain": MAINTAINER, "admin": OWNER}
SCOPES = ("api", "read_api", "read_user", "read_repository", "write_repository")
READS = {"GET", "HEAD"}


@dataclasses.dataclass(frozen=True, slots=True)
class Asker:
    """Who asks; without an account a stranger, who sees public projects only."""

    account: Account | None = None
    token: Token | None = None

    @property
    def login(self) -> str:
        """Return the login for the effect log; empty for a stranger."""
        return self.account.login if self.account else ""


def identify(forge: Forge, request: Request) -> Asker:
    """Read the token of an API call: PRIVATE-TOKEN, or Authorization: Bearer."""
    secret = request.headers.get("PRIVATE-TOKEN", "")
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if not secret and scheme.lower() == "bearer":
        secret = value.strip()
    if not secret:
        if scheme:
            raise unauthorized()
        return Asker()
    return _by_secret(forge, secret)


def identify_git(forge: Forge, request: Request) -> Asker:
    """Read the token of a git call: the password of Basic authentication, whatever the user is called."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if not scheme:
        return Asker()
    try:
        password = base64.b64decode(value, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError) as error:
        raise unauthorized() from error
    if scheme.lower() != "basic":
        raise unauthorized()
    return _by_secret(forge, password)


def _by_secret(forge: Forge, secret: str) -> Asker:
    token = forge.state.tokens.get(digest(secret))
    account = forge.state.account(token.login) if token else None
    if token is None or account is None:
        raise unauthorized()
    if token.expires_at and token.expires_at <= forge.state.clock():
        raise invalid_token("Token is expired. You can either do re-authorization or token refresh.")
    return Asker(account, token)


def require_scope(asker: Asker, *scopes: str) -> None:
    """Let a token pass that has one of `scopes`; a stranger has no token to be short of."""
    if asker.token is not None and not set(scopes) & set(asker.token.scopes):
        raise insufficient_scope(" ".join(scopes))


def level(asker: Asker, repo: Repository) -> int:
    """Return the asker's access level in a project, 0 for none."""
    return LEVELS[repo.role(asker.login)] if asker.account else 0


def can_see(asker: Asker, repo: Repository) -> bool:
    """Return whether the asker may know that the project is there."""
    return not repo.private or level(asker, repo) > 0


def can_see_issue(asker: Asker, repo: Repository, issue: Issue) -> bool:
    """Return whether the asker may know of an issue: confidential ones show to reporters and those concerned."""
    concerned = asker.login in {issue.author, *issue.assignees}
    return not issue.confidential or concerned or level(asker, repo) >= REPORTER


def require_level(asker: Asker, repo: Repository, least: int = 0) -> Account:
    """Let a write pass, or raise 401 or 403; returns who signs it. `least` 0 is anybody who is signed in."""
    if asker.account is None:
        raise unauthorized()
    if level(asker, repo) < least:
        raise forbidden()
    return asker.account


def may_edit(asker: Asker, repo: Repository, subject: Subject) -> bool:
    """Return whether the asker may edit a subject: its author, reporters an issue, developers a merge request."""
    least = DEVELOPER if isinstance(subject, MergeRequest) else REPORTER
    return asker.login == subject.author or level(asker, repo) >= least


def may_push(asker: Asker, repo: Repository, branch: str) -> bool:
    """Return whether the asker may move a branch: the default one is protected, so only maintainers may."""
    return level(asker, repo) >= (MAINTAINER if branch == repo.default_branch else DEVELOPER)
