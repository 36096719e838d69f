"""The end of a CI job's log as people and models read it. Pure."""

import re
from collections.abc import Iterable

from bot.errors import UserError

# Control sequences of terminals: colours and cursor, titles and links, device strings, and the short ones (ECMA-48).
_CONTROL = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_][^\x1b]*\x1b\\|[ -/]*[0-~])")
# GitHub's time stamps, and GitLab's, which name the stream behind.
_STAMP = re.compile(r"^\ufeff?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z (?:[0-9a-f]{2}[OE][ +])?", re.MULTILINE)
_SECTION = re.compile(r"section_(?:start|end):\d{1,20}:[^\r\n]{0,300}\r")  # what GitLab folds
_OTHER = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def tail(chunks: Iterable[bytes], last_bytes: int) -> bytes:
    """Return the last whole lines of a stream, at most `last_bytes` bytes of it and never much more in memory.

    One line that is longer than that is cut at its beginning.
    """
    kept, is_cut = bytearray(), False
    for chunk in chunks:
        kept += chunk
        if len(kept) > last_bytes:
            is_cut = True
            del kept[: len(kept) - last_bytes]
    start = kept.find(b"\n") + 1 if is_cut else 0
    return bytes(kept[start:]) or bytes(kept)


def readable(raw: bytes) -> str:
    """Return a log as text: what is no UTF-8 replaced; control sequences, time stamps and overwritten text left out."""
    text = _CONTROL.sub("", raw.decode("utf-8", "replace"))
    text = _SECTION.sub("", _STAMP.sub("", text))
    lines = (line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    return _OTHER.sub("", "\n".join(lines))


def log_end(chunks: Iterable[bytes], job_id: str, last_bytes: int) -> str:
    """Return the readable end of a log; raises `UserError` when there is nothing in it."""
    raw = tail(chunks, last_bytes)
    if not raw.strip():
        raise log_is_gone(job_id)
    return readable(raw)


def log_is_gone(job_id: str) -> UserError:
    """Return what to raise where a forge no longer has a log."""
    return UserError(
        f"The log of job {job_id} is gone.",
        mend="Forges keep logs for a while only: run the job again, then ask once more.",
    )


def checked_job(job_id: str) -> str:
    """Return a job's id, or raise `UserError` for a text that is none: it becomes part of an address."""
    if not (job_id.isascii() and job_id.isdigit()):
        raise UserError(f"{job_id!r} is no job.", mend="Jobs are called by their numbers.")
    return job_id
