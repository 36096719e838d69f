"""The webhook service as a process: nobody can hold it up, and nothing around it can change what it runs."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from stories.servers import free_port


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """Run `codex-bot serve` with a single thread, beside a configuration that gunicorn's own program would run."""
    port = free_port()
    (tmp_path / "gunicorn.conf.py").write_text("open('executed', 'w')\n")
    environment = {
        **os.environ,
        "CODEX_BOT_DATA_DIR": str(tmp_path / "data"),
        "CODEX_BOT_GITHUB_WEBHOOK_SECRET": "of the test",
        "CODEX_BOT_WEB_PORT": str(port),
        "CODEX_BOT_WEB_THREADS": "1",
        "GUNICORN_CMD_ARGS": "--bind 127.0.0.1:1",
    }
    argv = [sys.executable, "-I", "-m", "actions", "serve"]
    with (tmp_path / "web.log").open("wb") as log:
        web = subprocess.Popen(argv, env=environment, cwd=tmp_path, stdout=log, stderr=log, start_new_session=True)
    try:
        deadline = time.monotonic() + 60
        while not _answers(port):
            assert time.monotonic() < deadline, (tmp_path / "web.log").read_text()
            time.sleep(0.1)
        yield port
    finally:
        os.killpg(web.pid, signal.SIGTERM)
        web.wait(60)
    assert not (tmp_path / "executed").exists()


def _answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=60).ok
    except requests.ConnectionError:
        return False


@pytest.mark.parametrize("sent", ["", "Content-Length: 100\r\n\r\n{"], ids=["in its headers", "in its body"])
def test_a_client_that_falls_silent_holds_nobody_up(port: int, sent: str) -> None:
    with socket.create_connection(("127.0.0.1", port)) as silent:
        silent.sendall(f"POST /webhooks/github HTTP/1.1\r\nHost: x\r\n{sent}".encode())
        time.sleep(0.5)  # until the one thread is at it
        assert _answers(port)
