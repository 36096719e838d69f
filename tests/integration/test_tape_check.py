"""What fails a test: a request of the bot's, to whichever practice forge, that GitHub would not know."""

import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PLUGIN = """
from oracles.tape_check import TapeCheck

def pytest_configure(config):
    config.pluginmanager.register(TapeCheck())
"""
STORY = """
import requests
from infra.practice_forge.server import AppSpec, PracticeForge, new_app_key
from stories.practice_command import started

def test_beside():
    pass

def test_in_this_process(tmp_path):
    with PracticeForge(tmp_path, app=AppSpec(key_pem=new_app_key())) as forge:
        requests.get(f"{{forge.url}}/api/v3/{path}", headers={{"User-Agent": "{agent}"}})

def test_in_another(tmp_path):
    with started() as (_, address):
        requests.get(f"{{address}}/api/v3/{other}", headers={{"User-Agent": "{agent}"}})
"""
LATE = """
import pytest
from infra.practice_forge.state import Asked
from infra.practice_forge.tape import tapes

@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session):
    if session.testscollected:
        for tell in tapes():
            tell(Asked("GET", "/api/v3/nonsense", {}, "codex-bot", b""))
"""
GOOD, WRONG, UNKNOWN = "app", "app?colour=red", "nonsense"


def run(folder: Path, *, agent: str, path: str, other: str, workers: str = "0") -> tuple[int, str]:
    (folder / "conftest.py").write_text(PLUGIN)
    (folder / "test_story.py").write_text(STORY.format(agent=agent, path=path, other=other))
    return pytest_in(folder, workers)


def pytest_in(folder: Path, workers: str) -> tuple[int, str]:
    argv = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", workers, "-q", "-o", f"pythonpath={TESTS}"]
    done = subprocess.run([*argv, str(folder)], capture_output=True, text=True, check=False, cwd=folder)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_wrong_request_of_the_bots_fails_its_test(tmp_path: Path, workers: str) -> None:
    code, said = run(tmp_path, agent="codex-bot", path=WRONG, other=UNKNOWN, workers=workers)
    assert code == pytest.ExitCode.TESTS_FAILED
    assert "3 passed, 2 errors" in said
    assert "GET /app knows no parameter colour" in said
    assert "2 invalid (2 requests)" in said
    assert "GET /nonsense is no operation that is known" in said


def test_right_ones_are_counted(tmp_path: Path) -> None:
    code, said = run(tmp_path, agent="codex-bot", path=GOOD, other=GOOD)
    assert code == pytest.ExitCode.OK
    assert "GitHub requests checked: 1 of " in said
    assert "0 invalid (2 requests)" in said


def test_what_others_ask_is_their_own_affair(tmp_path: Path) -> None:
    code, said = run(tmp_path, agent="somebody", path=WRONG, other=UNKNOWN)
    assert code == pytest.ExitCode.OK
    assert "GitHub requests checked" not in said


@pytest.mark.parametrize("workers", ["0", "1"])
def test_one_that_comes_after_the_last_test_fails_the_run(tmp_path: Path, workers: str) -> None:
    (tmp_path / "conftest.py").write_text(PLUGIN + LATE)
    (tmp_path / "test_story.py").write_text("def test_nothing():\n    pass\n")
    code, said = pytest_in(tmp_path, workers)
    assert code == pytest.ExitCode.TESTS_FAILED
    assert "1 passed" in said
    assert "After the last test: GET /nonsense is no operation that is known" in said
