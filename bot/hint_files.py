"""Hints as files in one folder: kombu's carrier, made safe against half-written and foreign files.

Kombu's own lets a reader see a file before its writer has filled it, and a worker that reads such a hint ends,
with every job that it was doing.
"""

import contextlib
import json
import logging
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import filesystem

_log = logging.getLogger(__name__)


class Channel(filesystem.Channel):
    """A hint appears under its name when it is whole, and belongs to the one who could remove it."""

    def _put(self, queue: str, payload: dict[str, Any], **_: Any) -> None:  # type: ignore[override]  # kombu's own word
        name = f"{time.time_ns()}_{uuid.uuid4()}.{queue}.msg"
        unfinished = Path(self.data_folder_out) / f".{name}"
        unfinished.write_text(json.dumps(payload), encoding="utf-8")
        unfinished.rename(unfinished.with_name(name))

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:  # noqa: ARG002  # kombu's
        for path in sorted(self._waiting(queue)):
            message = _take(path)
            if message is not None:
                return message
        raise Empty

    def _size(self, queue: str) -> int:
        return sum(1 for _ in self._waiting(queue))

    def _waiting(self, queue: str) -> Iterator[Path]:
        return (path for path in Path(self.data_folder_in).glob(f"[!.]*.{queue}.msg") if path.is_file())


class Transport(filesystem.Transport):
    """The carrier as Celery takes it.

    With an event loop, as Celery calls this, each child of a worker has a pipe of its own. Without one all share a
    queue, and a child that is killed while it waits there takes the queue's lock along: no child hears a hint any more.
    """

    Channel = Channel
    implements = filesystem.Transport.implements.extend(asynchronous=True)

    def register_with_event_loop(self, connection: Any, loop: Any) -> None:  # noqa: ARG002  # kombu's signature
        """Look for hints every `polling_interval` seconds."""
        loop.call_repeatedly(self.polling_interval, self._take_what_waits)

    def _take_what_waits(self) -> None:
        with contextlib.suppress(Empty):
            while True:
                self.cycle.get(self._deliver)  # type: ignore[union-attr]  # it is there from the beginning


def _take(path: Path) -> dict[str, Any] | None:
    """Take a hint away and return its message; None when another worker was faster, or when it is no hint."""
    content = b""
    try:
        with contextlib.suppress(PermissionError):
            content = path.read_bytes()
        path.unlink()
    except OSError:
        return None
    try:
        message = json.loads(content)
        if isinstance(message["body"], str) and message["properties"]["delivery_tag"]:
            return dict(message)
    except (ValueError, TypeError, KeyError):
        pass
    _log.warning("threw away %s, which is no hint", path.name)
    return None
