"""Signatures of webhooks as the Standard Webhooks specification has them, which GitLab follows."""

import base64
import binascii
import hashlib
import hmac
import secrets

PREFIX = "whsec_"
KEY_BYTES = 32


def key_of(token: str) -> bytes | None:
    """Return the key in a signing token, `whsec_` and the base64 of 32 bytes; None for anything else."""
    if not token.startswith(PREFIX):
        return None
    try:
        key = base64.b64decode(token.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == KEY_BYTES else None


def signature(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the value of `webhook-signature`; the signature is over the raw bytes of the body."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return f"v1,{base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()}"


def new_token() -> str:
    """Return a fresh signing token."""
    return PREFIX + base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
