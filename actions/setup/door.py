"""Proves that the public URL leads to this machine, before a forge is told to deliver there.

The bot itself cannot be asked: `codex-bot serve` does not start without the webhook's secret, which is what the set-up
is about to fetch; and a 200 from /healthz would only prove that some server answers. So the set-up stands in the bot's
place: it listens where `serve` will, and a riddle sent to the webhook's own path must come back solved. Only where
that port is taken is /healthz asked, which the bot that runs there answers.
"""

import contextlib
import dataclasses
import errno
import ipaddress
import secrets
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from urllib.parse import parse_qs, urlsplit

import requests

from actions.console import say
from bot.errors import RetryableError, UserError
from bot.settings import PREFIX

_SECONDS = 10
_LARGEST = 1 << 20  # bytes of a delivery; news are a few thousand

Takes = Callable[[Mapping[str, str], bytes], bool]


def ways_in(last: str) -> str:
    """Return what helps somebody whose machine the forge cannot reach; `last` is the way without a delivery."""
    return (
        "The forge must be able to reach it. Otherwise: a tunnel or relay that you trust (it reads what is delivered), "
        f"the bot in the same network as the forge, or {last}."
    )


class Door(ThreadingTCPServer):
    """Stands at the web service's address for the time of the set-up.

    It takes the deliveries that `takes` (headers in lower case, body) says yes to, which must ask nothing of the bot,
    and answers 503 to every other: the forge keeps those as failed, and they can be fetched or sent again.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, host: str, port: int, hook_path: str, takes: Takes) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.hook_path = hook_path
        self.takes = takes
        self.riddle, self.solution = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        super().__init__((host, port), _Handler)

    def handle_error(self, *_words: object) -> None:
        """Write nothing: strangers who hang up are no trouble."""


class _Handler(BaseHTTPRequestHandler):
    server: Door
    timeout = 10.0

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = parse_qs(parts.query).get("proof", [""])[0]
        known = parts.path == self.server.hook_path and secrets.compare_digest(asked, self.server.riddle)
        self._say(HTTPStatus.OK if known else HTTPStatus.NOT_FOUND, self.server.solution if known else "")

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        # Read, or else closing the connection would reset it under the answer.
        body = self.rfile.read(min(int(length), _LARGEST) if length.isdecimal() else 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        loses_nothing = self.path == self.server.hook_path and self.server.takes(headers, body)
        self._say(HTTPStatus.ACCEPTED if loses_nothing else HTTPStatus.SERVICE_UNAVAILABLE, "")

    def _say(self, status: HTTPStatus, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_words: object) -> None:
        """Write nothing."""


@contextlib.contextmanager
def open_door(host: str, port: int, hook_path: str, takes: Takes) -> Iterator[Door | None]:
    """Stand at the web service's address until the end of the block; None where something stands there already."""
    try:
        door = Door(host, port, hook_path, takes)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise UserError(
                f"The web service's address {host}:{port} cannot be used: {error.strerror}",
                mend=f"Set {PREFIX}WEB_HOST and {PREFIX}WEB_PORT to an address of this machine.",
            ) from error
        yield None
        return
    thread = threading.Thread(target=door.serve_forever, args=(0.1,), name="setup-door", daemon=True)
    thread.start()
    try:
        yield door
    finally:
        door.shutdown()
        thread.join()
        door.server_close()


@dataclasses.dataclass(frozen=True, slots=True)
class Stand:
    """Where deliveries shall arrive: `public_url` outside, host and port here; `ways` is what else could be done."""

    public_url: str
    host: str
    port: int
    hook_path: str
    ways: str
    ca_file: str = ""


@contextlib.contextmanager
def standing(stand: Stand, takes: Takes, *, proves: bool) -> Iterator[None]:
    """Prove that the public URL leads here if `proves`, and stand there until the end of the block."""
    with open_door(stand.host, stand.port, stand.hook_path, takes) as door:
        if proves:
            say(f"Making a round trip by {stand.public_url}")
            say(f"  {prove(stand, door)}")
        yield


def require_public(public_url: str, web_url: str, ways: str) -> None:
    """Raise `UserError` for an address that the forge at `web_url` can never reach."""
    host = urlsplit(public_url).hostname or ""
    forge = urlsplit(web_url).hostname or ""
    if forge.endswith((".ghe.com", "github.com", "gitlab.com")) and _is_private(host):
        raise UserError(f"{public_url} cannot be reached over the public Internet.", mend=ways)


def prove(stand: Stand, door: Door | None) -> str:
    """Make the round trip, and return how it went in one line.

    Raises `UserError` where the address leads elsewhere, `RetryableError` where nobody answers there.
    """
    url = stand.public_url
    if door is not None:
        answer = _get(stand, f"{stand.hook_path}?proof={door.riddle}")
        if answer.text != door.solution:
            raise _leads_elsewhere(url, answer, f"port {stand.port} of this machine")
        return f"{url} leads here (proved by a round trip)"
    answer = _get(stand, "/healthz")
    if answer.status_code != HTTPStatus.OK or "alive" not in answer.text:
        raise _leads_elsewhere(url, answer, f"the program on port {stand.port}, which is taken, or that is not the bot")
    return f"a Codex Bot answers at {url}"


def _get(stand: Stand, path: str) -> requests.Response:
    url = stand.public_url
    try:
        # No redirect, since no forge follows one; `auth`: or else requests would send what ~/.netrc holds.
        return requests.get(
            f"{url}{path}",
            timeout=_SECONDS,
            allow_redirects=False,
            auth=lambda request: request,
            verify=stand.ca_file or True,
        )
    except requests.exceptions.SSLError as error:
        raise UserError(
            f"The certificate of {_base(url)} is not trusted, and the forge would not trust it either.",
            mend="Give the reverse proxy a certificate that is valid for this name, with its whole chain.",
        ) from error
    except requests.Timeout as error:
        raise RetryableError(f"{_base(url)} did not answer within {_SECONDS} s. {stand.ways}") from error
    except requests.RequestException as error:
        raise RetryableError(f"{_base(url)} cannot be reached ({type(error).__name__}). {stand.ways}") from error


def _leads_elsewhere(public_url: str, answer: requests.Response, here: str) -> UserError:
    target = answer.headers.get("Location", "")
    how = f"a redirect to {target}" if target else f"HTTP {answer.status_code}"
    return UserError(
        f"{public_url} answers with {how}, and does not lead to {here}.",
        mend=f"Let your reverse proxy pass it on, or set {PREFIX}WEB_HOST and {PREFIX}WEB_PORT to where it leads. "
        "Where only this machine cannot see its own public address, add --unproved.",
    )


def _base(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _is_private(host: str) -> bool:
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal", ".invalid")) or "." not in host:
        return ":" not in host or not ipaddress.ip_address(host).is_global
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False
