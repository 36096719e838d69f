"""What the bot is measured against is installed once into the cache, never into the project."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

_SHAPES = Path(__file__).parent / "anchors"


class BenchError(Exception):
    """The benchmark cannot go on, or what it measured is worth nothing; the text says why."""


def cached(name: str, fill: Callable[[Path], None]) -> Path:
    """Return the anchor's folder in the cache; installs it when it is not there as it stands in the project."""
    shape = _SHAPES / name
    text = b"".join(path.read_bytes() for path in sorted(shape.iterdir()) if path.is_file())
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "codex-bot-bench"
    folder = cache / f"{name}-{hashlib.sha256(text + sys.version.encode()).hexdigest()[:12]}"
    if not (folder / "complete").exists():
        print(f"installing the anchor {name} into {folder}", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(shape, folder, ignore=shutil.ignore_patterns("__pycache__"))
        fill(folder)
        (folder / "complete").touch()
    return folder


def run(argv: Sequence[str], folder: Path) -> None:
    """Run a step of an installation."""
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode != 0:
        raise BenchError(f"{' '.join(argv[:3])} failed: {(done.stdout + done.stderr)[-1000:]}")
