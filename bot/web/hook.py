"""Where deliveries come in: size, signature, commit, 202. An ASGI application, because every request counts here."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

from bot.errors import RetryableError
from bot.forges.protocol import Hooks
from bot.intake import Taken, answer, asks
from bot.ledger import Ledger, TakenIn, Wanted
from bot.web.batch import Batch

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

PREFIX = "/webhooks/"
LARGEST_DELIVERY = 25 * 1024 * 1024  # bytes; no forge sends more
MOST_HELD = 4 * LARGEST_DELIVERY  # of all deliveries that one process is reading
SILENCE_SECONDS = 5.0  # how long a client may say nothing in the middle of a delivery

_STATUS = {"accepted": 202, "duplicate": 200, "ignored": 200}
_log = logging.getLogger("gunicorn.error")


class _RefusedError(Exception):
    """A delivery that is not taken, with the status that says so; `unread`: the rest of it is not waited for."""

    def __init__(self, status: int, text: str, *, unread: bool = False) -> None:
        super().__init__(text)
        self.status = status
        self.headers = [(b"connection", b"close")] if unread else []
        if status == 405:  # noqa: PLR2004
            self.headers.append((b"allow", b"POST"))


class Hook:
    """`POST /webhooks/<forge>`. No business word in it: every decision is made in other rooms.

    `hooks` gives the listening half of a forge by the name in the path, `hint` wakes a worker.
    """

    def __init__(self, *, ledger: Ledger, hooks: Callable[[str], Hooks | None], hint: Callable[[int], object]) -> None:
        self._hooks = hooks
        self._hint = hint
        self._held = 0
        self._ledger: Batch[Wanted, TakenIn] = Batch(ledger.take_in_all)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it."""
        headers: list[tuple[bytes, bytes]] = []
        try:
            taken = await self._receive(scope, receive)
            status = _STATUS[taken.verdict]
            document = {"status": taken.verdict, "job": taken.job_id, "reason": taken.reason}
        except _RefusedError as refused:
            status, document, headers = refused.status, {"error": str(refused)}, refused.headers
        except RetryableError as error:
            # Never a 202 for what is not stored: the forge shows the failure and can deliver again.
            _log.error("refused with 503: %s", error)
            status, document = 503, {"error": "the ledger is away; deliver again"}
        body = json.dumps({name: value for name, value in document.items() if value}).encode()
        headers += [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _receive(self, scope: Message, receive: Receive) -> Taken:
        if scope["method"] != "POST":
            raise _RefusedError(405, "a delivery is a POST")
        forge = scope["path"].removeprefix(PREFIX)
        ear = self._hooks(forge)
        if ear is None:
            raise _RefusedError(404, f"no forge called {forge!r} is connected", unread=True)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        body = await self._read(headers, receive)
        if not ear.verify(headers, body):
            raise _RefusedError(401, "the signature is missing or wrong")
        try:
            event = ear.read(headers, body)
        except ValueError as error:
            raise _RefusedError(400, str(error)) from error
        asked = asks(event, body)
        if isinstance(asked, Taken):
            return asked
        taken = answer(await self._ledger.run(asked))
        if taken.job_id is not None:
            self._hint(taken.job_id)
        return taken

    async def _read(self, headers: dict[str, str], receive: Receive) -> bytes:
        """Return the request's body; what is too large is refused as soon as that is known."""
        if int(headers.get("content-length", 0)) > LARGEST_DELIVERY:
            raise _too_large()
        chunks: list[bytes] = []
        size = 0
        try:
            async for chunk in _chunks(receive):
                chunks.append(chunk)
                size += len(chunk)
                self._held += len(chunk)
                if size > LARGEST_DELIVERY:
                    raise _too_large()
                if self._held > MOST_HELD:
                    raise _RefusedError(503, "too many large deliveries at once; deliver again", unread=True)
        finally:
            self._held -= size
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _too_large() -> _RefusedError:
    return _RefusedError(413, "a delivery may hold 25 MB at most", unread=True)


async def _chunks(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        try:
            async with asyncio.timeout(SILENCE_SECONDS):
                message = await receive()
        except TimeoutError:
            raise _RefusedError(408, "the delivery broke off", unread=True) from None
        if message["type"] == "http.disconnect":
            raise _RefusedError(400, "the client went away", unread=True)
        more = message.get("more_body", False)
        yield message.get("body", b"")
