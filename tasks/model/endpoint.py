"""The address of a model server, apart from the secret that opens it."""

import base64
import dataclasses
import re
import urllib.parse

from bot.errors import UserError

_ROUTES = re.compile(r"(/v1)?(/chat/completions)?/*$")


@dataclasses.dataclass(frozen=True, slots=True)
class Endpoint:
    """`url` is the server's root without a trailing slash and without credentials: safe to show."""

    url: str
    authorization: str | None = dataclasses.field(default=None, repr=False)


def parse(url: str, token: str | None) -> Endpoint:
    """Read an address as people write it; a trailing `/v1` or `/v1/chat/completions` is cut off.

    A name and password inside the URL become a header, unless there is a token. Raises `UserError`
    for anything but http and https; the error does not repeat what may hold a password.
    """
    try:
        parts = urllib.parse.urlsplit(url.strip())
        host = parts.netloc.rpartition("@")[2]
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise UserError(
            "The address of the model server is not a URL that I can use.", mend="Write it like http://127.0.0.1:8322."
        )
    path = _ROUTES.sub("", parts.path)
    return Endpoint(
        url=f"{parts.scheme}://{host}{path}",
        authorization=f"Bearer {token}" if token else _basic(parts.username, parts.password),
    )


def _basic(name: str | None, password: str | None) -> str | None:
    if name is None:
        return None
    pair = f"{urllib.parse.unquote(name)}:{urllib.parse.unquote(password or '')}"
    return "Basic " + base64.b64encode(pair.encode()).decode()
