"""Real Redis and PostgreSQL servers of the tests' own, on loopback or a socket, gone afterwards."""

import contextlib
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis


def free_port() -> int:
    """Choose a port on which nobody listens, for a server that is started a moment later.

    Not the kernel's choice: that comes from the range of outgoing connections, and one of those, of a test beside us,
    may take it before the server does.
    """
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = random.randrange(lowest // 2, lowest)
        with contextlib.suppress(OSError), socket.socket() as listener:
            listener.bind(("127.0.0.1", port))
            return port


@contextlib.contextmanager
def running_redis(folder: Path) -> Iterator[str]:
    """Run a Redis server that keeps nothing; yield its URL."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed (apt-get install redis-server)")
    port = free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    with subprocess.Popen([program, *options], stdout=subprocess.DEVNULL) as server:
        try:
            with redis.Redis(port=port) as client:
                _until(client.ping, redis.ConnectionError)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            server.terminate()


@contextlib.contextmanager
def running_postgres() -> Iterator[str]:
    """Run a PostgreSQL server that listens on a socket only; yield its URL.

    Its folder lies beside pytest's own ones, which other runs of pytest sweep away, and through which the account that
    PostgreSQL runs as cannot pass.
    """
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if not programs:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    with tempfile.TemporaryDirectory(prefix="codex-bot-postgres-", ignore_cleanup_errors=True) as folder:
        account = _postgres_account()
        if account is not None:
            os.chown(folder, account, account)
        initdb = [programs[0] / "initdb", "-D", f"{folder}/db", "-U", "tests", "--auth=trust", "--no-sync"]
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, user=account, cwd=folder)
        # What is not on the disk yet survives all but a power cut, and none is played here.
        options = ["-k", folder, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "full_page_writes=off"]
        argv = [programs[0] / "postgres", "-D", f"{folder}/db", *options]
        with subprocess.Popen(argv, stderr=subprocess.DEVNULL, user=account, cwd=folder) as server:
            url = f"postgresql://tests@/postgres?host={folder}"
            try:
                _until(lambda: psycopg.connect(url).close(), psycopg.OperationalError)
                yield url
            finally:
                server.send_signal(signal.SIGINT)  # its "fast" end: it does not wait for those still connected


def _postgres_account() -> int | None:
    """Return the uid that the server runs as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return pwd.getpwnam("postgres" if "postgres" in names else "nobody").pw_uid


def _until(answers: Callable[[], object], away: type[Exception]) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            answers()
        except away:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
