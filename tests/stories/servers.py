"""Real Redis and PostgreSQL servers of the tests' own, on loopback or a socket, gone afterwards."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


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
def running_postgres(folder: Path) -> Iterator[str]:
    """Run a PostgreSQL server that listens on a socket only; yield its URL."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if not programs:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    account = _postgres_account(folder)
    initdb = [programs[0] / "initdb", "-D", folder / "db", "-U", "tests", "--auth=trust", "--no-sync"]
    subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, user=account, cwd=folder)
    options = ["-k", str(folder), "-c", "listen_addresses="]
    argv = [programs[0] / "postgres", "-D", folder / "db", *options]
    with subprocess.Popen(argv, stderr=subprocess.DEVNULL, user=account, cwd=folder) as server:
        url = f"postgresql://tests@/postgres?host={folder}"
        try:
            _until(lambda: psycopg.connect(url).close(), psycopg.OperationalError)
            yield url
        finally:
            server.terminate()


def _postgres_account(folder: Path) -> int | None:
    """Return the uid that the server runs as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    account = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    os.chown(folder, account.pw_uid, account.pw_gid)
    for parent in folder.parents:
        # pytest makes its folders for their owner alone; the server must be able to pass through them.
        if parent.owner() == "root" and parent.name.startswith("pytest-"):
            parent.chmod(0o711)
    return account.pw_uid


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
