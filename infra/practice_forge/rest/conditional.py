"""Conditional requests: an answer that is known already is not sent, and not counted, again.

https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests
"""

import dataclasses
import hashlib
import json

from werkzeug.wrappers import Request

from infra.practice_forge.rest.calls import Reply


def encoded(reply: Reply) -> bytes:
    """Return the bytes of an answer's body."""
    if reply.body is None:
        return b""
    return reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body, ensure_ascii=False).encode()


def tagged(reply: Reply) -> Reply:
    """Return an answer with its body made bytes and the `ETag` that names them."""
    body = encoded(reply)
    tag = f'W/"{hashlib.sha256(body).hexdigest()}"'
    return dataclasses.replace(reply, body=body, headers={**reply.headers, "ETag": tag})


def not_modified(request: Request, reply: Reply) -> bool:
    """Return whether the asker says that it has this very answer."""
    return request.if_none_match.contains_weak(reply.headers["ETag"].removeprefix("W/").strip('"'))
