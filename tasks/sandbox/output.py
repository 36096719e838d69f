"""What a run printed: bounded while it comes in, harmless when it goes out."""

import collections
import re

FLOOD = 64
# Whole terminal sequences go, not only their first byte: CSI, OSC up to its end, other two-byte escapes.
_SEQUENCES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[@-Z\\^_]?")
# Control characters but tab and newline, and those that turn the direction of text around.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Output:
    """Keeps the first and the last half of `limit` bytes: causes stand at the top, summaries at the end."""

    def __init__(self, limit: int) -> None:
        self._half = max(limit // 2, 1)
        self._limit = limit
        self._head = bytearray()
        self._tail: collections.deque[bytes] = collections.deque()
        self._tail_bytes = 0
        self._total = 0

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes, a few tens of KiB at most."""
        self._total += len(chunk)
        room = self._half - len(self._head)
        self._head += chunk[:room]
        if rest := chunk[max(room, 0) :]:
            self._tail.append(rest)
            self._tail_bytes += len(rest)
        while self._tail and self._tail_bytes - len(self._tail[0]) >= self._half:
            self._tail_bytes -= len(self._tail.popleft())

    @property
    def is_flood(self) -> bool:
        """Whether so much came that nobody prints it in good faith."""
        return self._total > FLOOD * self._limit

    def text(self) -> str:
        """Return what was kept as harmless text, with a note where the middle is missing."""
        tail = b"".join(self._tail)[-self._half :]
        missing = self._total - len(self._head) - len(tail)
        note = f"\n[{missing} bytes left out]\n".encode() if missing else b""
        return clean((bytes(self._head) + note + tail).decode("utf-8", errors="replace"))


def clean(text: str) -> str:
    """Strip terminal sequences, control characters (but newline and tab) and direction marks."""
    return _CONTROLS.sub("", _SEQUENCES.sub("", text))
