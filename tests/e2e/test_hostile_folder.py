"""Every entrance, started in a user's checkout that holds its own tasks.py, bot.py and actions.py, runs ours."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SHADOWS = ("tasks", "bot", "actions", "infra", "celeryconfig", "gunicorn_conf", "sitecustomize", "click", "json")
SCRIPT = Path(sys.prefix) / "bin" / "codex-bot"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in SHADOWS:
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'stolen')!r}, 'a').write({name!r} + '\\n')\n")
    (tmp_path / "gunicorn.conf.py").write_text(f"open({str(tmp_path / 'stolen')!r}, 'a').write('gunicorn.conf')\n")
    (tmp_path / "secret").write_text("a webhook secret")
    return tmp_path


def environment(checkout: Path) -> dict[str, str]:
    return {
        **os.environ,
        "CODEX_BOT_DATA_DIR": str(checkout / "data"),
        "CODEX_BOT_GITHUB_WEBHOOK_SECRET_FILE": str(checkout / "secret"),
        "CODEX_BOT_WEB_PORT": "0",
    }


def stolen(checkout: Path) -> str:
    path = checkout / "stolen"
    return path.read_text() if path.exists() else ""


def test_the_trap_itself_works(checkout: Path) -> None:
    subprocess.run([sys.executable, "-m", "tasks"], cwd=checkout, check=False, capture_output=True, timeout=60)
    assert "tasks" in stolen(checkout)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["jobs", "list"],
        ["doctor"],
        ["serve", "--help"],
        ["work", "--help"],
        ["engine", "--help"],
        ["practice-forge", "--help"],
        ["demo", "--help"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("start", [[str(SCRIPT)], [sys.executable, "-I", "-m", "actions"]], ids=["script", "module"])
def test_a_short_command_runs_ours(checkout: Path, start: list[str], arguments: list[str]) -> None:
    done = subprocess.run(
        [*start, *arguments],
        cwd=checkout,
        env=environment(checkout),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert stolen(checkout) == ""
    assert "Traceback" not in done.stderr
    assert done.stdout or done.stderr


@pytest.mark.parametrize("arguments", [["serve"], ["work", "--slots", "1"], ["sweep"]], ids=" ".join)
def test_a_service_runs_ours(checkout: Path, arguments: list[str]) -> None:
    process = subprocess.Popen(
        [str(SCRIPT), *arguments],
        cwd=checkout,
        env=environment(checkout),
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 60
        # The ledger is opened at the end of every service's start.
        while not (checkout / "data" / "ledger.db").exists() and time.monotonic() < deadline:
            assert process.poll() is None, process.communicate()
            time.sleep(0.1)
        time.sleep(1.5)
        assert process.poll() is None, process.communicate()
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.communicate(timeout=60)
    assert stolen(checkout) == ""
