"""Who is asking, and may they: App JWTs, installation tokens, personal tokens, and the rights of each."""

import base64
import binascii
import dataclasses
import functools
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from infra.practice_forge.forge import Forge, digest
from infra.practice_forge.refusals import bad_credentials, forbidden, not_for_apps, not_found, suspended
from infra.practice_forge.state import RANK, Account, Installation, Issue, Repository, Role, Token

LONGEST_JWT = timedelta(minutes=10)
# GitHub allows for clocks that are a little off.
CLOCK_DRIFT = timedelta(seconds=60)
TOKEN_LIFE = timedelta(hours=1)


@dataclasses.dataclass(frozen=True, slots=True)
class Actor:
    """The asker. `account` is who a write is signed as; nobody (None) is a stranger or the App itself."""

    account: Account | None = None
    is_app: bool = False
    token: Token | None = None
    installation: Installation | None = None

    @property
    def login(self) -> str:
        """Return the login for counting and for the effect log; empty for a stranger."""
        return self.account.login if self.account else ""


def identify(forge: Forge, header: str) -> Actor:
    """Read an Authorization header; raises 401 for a credential that is wrong, expired or malformed."""
    if not header:
        return Actor()
    scheme, _, value = header.strip().partition(" ")
    match scheme.lower():
        case "bearer" | "token":
            return _by_secret(forge, value.strip())
        case "basic":
            return _by_secret(forge, _basic_password(value))
        case _:
            raise bad_credentials()


def _basic_password(value: str) -> str:
    """Return the password of Basic authentication: git sends `x-access-token:TOKEN`."""
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError) as error:
        raise bad_credentials() from error


def _by_secret(forge: Forge, secret: str) -> Actor:
    if secret.count(".") == 2:  # noqa: PLR2004 - a JWT has three parts
        check_jwt(forge, secret)
        return Actor(is_app=True)
    token = forge.state.tokens.get(digest(secret))
    if token is None or (token.expires_at and token.expires_at <= forge.state.clock()):
        raise bad_credentials()
    installation = forge.state.installations.get(token.installation_id or 0)
    if token.installation_id and installation is None:
        raise bad_credentials()
    if installation and installation.suspended_at:
        raise suspended()
    return Actor(forge.state.account(token.login), token=token, installation=installation)


def check_jwt(forge: Forge, text: str) -> None:
    """Check the JWT of the App: RS256 by its key, issued by it, not from the future, ten minutes at most."""
    options: Any = {"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False}
    try:
        claims = jwt.decode(text, public_key(forge.app.key_pem), algorithms=["RS256"], options=options)
    except (jwt.InvalidTokenError, ValueError) as error:
        raise bad_credentials("A JSON web token could not be decoded") from error
    issued, expires = claims.get("iat"), claims.get("exp")
    now = forge.state.clock().timestamp()
    if not isinstance(issued, int | float) or issued > now + CLOCK_DRIFT.total_seconds():
        raise bad_credentials(
            "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
        )
    if not isinstance(expires, int | float) or expires <= now:
        raise bad_credentials(
            "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the "
            "assertion expires"
        )
    if (
        expires > now + (LONGEST_JWT + CLOCK_DRIFT).total_seconds()
        or expires - issued > (LONGEST_JWT + CLOCK_DRIFT).total_seconds()
    ):
        raise bad_credentials("'Expiration time' claim ('exp') is too far in the future")
    if str(claims.get("iss", "")) not in {str(forge.app.id), forge.app.client_id}:
        raise not_found("Integration not found")


@functools.lru_cache(maxsize=4)
def public_key(pem: str) -> RSAPublicKey:
    """Return the public half of an RSA key given in PEM, private or public; raises `ValueError` for another."""
    raw = pem.encode()
    try:
        key = load_pem_private_key(raw, None) if "PRIVATE KEY" in pem else load_pem_public_key(raw)
    except (UnsupportedAlgorithm, TypeError) as error:
        raise ValueError("The App's key is no plain RSA key in PEM.") from error
    if isinstance(key, RSAPrivateKey):
        return key.public_key()
    if isinstance(key, RSAPublicKey):
        return key
    raise ValueError("The App's key must be an RSA key.")


def new_installation_token(
    forge: Forge, installation: Installation, permissions: dict[str, str], repositories: Sequence[Repository] = ()
) -> tuple[str, Token]:
    """Make a token of one hour for an installation; `permissions` and `repositories` may only narrow what it has."""
    reach = tuple(repo.id for repo in repositories)
    expires = forge.state.now() + TOKEN_LIFE
    token = Token(forge.app.login, installation.id, permissions, expires, repositories=reach)
    return forge.new_token(token, prefix="ghs_"), token


def can_see(actor: Actor, repo: Repository) -> bool:
    """Return whether the asker may know that the repository is there."""
    return not repo.private or role_of(actor, repo) != "none"


def role_of(actor: Actor, repo: Repository) -> Role:
    """Return the asker's own rights in a repository; an installation on it reads and writes by permissions."""
    if actor.installation is not None:
        return "write" if reaches(actor, repo) else "none"
    return repo.role(actor.account.login) if actor.account else "none"


def reaches(actor: Actor, repo: Repository) -> bool:
    """Return whether an installation's token is good for a repository."""
    if actor.installation is None or actor.installation.owner.lower() != repo.owner.lower():
        return False
    return actor.token is None or not actor.token.repositories or repo.id in actor.token.repositories


def require_write(actor: Actor, repo: Repository, *permissions: str, role: Role = "none") -> Account:
    """Let a write pass, or raise; returns who signs it.

    An App needs one of `permissions` at write; a person needs `role` in the repository (`none`: whoever sees it).
    """
    if actor.account is None:
        raise bad_credentials("Requires authentication")
    if actor.installation is not None and actor.token is not None:
        granted = {name for name in permissions if _granted(actor, name) == "write"}
        if not granted or role_of(actor, repo) == "none":
            raise not_for_apps()
    elif RANK[role_of(actor, repo)] < RANK[role]:
        raise forbidden("Must have push access to repository")
    return actor.account


def require_read(actor: Actor, repo: Repository, permission: str) -> None:
    """Let a read pass: public repositories are open, in private ones an App needs the permission."""
    if repo.private and actor.installation is not None and not _granted(actor, permission):
        raise not_for_apps()


def _granted(actor: Actor, permission: str) -> str:
    """Return the level that both the token and its installation, as it is now, have of a permission."""
    if actor.token is None or actor.installation is None:
        return ""
    levels = {actor.token.permissions.get(permission, ""), actor.installation.permissions.get(permission, "")}
    return "" if "" in levels else "read" if "read" in levels else "write"


def association(repo: Repository, login: str) -> str:
    """Return GitHub's word for what an author is to a repository."""
    if login.lower() == repo.owner.lower():
        return "OWNER"
    return "COLLABORATOR" if RANK[repo.role(login)] > 0 else "NONE"


def may_change(actor: Actor, repo: Repository, issue: Issue) -> bool:
    """Return whether the asker may close or retitle an issue: its author, or whoever writes here."""
    return RANK[role_of(actor, repo)] >= RANK["write"] or actor.login == issue.author
