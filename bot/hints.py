"""Wakes workers: a Celery message carries a job's id and nothing else, and may get lost."""

import contextlib
import threading
import time
from pathlib import Path
from typing import Any

from celery import Celery
from kombu.exceptions import OperationalError

TASK_NAME = "run_job"
QUEUE = "hints"
MOST_WAITING = 32  # hints that nobody has taken yet; workers go on by themselves once they are awake
PAUSE_SECONDS = 0.02  # between two looks at what is to be sent: in a flood, hints are sent by the handful

# Who sends a hint has somebody waiting, and the sweeper finds what could not be sent.
_SENDING = {"socket_timeout": 0.3, "socket_connect_timeout": 0.3, "max_retries": 0}
# Without a time-out a worker would listen to a half-open connection for ever.
_LISTENING = {"socket_timeout": 30, "socket_connect_timeout": 5}


def make_app(broker_url: str | None, data_dir: Path, *, sending: bool = False) -> Celery:
    """Make the Celery app that receives hints; without a URL, hints are files in the data folder.

    One that is made for `sending` gives up at once when the carrier is away.
    """
    app = Celery("codex-bot", set_as_current=False)
    app.conf.update(
        **(_over_redis(broker_url, sending=sending) if broker_url else _over_files(data_dir / "hints")),
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        task_default_queue=QUEUE,
        task_ignore_result=True,
        task_acks_late=False,  # the ledger's lease does what a late acknowledgement cannot
        task_serializer="json",
        accept_content=["json"],
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
    )
    return app


def _over_redis(url: str, *, sending: bool) -> dict[str, Any]:
    patience = _SENDING if sending else _LISTENING
    options = {"socket_keepalive": True, "health_check_interval": 25, **patience}
    return {"broker_url": url, "broker_transport_options": options}


def _over_files(folder: Path) -> dict[str, Any]:
    for name in ("queue", "control"):
        (folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
    options = {
        "data_folder_in": str(folder / "queue"),
        "data_folder_out": str(folder / "queue"),
        "control_folder": str(folder / "control"),
        "polling_interval": 0.03,  # the default sleeps a whole second between looks
    }
    # The transport decides; kombu only wants to see a URL with a host.
    return {
        "broker_url": "filesystem://localhost",
        "broker_transport": "bot.hint_files:Transport",
        "broker_transport_options": options,
    }


class Hints:
    """Sends hints, best effort: whatever gets lost here, the sweeper finds in the ledger."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    def send(self, job_id: int) -> bool:
        """Wake a worker for one job; False when the carrier is away."""
        try:
            self._app.send_task(TASK_NAME, args=[job_id], queue=QUEUE, retry=False)
        except (OperationalError, OSError):
            return False
        return True

    def waiting(self) -> int:
        """Return how many hints nobody has taken yet; 0 when the carrier cannot say."""
        with contextlib.suppress(OperationalError, OSError), self._app.connection_or_acquire() as connection:
            channel = connection.default_channel
            return int(channel.queue_declare(QUEUE, durable=True).message_count)
        return 0

    def reachable(self) -> bool:
        """Return whether the carrier answers now."""
        try:
            with self._app.connection_for_write() as connection:
                connection.ensure_connection(max_retries=1, timeout=5)
        except (OperationalError, OSError):
            return False
        return True


class Nudger:
    """Sends hints from a thread of its own: who takes something in does not wait for the carrier.

    The thread begins with the first hint, so that it lives in the process that sends it, whatever was forked before.
    """

    def __init__(self, hints: Hints) -> None:
        self._hints = hints
        self._lock = threading.Lock()
        self._asked = threading.Event()
        self._waiting: list[int] = []
        self._room = MOST_WAITING
        self._thread: threading.Thread | None = None

    def nudge(self, job_id: int) -> None:
        """Wake a worker for a job soon; returns at once."""
        with self._lock:
            self._waiting.append(job_id)
            if self._thread is None or not self._thread.is_alive():  # a fork takes no thread along
                self._thread = threading.Thread(target=self._send_for_ever, name="nudger", daemon=True)
                self._thread.start()
        self._asked.set()

    def _send_for_ever(self) -> None:
        while self._asked.wait():
            self._asked.clear()
            with self._lock:
                job_ids, self._waiting = self._waiting, []
            self._send(job_ids)
            time.sleep(PAUSE_SECONDS)

    def _send(self, job_ids: list[int]) -> None:
        # In a flood most hints would only say again what the first ones said.
        for job_id in job_ids:
            if self._room <= 0:
                self._room = MOST_WAITING - self._hints.waiting()
            if self._room <= 0 or not self._hints.send(job_id):
                return  # enough lie there, or the carrier is away; workers look into the ledger by themselves
            self._room -= 1
