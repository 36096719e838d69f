"""The settings of the App's own webhook."""

import dataclasses
from http import HTTPStatus
from urllib.parse import urlsplit

from infra.practice_forge.refusals import RefusalError
from infra.practice_forge.rest.calls import Call, Reply, Route

HIDDEN = "********"


def get_config(call: Call) -> Reply:
    """GET /app/hook/config; the secret is never shown."""
    call.require_app()
    config = {"content_type": "json", "insecure_ssl": "0", "url": call.forge.webhook_url}
    return Reply(config | ({"secret": HIDDEN} if call.forge.app.webhook_secret else {}))


def change_config(call: Call) -> Reply:
    """PATCH /app/hook/config: another address, another secret."""
    call.require_app()
    fields, forge = call.fields(), call.forge
    url, secret = fields.text_or_none("url"), fields.text_or_none("secret")
    if url is not None:
        if urlsplit(url).scheme not in {"http", "https"}:
            raise RefusalError(HTTPStatus.UNPROCESSABLE_ENTITY, "Validation Failed", errors=["Url is invalid"])
        forge.webhook_url = url
    if secret is not None:
        forge.app = dataclasses.replace(forge.app, webhook_secret=secret)
        forge.hookshot.sign_with(secret, hook_id=forge.app.id)
    return get_config(call)


ROUTES = (
    Route("GET", "/app/hook/config", get_config),
    Route("PATCH", "/app/hook/config", change_config),
)
