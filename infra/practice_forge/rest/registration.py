"""The end of a registration by manifest: the code becomes the App's key, once. And a word about this server."""

from http import HTTPStatus

from infra.practice_forge.refusals import not_found
from infra.practice_forge.registration import redeem
from infra.practice_forge.rest.calls import Call, Reply, Route
from infra.practice_forge.shapes import people


def convert(call: Call, code: str) -> Reply:
    """POST /app-manifests/{code}/conversions, by anybody who has the code."""
    if not redeem(call.forge, code):
        raise not_found()
    spec = call.forge.app
    secrets = {"client_secret": "0" * 40, "webhook_secret": spec.webhook_secret or None, "pem": spec.key_pem}
    return Reply(people.app(call.forge) | secrets, HTTPStatus.CREATED)


def meta(_call: Call) -> Reply:
    """GET /meta."""
    return Reply({"verifiable_password_authentication": True, "installed_version": "3.19.0"})


ROUTES = (
    Route("POST", "/app-manifests/<code>/conversions", convert),
    Route("GET", "/meta", meta),
)
