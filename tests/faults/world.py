"""A whole service to be broken: practice forge, doors, workers, sweeper, ledger and hints, all on loopback."""

import contextlib
import dataclasses
import itertools
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import psycopg
import requests
import sqlalchemy as sa
from stories.servers import free_port, running_postgres

from actions.supervisor import console_script
from faults.door import Door
from faults.forge import Ask, ForgeProcess
from faults.nest import TESTS, Nest, environment, kill_group, with_us
from faults.points import Budget
from faults.redis_server import RedisServer
from faults.worker_program import Plan

LEASE, HEARTBEAT, SWEEP = 3.0, 0.5, 1.0
_OPEN = ("queued", "leased", "publishing")


class Kit:
    """What all worlds of one run share: the nest, and servers that are started when first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._stack = contextlib.ExitStack()
        self._numbers = itertools.count(1)
        self._postgres = ""

    def __enter__(self) -> Self:
        self.nest = self._stack.enter_context(Nest(self.folder))
        return self

    def __exit__(self, *_error: object) -> None:
        self._stack.close()

    def database(self) -> str:
        """Make an empty PostgreSQL database; return its URL. Skips where PostgreSQL is not installed."""
        if not self._postgres:
            self._postgres = self._stack.enter_context(running_postgres())
        name = f"world_{next(self._numbers)}"
        with psycopg.connect(self._postgres, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self._postgres.replace("/postgres?", f"/{name}?")

    def place(self, name: str) -> Path:
        """Make a folder for one world."""
        folder = self.folder / f"{name}-{next(self._numbers)}"
        folder.mkdir()
        return folder


@dataclasses.dataclass
class Process:
    """One process of the service. `start` returns its pid, `ended` how it ended; it is restarted while `wanted`."""

    name: str
    start: Callable[[], int]
    ended: Callable[[int], int | None]
    ready_url: str = ""
    pid: int = 0
    wanted: bool = True
    endings: int = 0

    def kill(self) -> None:
        kill_group(self.pid)


class World:
    """One service and its forge; a context manager. Ends everything that it started."""

    def __init__(self, kit: Kit, name: str, *, postgres: bool = False, redis: bool = False, owners: int = 40) -> None:
        self.kit = kit
        self.folder = kit.place(name)
        self.database = kit.database() if postgres else ""
        self.ledger_url = self.database.replace("postgresql://", "postgresql+psycopg://") or (
            f"sqlite:///{self.folder / 'bot' / 'ledger.db'}"
        )
        self.forge = ForgeProcess(self.folder / "forge", owners=owners)
        self.budget = Budget(self.folder / "bot" / "points")
        self.redis = RedisServer(self.folder / "redis") if redis else None
        self.broker = self.redis.url if self.redis else ""
        self.forge_url = ""
        secret = secrets.token_hex(16)
        self.door = Door(secret)
        self._secret_file = self.folder / "webhook"
        self._secret_file.write_text(secret)
        self._stack = contextlib.ExitStack()
        self._processes: list[Process] = []
        self._popen: dict[int, subprocess.Popen[bytes]] = {}
        self._lock = threading.RLock()
        self._over = threading.Event()
        self.engine = sa.create_engine(self.ledger_url, pool_pre_ping=True)

    def __enter__(self) -> Self:
        self._stack.enter_context(self.forge)
        self.forge_url = self.forge.url
        if self.redis:
            self._stack.enter_context(self.redis)
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._keeper.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._keeper.join()
        for process in self._processes:
            process.wanted = False
            process.kill()
        for popen in self._popen.values():
            popen.wait()
        self.engine.dispose()
        self._stack.close()

    # Processes

    def start_web(self, **settings: str) -> Process:
        """Start `codex-bot serve`, point the door at it as well, and wait until it is ready."""
        url = f"http://127.0.0.1:{free_port()}"
        argv = [*console_script(), "serve", "--port", url.rsplit(":", 1)[1]]
        process = self.run(f"web-{url[-5:]}", argv, settings, ready_url=f"{url}/readyz")
        self.wait_ready(process)
        self.door.urls = [*self.door.urls, url]
        return process

    def start_own_web(self, wall_file: Path | None = None, busy_seconds: float = 10.0) -> Process:
        """Start the same door with a wall clock and a patience that we choose."""
        port = free_port()
        told = [str(port), self.ledger_url, str(busy_seconds), str(wall_file or "")]
        argv = [sys.executable, str(TESTS / "faults" / "web_program.py"), *told]
        process = self.run("own-web", argv, {}, ready_url=f"http://127.0.0.1:{port}/readyz")
        self.wait_ready(process)
        self.door.urls = [*self.door.urls, f"http://127.0.0.1:{port}"]
        return process

    def start_sweeper(self) -> Process:
        return self.run("sweeper", [*console_script(), "sweep"], {})

    def start_worker(self, **changes: Any) -> Process:
        """Start a fault worker; `changes` are fields of its plan."""
        plan = self.plan(**changes)
        log = self.folder / "worker.log"
        return self._add(Process("worker", lambda: self.kit.nest.start(plan, log), self.kit.nest.ended))

    def plan(self, **changes: Any) -> Plan:
        """Return what a worker of this world is told."""
        plan = Plan(
            folder=str(self.folder / "bot"),
            ledger=self.ledger_url,
            broker=self.broker,
            forge_url=self.forge_url,
            key_file=str(self.forge.key_file),
            lease=LEASE,
            heartbeat=HEARTBEAT,
            sweep=SWEEP,
        )
        return dataclasses.replace(plan, **changes)

    def run(self, name: str, argv: Sequence[str], settings: Mapping[str, str], *, ready_url: str = "") -> Process:
        """Start a program with the settings of this world, and keep it alive."""

        def start() -> int:
            with (self.folder / f"{name}.log").open("ab") as log:
                popen = subprocess.Popen(
                    argv,
                    env=environment(**self.settings(), **settings),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    preexec_fn=with_us(),  # noqa: PLW1509  # see there
                )
            self._popen[popen.pid] = popen
            return popen.pid

        return self._add(Process(name, start, lambda pid: self._popen[pid].poll(), ready_url))

    def settings(self) -> dict[str, str]:
        """Return what connects the bot to this world."""
        settings = {
            "CODEX_BOT_DATA_DIR": str(self.folder / "bot"),
            "CODEX_BOT_GITHUB_URL": self.forge_url,
            "CODEX_BOT_GITHUB_APP_ID": "4242",
            "CODEX_BOT_GITHUB_APP_KEY_FILE": str(self.forge.key_file),
            "CODEX_BOT_GITHUB_WEBHOOK_SECRET_FILE": str(self._secret_file),
            "CODEX_BOT_LEASE_SECONDS": str(LEASE),
            "CODEX_BOT_HEARTBEAT_SECONDS": str(HEARTBEAT),
            "CODEX_BOT_SWEEP_SECONDS": str(SWEEP),
        }
        if self.database:
            settings["CODEX_BOT_DATABASE_URL"] = self.database
        if self.broker:
            settings["CODEX_BOT_BROKER_URL"] = self.broker
        return settings

    def _add(self, process: Process) -> Process:
        with self._lock:
            process.pid = process.start()
            self._processes.append(process)
        return process

    def _keep(self) -> None:
        while not self._over.wait(0.05):
            with self._lock:
                for process in self._processes:
                    if process.wanted and process.ended(process.pid) is not None:
                        kill_group(process.pid)  # what it left behind would hold its port
                        process.endings += 1
                        process.pid = process.start()

    def processes(self, name: str) -> list[Process]:
        """Return the processes of a kind, those that are gone for good too."""
        return [process for process in self._processes if process.name == name]

    def wait_ready(self, process: Process, seconds: float = 60.0) -> None:
        with requests.Session() as web:
            web.trust_env = False

            def answers() -> bool:
                with contextlib.suppress(requests.RequestException):
                    return web.get(process.ready_url, timeout=2).ok
                return False

            if not wait_for(answers, seconds):
                raise TimeoutError(f"{process.name} is not ready: {self.log_end(process.name)}")

    def stop(self, process: Process, number: signal.Signals = signal.SIGTERM, seconds: float = 60.0) -> bool:
        """Ask a process to end for good; return whether it did."""
        with self._lock:
            process.wanted = False
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, number)
        return wait_for(lambda: process.ended(process.pid) is not None, seconds)

    def log_end(self, name: str) -> str:
        file = self.folder / f"{name}.log"
        return file.read_text(errors="replace")[-1500:] if file.exists() else ""

    # The ledger, as anybody can read it

    def rows(self, sql: str, **values: Any) -> Sequence[sa.Row[Any]]:
        with self.engine.connect() as connection:
            return connection.execute(sa.text(sql), values).all()

    def unfinished(self) -> int:
        """Return how many jobs have not come to rest."""
        states = ", ".join(f"'{state}'" for state in _OPEN)
        return int(self.rows(f"SELECT count(*) FROM job WHERE state IN ({states})")[0][0])

    def wait_busy(self, seconds: float = 60.0) -> None:
        """Wait until some worker works on something."""
        wait_for(lambda: list((self.budget.folder / "now").iterdir()), seconds)

    def wait_done(self, seconds: float) -> bool:
        """Wait until every job has come to rest."""
        return wait_for(lambda: self.unfinished() == 0, seconds, every=0.2)

    def ask(self, text: str, count: int, *, owner: str = "") -> list[Ask]:
        return self.forge.ask(text, count, owner=owner)

    @contextlib.contextmanager
    def fed(self, *texts: str, backlog: int) -> Iterator[None]:
        """Keep so many jobs waiting for the workers while inside; of each kind in turn."""
        over, kinds = threading.Event(), itertools.cycle(texts)

        def feed() -> None:
            while not over.is_set():
                missing = max(0, backlog - self.unfinished())
                self.door.insist([ask for _ in range(missing) for ask in self.ask(next(kinds), 1)], over=over)
                over.wait(0.2)

        thread = threading.Thread(target=feed, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def wait_for(found: Callable[[], object], seconds: float, *, every: float = 0.05) -> bool:
    """Look again and again until something is found, or the time is up."""
    deadline = time.monotonic() + seconds
    while not found():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True
