"""The page on loopback that sends a manifest to the forge with the person's browser, and hears what came of it.

Python's own server is enough for two pages: Flask belongs to the web service, werkzeug to the practice forge.
"""

import contextlib
import hmac
import html
import json
import secrets
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, InvalidStateError
from concurrent.futures import TimeoutError as TooLateError
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bot.errors import CodexBotError, UserError

_OUTCOME_SECONDS = 60.0  # how long the browser waits for what came of its code
_LOOPBACK = {"127.0.0.1", "localhost"}
_STYLE = "body{font:1rem/1.5 system-ui;max-width:40rem;margin:3rem auto;padding:0 1rem}button{font:inherit}"
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,"><title>Codex Bot</title><style nonce="{nonce}">{style}</style>
<main><h1>{title}</h1>{body}</main></html>"""
_GONE = (HTTPStatus.GONE, "This link is used", "Start the set-up again to get a new one.")


class SetupPage(ThreadingTCPServer):
    """One registration. `link` opens it; `code` is what the forge's redirect brings, or the error that it brought.

    Whoever has the code tells the browser where to go next by `send_on` or `tell`. The link and the state of the
    redirect are random and good for this registration alone.
    """

    # Not http.server's own class: that one asks the DNS for the host's name first, which may take its time.
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        self.code: Future[str] = Future()
        self.state = secrets.token_urlsafe(24)
        self.form_address = ""
        self.manifest: Mapping[str, Any] = {}
        self._token = secrets.token_urlsafe(24)
        self._outcome: Future[str] = Future()
        self._told = threading.Event()
        try:
            super().__init__(("127.0.0.1", port), _Handler)
        except OSError as error:
            raise UserError(
                f"The page of the set-up cannot listen on port {port}: {error.strerror}",
                mend="Give another one with --page-port, or leave it out to take a free one.",
            ) from error

    @property
    def port(self) -> int:
        """Return the port on loopback."""
        return int(self.server_address[1])

    @property
    def link(self) -> str:
        """Return the address of the form."""
        return f"http://127.0.0.1:{self.port}/{self._token}"

    @property
    def redirect_url(self) -> str:
        """Return where the forge sends the browser back to."""
        return f"{self.link}/done"

    def offer(self, manifest: Mapping[str, Any], form_address: str) -> None:
        """Say what the form sends, and where."""
        self.manifest, self.form_address = manifest, form_address

    @contextlib.contextmanager
    def serving(self) -> Iterator[None]:
        """Serve until the end of the block; a browser that waits then gets its answer first."""
        thread = threading.Thread(target=self.serve_forever, args=(0.1,), name="setup-page", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self.tell("The set-up has ended. The terminal says why.")
            if self.code.done():
                self._told.wait(2.0)
            self.shutdown()
            thread.join()
            self.server_close()

    def send_on(self, url: str) -> None:
        """Let the browser go on to `url`."""
        with contextlib.suppress(InvalidStateError):
            self._outcome.set_result(url)

    def tell(self, text: str) -> None:
        """Show the browser what went wrong."""
        with contextlib.suppress(InvalidStateError):
            self._outcome.set_exception(UserError(text))

    def answer(self, path: str, query: Mapping[str, list[str]]) -> tuple[int, str, str]:
        """Return status, title and text of a page; with status 303 the text is where to go."""
        if hmac.compare_digest(path.encode(), f"/{self._token}".encode()):
            return self._form()
        if hmac.compare_digest(path.encode(), f"/{self._token}/done".encode()):
            return self._redirected(query)
        return HTTPStatus.NOT_FOUND, "Nothing here", "Open the link that the terminal printed."

    def handle_error(self, *_words: object) -> None:
        """Write nothing: a browser that hangs up is no trouble."""

    def answered(self) -> None:
        """Remember that the browser has what it waited for."""
        self._told.set()

    def _form(self) -> tuple[int, str, str]:
        return _GONE if self.code.done() else (HTTPStatus.OK, "Make the App", "")

    def _redirected(self, query: Mapping[str, list[str]]) -> tuple[int, str, str]:
        is_ours = hmac.compare_digest(query.get("state", [""])[0].encode(), self.state.encode())
        try:
            if is_ours:
                self.code.set_result(query.get("code", [""])[0])
            else:
                self.code.set_exception(_not_ours())
        except InvalidStateError:
            return _GONE
        if not is_ours:
            return HTTPStatus.FORBIDDEN, "Not ours", "This answers another registration. The terminal says what to do."
        try:
            return HTTPStatus.SEE_OTHER, "", self._outcome.result(_OUTCOME_SECONDS)
        except CodexBotError as error:
            return HTTPStatus.BAD_GATEWAY, "That did not work", str(error)
        except TooLateError:
            return HTTPStatus.GATEWAY_TIMEOUT, "That takes long", "The terminal says how it goes on."


def _not_ours() -> UserError:
    return UserError(
        "The browser came back with a state that this set-up did not send.",
        mend="Start again, and open nothing but the link that the terminal prints.",
    )


class _Handler(BaseHTTPRequestHandler):
    server: SetupPage
    timeout = 10.0

    def do_GET(self) -> None:
        if urlsplit(f"//{self.headers.get('Host', '')}").hostname not in _LOOPBACK:
            # It is how a foreign page reaches here by DNS rebinding.
            self._page(HTTPStatus.MISDIRECTED_REQUEST, "Nothing here", "This page answers to loopback names only.")
            return
        parts = urlsplit(self.path)
        status, title, text = self.server.answer(parts.path, parse_qs(parts.query))
        if status == HTTPStatus.SEE_OTHER:
            self._send(status, b"", {"Location": text})
        else:
            self._page(status, title, text)
        if self.server.code.done():
            self.server.answered()

    def _page(self, status: int, title: str, text: str) -> None:
        nonce = secrets.token_urlsafe(16)
        body = self._form() if status == HTTPStatus.OK else f"<p>{html.escape(text)}</p>"
        page = _PAGE.format(nonce=nonce, style=_STYLE, title=html.escape(title), body=body)
        target = urlsplit(self.server.form_address)
        policy = (
            f"default-src 'none'; style-src 'nonce-{nonce}'; img-src data:; base-uri 'none'; frame-ancestors 'none'; "
            f"form-action {target.scheme}://{target.netloc}"
        )
        self._send(status, page.encode(), {"Content-Security-Policy": policy})

    def _form(self) -> str:
        wanted = self.server.manifest
        rows = "".join(
            f"<li>{html.escape(name)}: {level}</li>" for name, level in wanted["default_permissions"].items()
        )
        return (
            f"<p>The forge shows what the App may do, lets you change its name, and asks once more.</p><ul>{rows}</ul>"
            f'<form method="post" action="{html.escape(self.server.form_address)}">'
            f'<input type="hidden" name="manifest" value="{html.escape(json.dumps(wanted))}">'
            f"<button autofocus>Go on to {html.escape(urlsplit(self.server.form_address).netloc)}</button></form>"
        )

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        fixed = {
            "Content-Type": "text/html; charset=utf-8",
            "Cache-Control": "no-store",
            # The origin alone: the path is a secret, and with no-referrer browsers send our form from "null".
            "Referrer-Policy": "origin",
        }
        for name, value in (fixed | dict(headers) | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        """Write nothing: the path of a request is a secret."""
