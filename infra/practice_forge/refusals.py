"""What the forge says when it refuses: GitHub's status codes and GitHub's words."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

DOCUMENTATION = "https://docs.github.com/rest"
Complaint = Mapping[str, str] | str


class RefusalError(Exception):
    """A request that the forge does not accept; becomes a reply with `status` and GitHub's error document."""

    def __init__(
        self,
        status: HTTPStatus,
        message: str,
        *,
        errors: Sequence[Complaint] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = tuple(errors)
        self.headers = dict(headers or {})

    def document(self) -> dict[str, Any]:
        """Return the JSON body that GitHub would send."""
        body: dict[str, Any] = {"message": self.message}
        if self.errors:
            body["errors"] = [error if isinstance(error, str) else dict(error) for error in self.errors]
        return body | {"documentation_url": DOCUMENTATION, "status": str(self.status.value)}


def not_found(message: str = "Not Found") -> RefusalError:
    """Say 404: absent, or not for these eyes."""
    return RefusalError(HTTPStatus.NOT_FOUND, message)


def bad_credentials(message: str = "Bad credentials") -> RefusalError:
    """Say 401 to a token or JWT that is wrong, expired or missing."""
    return RefusalError(HTTPStatus.UNAUTHORIZED, message, headers={"WWW-Authenticate": 'Basic realm="practice forge"'})


def forbidden(message: str) -> RefusalError:
    """Say 403 to somebody who is known and may not."""
    return RefusalError(HTTPStatus.FORBIDDEN, message)


def not_for_apps() -> RefusalError:
    """Say 403 to an App whose installation lacks the permission."""
    return forbidden("Resource not accessible by integration")


def suspended() -> RefusalError:
    """Say 403 for an installation that its owner has suspended."""
    return forbidden("This installation has been suspended")


def unprocessable(message: str) -> RefusalError:
    """Say 422 in one plain sentence."""
    return RefusalError(HTTPStatus.UNPROCESSABLE_ENTITY, message)


def invalid_request(detail: str) -> RefusalError:
    """Say 422 as GitHub's schema check does, before anything of the request was looked at."""
    return unprocessable(f"Invalid request.\n\n{detail}")


def invalid(resource: str, field: str, code: str, message: str = "") -> RefusalError:
    """Say 422 `Validation Failed` about one field; `code` is GitHub's word, such as `missing_field`."""
    error = {"resource": resource, "field": field, "code": code}
    if message:
        error["message"] = message
    return RefusalError(HTTPStatus.UNPROCESSABLE_ENTITY, "Validation Failed", errors=[error])


def custom(resource: str, message: str) -> RefusalError:
    """Say 422 `Validation Failed` about the whole request, in a sentence of GitHub's."""
    error = {"resource": resource, "code": "custom", "message": message}
    return RefusalError(HTTPStatus.UNPROCESSABLE_ENTITY, "Validation Failed", errors=[error])
