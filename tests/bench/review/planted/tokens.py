"""Makes up tokens that look like real ones, the same ones each time, checksums included."""

import base64
import random
import string
import zlib
from collections.abc import Mapping

_LETTERS = string.digits + string.ascii_uppercase + string.ascii_lowercase


def _letters(count: int, seed: str) -> str:
    return "".join(random.Random(seed).choices(_LETTERS, k=count))


def _github() -> str:
    """A personal access token ends with the CRC-32 of what stands before, in base 62."""
    body = _letters(30, "github")
    number, digits = zlib.crc32(body.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits = _LETTERS[digit] + digits
    return f"ghp_{body}{digits}"


def _private_key() -> str:
    body = base64.b64encode(random.Random("key").randbytes(1190)).decode()
    lines = [body[start : start + 64] for start in range(0, len(body), 64)]
    # In two pieces, or this file would be taken for a leak itself.
    return "\n".join(["-----BEGIN RSA " + "PRIVATE KEY-----", *lines, "-----END RSA " + "PRIVATE KEY-----"])


def _slack() -> str:
    team, hook = _letters(8, "team").upper(), _letters(10, "hook").upper()
    return f"https://hooks.slack.com/services/T{team}/B{hook}/{_letters(24, 'slack')}"


TOKENS: Mapping[str, str] = {
    "github": _github(),
    "private-key": _private_key(),
    "slack-webhook": _slack(),
    "postgres-url": f"postgres://shop:{_letters(18, 'postgres')}@db.acme-shop.net:5432/shop",
}
