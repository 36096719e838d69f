"""The webhook service as processes: nobody can hold it up, and nothing around it can change what it runs."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests
from stories.servers import free_port

from bot.web.hook import SILENCE_SECONDS

PROCESSES = 2
HEAD = "POST /webhooks/github HTTP/1.1\r\nHost: x\r\n"


class Service:
    """`codex-bot serve` beside a configuration that gunicorn's own program would run."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        (folder / "gunicorn.conf.py").write_text("open('executed', 'w')\n")
        self._folder = folder
        environment = {
            **os.environ,
            "CODEX_BOT_DATA_DIR": str(folder / "data"),
            "CODEX_BOT_GITHUB_WEBHOOK_SECRET": "of the test",
            "CODEX_BOT_WEB_PORT": str(self.port),
            "GUNICORN_CMD_ARGS": "--bind 127.0.0.1:1",
        }
        argv = [sys.executable, "-I", "-m", "actions", "serve"]
        with (folder / "web.log").open("wb") as log:
            self.main = subprocess.Popen(
                argv, env=environment, cwd=folder, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + 60
        while not self.answers() or len(self.processes()) < PROCESSES:
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.1)

    def answers(self) -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{self.port}/healthz", timeout=60).ok
        except requests.ConnectionError:
            return False

    def connect(self, sent: str = "") -> socket.socket:
        client = socket.create_connection(("127.0.0.1", self.port), timeout=SILENCE_SECONDS * 6)
        client.sendall(sent.encode())
        return client

    def processes(self) -> list[psutil.Process]:
        return psutil.Process(self.main.pid).children()

    def log(self) -> str:
        return (self._folder / "web.log").read_text()

    def end(self) -> None:
        try:
            os.killpg(self.main.pid, signal.SIGTERM)
            self.main.wait(60)
        except ProcessLookupError:
            pass


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    started = Service(tmp_path)
    try:
        yield started
    finally:
        started.end()
    assert not (tmp_path / "executed").exists()


def test_clients_that_fall_silent_hold_nobody_up_and_are_hung_up_on(service: Service) -> None:
    silent = {
        "before its request": service.connect(),
        "in its headers": service.connect(HEAD),
        "in its body": service.connect(f"{HEAD}Content-Length: 100\r\n\r\n{{"),
    }
    assert service.answers()
    heard = {}
    for name, client in silent.items():
        heard[name] = client.recv(1000)[:12]
        client.close()
    assert heard == {"before its request": b"", "in its headers": b"", "in its body": b"HTTP/1.1 408"}
    assert service.answers()


def test_a_head_without_an_end_is_cut_off(service: Service) -> None:
    with service.connect(HEAD) as client, pytest.raises(ConnectionError):
        client.sendall((b"x-header: " + b"x" * 990 + b"\r\n") * 100_000)
    assert service.answers()


def test_a_large_delivery_is_refused_before_it_is_sent(service: Service) -> None:
    with service.connect(f"{HEAD}Content-Length: 30000000\r\n\r\n") as client:
        assert client.recv(1000).startswith(b"HTTP/1.1 413")


def test_an_open_connection_does_not_hold_up_its_end(service: Service) -> None:
    with requests.Session() as session:
        assert session.get(f"http://127.0.0.1:{service.port}/healthz", timeout=60).ok
        began = time.monotonic()
        service.end()
        assert time.monotonic() - began < SILENCE_SECONDS
    assert "Traceback" not in service.log()


def test_when_its_main_process_is_killed_the_others_leave_the_port(service: Service) -> None:
    processes = service.processes()
    service.main.kill()
    _, left = psutil.wait_procs(processes, timeout=30)
    assert left == []


def test_a_process_that_is_killed_is_replaced(service: Service) -> None:
    (first, *_) = service.processes()
    first.kill()
    deadline = time.monotonic() + 30
    while first.pid in {one.pid for one in service.processes()} or len(service.processes()) < PROCESSES:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert service.answers()
