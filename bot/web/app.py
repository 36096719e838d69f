"""The Flask app: raw deliveries in, 202 out; every decision is made in other rooms."""

from collections.abc import Callable

from flask import Flask, Response, current_app, jsonify, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from bot.errors import RetryableError
from bot.forges.protocol import Hooks
from bot.intake import Taken, take_in
from bot.ledger import Ledger

LARGEST_DELIVERY = 25 * 1024 * 1024  # GitHub's own cap

_STATUS = {"accepted": 202, "duplicate": 200, "ignored": 200}


def create_app(*, ledger: Ledger, hooks: Callable[[str], Hooks | None], hint: Callable[[int], object]) -> Flask:
    """Build the service.

    `hooks` gives the listening half of a forge by the name in the path, `hint` wakes a worker.
    """
    app = Flask("codex-bot", static_folder=None)
    # One byte more: a body that comes without its length is silently cut here.
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_DELIVERY + 1

    @app.post("/webhooks/<forge>")
    def receive(forge: str) -> tuple[Response, int]:
        ear = hooks(forge)
        if ear is None:
            return _answer(404, error=f"no forge called {forge!r} is connected")
        return _receive(ear, ledger, hint)

    @app.get("/healthz")
    def healthz() -> tuple[Response, int]:
        return _answer(200, status="alive")

    @app.get("/readyz")
    def readyz() -> tuple[Response, int]:
        ledger.ping()
        return _answer(200, status="ready")

    app.register_error_handler(RetryableError, _away)
    app.register_error_handler(HTTPException, _refused)
    return app


def _receive(ear: Hooks, ledger: Ledger, hint: Callable[[int], object]) -> tuple[Response, int]:
    headers = {name.lower(): value for name, value in request.headers}
    body = request.get_data(cache=False)
    if len(body) > LARGEST_DELIVERY:
        raise RequestEntityTooLarge
    if not ear.verify(headers, body):
        return _answer(401, error="the signature is missing or wrong")
    try:
        event = ear.read(headers, body)
    except ValueError as error:
        return _answer(400, error=str(error))
    taken = take_in(ledger, event, body)
    if taken.job_id is not None:
        hint(taken.job_id)
    return _verdict(taken)


def _verdict(taken: Taken) -> tuple[Response, int]:
    document = {"status": taken.verdict, "job": taken.job_id, "reason": taken.reason}
    return _answer(_STATUS[taken.verdict], **{name: value for name, value in document.items() if value})


def _away(error: RetryableError) -> tuple[Response, int]:
    # Never a 202 for what is not stored: the forge shows the failure and can deliver again.
    current_app.logger.error("refused with 503: %s", error)
    return _answer(503, error="the ledger is away; deliver again")


def _refused(error: HTTPException) -> tuple[Response, int]:
    if isinstance(error, RequestEntityTooLarge):
        return _answer(413, error="a delivery may hold 25 MB at most")
    return _answer(error.code or 500, error=error.name)


def _answer(code: int, /, **document: object) -> tuple[Response, int]:
    return jsonify(document), code
