"""The diff of a comparison as plain text, as far as GitHub gives it."""

from http import HTTPStatus

from infra.practice_forge.history import diff_bytes
from infra.practice_forge.refusals import RefusalError
from infra.practice_forge.repos import GitRepository
from infra.practice_forge.rest.calls import Reply

MOST_FILES = 300
MOST_LINES = 20_000


def diff_reply(git: GitRepository, start: str, head: str, *, resource: str) -> Reply:
    """Answer the media type `diff`; raises 406 for what GitHub finds too large."""
    raw = diff_bytes(git, start, head)
    # Only the head of a file stands at the very beginning of a line, all else after a sign.
    files = raw.count(b"\ndiff --git ") + raw.startswith(b"diff --git ")
    for found, most, what in ((files, MOST_FILES, "files"), (raw.count(b"\n"), MOST_LINES, "lines")):
        if found > most:
            error = {"resource": resource, "field": "diff", "code": "too_large"}
            message = f"Sorry, the diff exceeded the maximum number of {what} ({most})."
            raise RefusalError(HTTPStatus.NOT_ACCEPTABLE, message, errors=[error])
    return Reply(raw, media_type="application/vnd.github.diff; charset=utf-8")
