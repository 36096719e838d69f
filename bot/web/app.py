"""The Flask app: what people and probes see of the web service."""

from flask import Flask, Response, current_app, jsonify
from werkzeug.exceptions import HTTPException

from bot.errors import RetryableError
from bot.ledger import Ledger


def create_app(ledger: Ledger) -> Flask:
    """Build the pages."""
    app = Flask("codex-bot", static_folder=None)

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


def _away(error: RetryableError) -> tuple[Response, int]:
    current_app.logger.error("refused with 503: %s", error)
    return _answer(503, error="the ledger is away")


def _refused(error: HTTPException) -> tuple[Response, int]:
    return _answer(error.code or 500, error=error.name)


def _answer(code: int, /, **document: object) -> tuple[Response, int]:
    return jsonify(document), code
