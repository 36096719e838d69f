"""The whole web service as one ASGI application: deliveries to the hook, everything else to Flask."""

from collections.abc import Callable
from typing import Any, cast

from a2wsgi import WSGIMiddleware

from bot.forges.protocol import Hooks
from bot.ledger import Ledger
from bot.web.app import create_app
from bot.web.hook import PREFIX, Hook, Message, Receive, Send

_PAGE_THREADS = 8  # a page that waits for the database must not hold up a probe


def make_service(
    *, ledger: Ledger, hooks: Callable[[str], Hooks | None], hint: Callable[[int], object]
) -> Callable[[Message, Receive, Send], Any]:
    """Build the service; `hooks` and `hint` as in `Hook`."""
    hook = Hook(ledger=ledger, hooks=hooks, hint=hint)
    pages = cast("Any", WSGIMiddleware(cast("Any", create_app(ledger)), workers=_PAGE_THREADS))

    async def service(scope: Message, receive: Receive, send: Send) -> None:
        await (hook if scope["path"].startswith(PREFIX) else pages)(scope, receive, send)

    return service
