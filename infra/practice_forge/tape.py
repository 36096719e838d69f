"""Writes down every request to the API where the environment names a folder for it: tests look what is asked.

An environment variable, because a bot that is tried as a whole starts the forge by itself, in another process.
"""

import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path

from infra.practice_forge.state import Asked

FOLDER = "PRACTICE_FORGE_TAPE"  # the variable


def tapes() -> list[Callable[[Asked], None]]:
    """Return what writes a request down: nothing, unless the environment names a folder."""
    folder = os.environ.get(FOLDER, "")
    return [Tape(Path(folder))] if folder else []


class Tape:
    """A file of JSON lines in `folder`; every process has its own, which only its owner may read."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / f"{os.getpid()}.jsonl"

    def __call__(self, asked: Asked) -> None:
        """Add one request. A body's bytes that are no UTF-8 stay what they are, as surrogates."""
        line = dataclasses.asdict(asked) | {"body": asked.body.decode(errors="surrogateescape")}
        # One write at the end of the file: threads and forges of one process do not mix their lines.
        handle = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, json.dumps(line).encode() + b"\n")
        finally:
            os.close(handle)
