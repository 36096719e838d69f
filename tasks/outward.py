"""What a process of the working half shows to those who run it: its log, and that it lives."""

import logging
from pathlib import Path

from bot.forges.registry import CHATTY

READY = "ready for jobs"  # in the log of a worker once it hears hints


def log_to_stderr() -> None:
    """Write our own lines, and of our libraries only their warnings."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    # Celery sets the root's level for itself, above what we tell about jobs.
    for name in ("bot", "tasks"):
        logging.getLogger(name).setLevel(logging.INFO)
    # These log every request; what matters of it is in our own lines.
    for name in ("alembic", *CHATTY, "httpx2", "httpcore2"):
        logging.getLogger(name).setLevel(logging.WARNING)


def signs_of_life(data_dir: Path, names: str) -> Path:
    """Return the folder in which processes show that they live, without the files that such ones left there before."""
    folder = data_dir / "alive"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in folder.glob(names):
        left.unlink(missing_ok=True)
    return folder
