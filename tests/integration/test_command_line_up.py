"""`codex-bot up`: the whole service of one machine, without the engine, from start to end."""

import contextlib
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

START = [sys.executable, "-I", "-m", "actions", "up"]
PATIENCE = 120.0  # seconds for three processes to load, on however busy a machine


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def environment(tmp_path: Path, port: int) -> dict[str, str]:
    return {
        **os.environ,
        "CODEX_BOT_DATA_DIR": str(tmp_path / "data"),
        "CODEX_BOT_GITHUB_WEBHOOK_SECRET": "a webhook secret",
        "CODEX_BOT_WEB_PORT": str(port),
        "CODEX_BOT_WORKER_SLOTS": "1",
        "http_proxy": "http://127.0.0.1:1",  # must not be asked for what runs here
    }


def up(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*START, *arguments], env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


class Service:
    """A running `codex-bot up` and what it has said so far."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self.log = log
        self._seen: set[psutil.Process] = set()

    def wait_for(self, words: str) -> str:
        deadline = time.monotonic() + PATIENCE
        while words not in (said := self.log.read_text()):
            assert self.process.poll() is None, said
            assert time.monotonic() < deadline, said
            time.sleep(0.05)
        return said

    def processes(self) -> set[psutil.Process]:
        """Return every process that it ever had here."""
        self._seen |= set(psutil.Process(self.process.pid).children(recursive=True))
        return self._seen

    def left(self) -> list[psutil.Process]:
        return psutil.wait_procs(list(self._seen), timeout=PATIENCE / 4)[1]


@pytest.fixture
def service(environment: dict[str, str], tmp_path: Path) -> Iterator[Service]:
    log = tmp_path / "log"
    with (
        log.open("wb") as said,
        subprocess.Popen([*START, "--no-engine"], env=environment, stdout=said, stderr=said) as process,
    ):
        yield Service(process, log)
        process.kill()


def until_ready(port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    with requests.Session() as session:
        session.trust_env = False
        while time.monotonic() < deadline:
            with contextlib.suppress(requests.ConnectionError):
                if session.get(f"http://127.0.0.1:{port}/readyz", timeout=30).ok:
                    return
            time.sleep(0.1)
    raise AssertionError("it never answered")


def test_it_runs_and_says_where_and_ends_without_a_trace(service: Service, port: int) -> None:
    said = service.wait_for("Ctrl-C ends all")
    assert [line for line in said.splitlines() if line.startswith("starting")] == [
        "starting web",
        "starting worker",
        "starting sweeper",
    ]
    assert f"webhooks  http://127.0.0.1:{port}/webhooks/github" in said
    assert "Comment `/codex implement` on an issue" in said
    until_ready(port)
    assert len(service.processes()) >= 3
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(60) == 0
    assert service.left() == []
    assert "Traceback" not in service.log.read_text()


def test_a_service_that_dies_comes_back(service: Service, port: int) -> None:
    service.wait_for("Ctrl-C ends all")
    ours = psutil.Process(service.process.pid).children()
    service.processes()
    next(process for process in ours if process.cmdline()[-1:] == ["serve"]).kill()
    service.wait_for("web ended (killed by signal 9), starting it again in 1 s")
    until_ready(port)
    service.processes()
    service.process.send_signal(signal.SIGINT)
    assert service.process.wait(60) == 0
    assert service.left() == []


def test_killed_it_takes_everything_along(service: Service) -> None:
    service.wait_for("Ctrl-C ends all")
    assert len(service.processes()) >= 3
    service.process.kill()
    service.process.wait(60)
    assert service.left() == []


def test_a_taken_port_is_said_before_anything_starts(environment: dict[str, str], port: int) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        done = up(environment, "--no-engine")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        f"error: web cannot listen on 127.0.0.1 port {port}: Address already in use",
        "hint: End what listens there, or set CODEX_BOT_WEB_PORT to another port.",
    ]


def test_a_taken_port_of_the_engine_offers_to_use_what_is_there(environment: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        environment["CODEX_BOT_MODEL_URL"] = f"http://127.0.0.1:{taken.getsockname()[1]}"
        done = up(environment)
    assert done.returncode == 1
    assert "engine cannot listen on 127.0.0.1 port" in done.stderr
    assert "--no-engine" in done.stderr


def test_an_engine_that_cannot_start_is_reported_and_nothing_is_left(
    environment: dict[str, str], tmp_path: Path, port: int
) -> None:
    environment["CODEX_BOT_MODEL_URL"] = f"http://127.0.0.1:{port + 1 if port < 65535 else port - 1}"
    done = up(environment, "--model", str(tmp_path / "gone.gguf"))
    assert (done.returncode, done.stdout) == (1, "")
    assert "gone.gguf" in done.stderr
    assert "error: engine did not start (exit code 1)" in done.stderr
    assert "starting web" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "changes", "complaint"),
    [
        (["--no-engine", "--model", "m.gguf"], {}, "--no-engine leaves it out"),
        ([], {"CODEX_BOT_MODEL_URL": "http://gpu.example:8080"}, "Add --no-engine"),
        ([], {"CODEX_BOT_MODEL_URL": "https://127.0.0.1:8080"}, "Add --no-engine"),
        (["--no-engine"], {"CODEX_BOT_GITHUB_WEBHOOK_SECRET": ""}, "no webhook secret is configured"),
        (["--no-engine"], {"CODEX_BOT_WEB_PORT": "many"}, "CODEX_BOT_WEB_PORT should be a valid integer"),
        (["--no-engine"], {"CODEX_BOT_WEB_PORT": "0"}, "Set a fixed one"),
    ],
)
def test_wrong_usage_or_settings_leave_with_2(
    environment: dict[str, str], arguments: list[str], changes: dict[str, str], complaint: str
) -> None:
    done = up({**environment, **changes}, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert complaint in done.stderr
    assert "starting" not in done.stderr
