"""The supervisor over tiny real processes: what dies comes back, what is ended leaves nothing behind."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from actions.supervisor import Service, Supervisor, Timing
from bot.errors import RetryableError, UserError

PATIENCE = 60.0  # seconds for what takes a moment, on however busy a machine
QUICK = Timing(first_pause=0.1, longest_pause=0.4, stable=3600.0, grace=1.0)
SLEEP = "import time; time.sleep(600)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); open('deaf', 'w'); time.sleep(600)"


def python(name: str, script: str, **more: object) -> Service:
    return Service(name, ["-I", "-c", script], {}, program=[sys.executable], **more)  # type: ignore[arg-type]


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, told: list[str]) -> Iterator[Supervisor]:
    with Supervisor(logs=tmp_path, tell=told.append, timing=QUICK) as made:
        yield made


def test_what_dies_is_restarted_with_growing_pauses(supervisor: Supervisor, told: list[str]) -> None:
    supervisor.start(python("sickly", "raise SystemExit(7)"))

    def enough() -> bool:
        supervisor.keep_alive()
        return len(told) >= 4

    until(enough)
    assert told[:4] == [
        f"sickly ended (exit code 7), starting it again in {pause} s" for pause in ("0.1", "0.2", "0.4", "0.4")
    ]


def test_what_lived_long_is_restarted_at_once(tmp_path: Path, told: list[str]) -> None:
    with Supervisor(logs=tmp_path, tell=told.append, timing=Timing(stable=0.0)) as supervisor:
        supervisor.start(python("steady", SLEEP))
        first = supervisor.pid("steady")
        os.kill(first, signal.SIGKILL)
        until(lambda: not is_alive(first))
        supervisor.keep_alive()
        assert told == ["steady ended (killed by signal 9), starting it again in 0 s"]
        assert supervisor.pid("steady") != first
        assert is_alive(supervisor.pid("steady"))


def test_the_others_are_left_alone(supervisor: Supervisor, told: list[str]) -> None:
    supervisor.start(python("steady", SLEEP))
    supervisor.start(python("sickly", "raise SystemExit(7)"))
    steady = supervisor.pid("steady")

    def twice() -> bool:
        supervisor.keep_alive()
        return len(told) >= 2

    until(twice)
    assert supervisor.pid("steady") == steady
    assert is_alive(steady)


def test_what_a_dead_service_left_behind_is_ended_before_the_restart(
    supervisor: Supervisor, tmp_path: Path, told: list[str]
) -> None:
    note = tmp_path / "grandchild"
    script = f"""
        import os, pathlib, subprocess, sys
        child = subprocess.Popen([sys.executable, "-I", "-c", {SLEEP!r}])
        pathlib.Path({str(note)!r}).write_text(str(child.pid))
        os._exit(1)
    """
    supervisor.start(python("careless", textwrap.dedent(script)))

    def noticed() -> bool:
        supervisor.keep_alive()
        return bool(told)

    first = [0]

    def left() -> bool:
        first[0] = int(note.read_text() or 0) if note.exists() else 0
        return first[0] > 0

    until(left)
    until(noticed)
    until(lambda: not is_alive(first[0]))


def test_the_end_leaves_nothing(supervisor: Supervisor, tmp_path: Path) -> None:
    note = tmp_path / "grandchild"
    script = f"""
        import pathlib, signal, subprocess, sys, time
        child = subprocess.Popen([sys.executable, "-I", "-c", {SLEEP!r}])
        pathlib.Path({str(note)!r}).write_text(str(child.pid))
        time.sleep(600)
    """
    supervisor.start(python("sleeper", SLEEP))
    supervisor.start(python("parent", textwrap.dedent(script)))
    until(lambda: note.exists() and bool(note.read_text()))
    pids = [supervisor.pid("sleeper"), supervisor.pid("parent"), int(note.read_text())]
    assert all(is_alive(pid) for pid in pids)
    supervisor.close()
    until(lambda: not any(is_alive(pid) for pid in pids))


def test_who_will_not_end_is_killed_after_the_grace_time(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start(python("stubborn", STUBBORN.replace("deaf", str(tmp_path / "deaf"))))
    until((tmp_path / "deaf").exists)
    pid = supervisor.pid("stubborn")
    os.kill(pid, signal.SIGTERM)
    time.sleep(0.2)
    assert is_alive(pid), "the control: it does not mind SIGTERM"
    supervisor.close()
    assert not is_alive(pid)


def test_a_service_is_waited_for_until_it_answers(supervisor: Supervisor) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    script = f"import http.server as h; h.test(h.SimpleHTTPRequestHandler, port={port}, bind='127.0.0.1')"
    web = python("web", script, ready_url=f"http://127.0.0.1:{port}/", ready_seconds=PATIENCE)
    assert supervisor.start(web)
    with socket.create_connection(("127.0.0.1", port), 10):
        pass


def test_a_proxy_of_the_machine_is_not_asked_for_what_runs_here(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    test_a_service_is_waited_for_until_it_answers(supervisor)


def test_a_service_that_ends_instead_is_reported_with_the_end_of_its_log(supervisor: Supervisor) -> None:
    script = "[print('line', n, flush=True) for n in range(30)]; raise SystemExit('the model file is broken')"
    with pytest.raises(UserError, match=r"engine did not start \(exit code 1\)") as caught:
        supervisor.start(python("engine", script, ready_url="http://127.0.0.1:1/", ready_seconds=PATIENCE))
    assert "the model file is broken" in caught.value.message
    assert "line 29" in caught.value.message
    assert "line 3\n" not in caught.value.message
    assert caught.value.mend


def test_a_service_that_is_never_ready_is_reported_with_the_end_of_its_log(supervisor: Supervisor) -> None:
    script = ["-c", "echo still loading; exec sleep 600"]
    engine = Service("engine", script, {}, "http://127.0.0.1:1/", ready_seconds=2.0, program=["/bin/sh"])
    with pytest.raises(RetryableError, match=r"engine was not ready after 2 s") as caught:
        supervisor.start(engine)
    assert "still loading" in str(caught.value)


def test_waiting_ends_when_everything_is_to_end(tmp_path: Path) -> None:
    over = threading.Event()
    with Supervisor(logs=tmp_path, tell=print, wait=over.wait, timing=QUICK) as supervisor:
        threading.Timer(0.2, over.set).start()
        assert not supervisor.start(python("engine", SLEEP, ready_url="http://127.0.0.1:1/", ready_seconds=3600.0))
        supervisor.watch()
        pid = supervisor.pid("engine")
    assert not is_alive(pid)


def test_a_killed_supervisor_takes_its_services_along(tmp_path: Path) -> None:
    note = tmp_path / "child"
    script = f"""
        import pathlib, sys, time
        from actions.supervisor import Service, Supervisor
        supervisor = Supervisor(logs=pathlib.Path({str(tmp_path)!r}), tell=print)
        supervisor.start(Service("sleeper", ["-I", "-c", {SLEEP!r}], {{}}, program=[sys.executable]))
        pathlib.Path({str(note)!r}).write_text(str(supervisor.pid("sleeper")))
        time.sleep(600)
    """
    with subprocess.Popen([sys.executable, "-I", "-c", textwrap.dedent(script)]) as process:
        until(lambda: note.exists() and bool(note.read_text()))
        child = int(note.read_text())
        assert is_alive(child)
        process.kill()
    until(lambda: not is_alive(child))


@pytest.mark.parametrize(("parent", "printed"), [("os.getppid()", "alive\n"), ("os.getppid() + 1", "")])
def test_who_was_orphaned_before_the_kernel_was_told_ends_by_itself(parent: str, printed: str) -> None:
    script = (
        "import ctypes, os; from actions.supervisor import end_with; "
        f"end_with({parent}, ctypes.CDLL(None).prctl); print('alive')"
    )
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == (printed, "")
