"""A plugin for pytest: what the bot asks of the practice forge in any test, GitHub's own description must allow.

The forge writes every request down, in whichever process it runs. Those that the bot sent are told by its User-Agent,
which whatever plays a person, or provokes the forge, does not have. A wrong one fails the test that it came in.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from infra.practice_forge.tape import FOLDER
from oracles.github_openapi import complaints, operation_of, operations

AGENT = "codex-bot"
API = "/api/v3"  # GraphQL lies elsewhere, and the practice forge answers it by its schema
_TOLD = "github_requests"  # what a worker of xdist tells the one that it works for


class TapeCheck:
    """Reads after every test what has come onto the tape, and sums up at the end; under xdist, all workers together."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="tape-"))
        self._before = os.environ.get(FOLDER)
        os.environ[FOLDER] = str(self._folder)
        self._read: dict[Path, int] = {}  # how far each file has been read, in bytes
        self._asked = 0
        self._used: set[str] = set()
        self._wrong: list[str] = []
        self._late: list[str] = []  # the wrong ones that came after the last test

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self) -> Generator[None]:
        """Fail the test in which a wrong request came; this wraps the end of its fixtures too."""
        try:
            yield
        finally:
            found = self._listen()
            if found:
                pytest.fail("GitHub would not know what the bot asked:\n" + "\n".join(found), pytrace=False)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Hear what came after the last test, and tell whom this worker works for; no test can fail of it any more."""
        self._late += self._listen()
        told = getattr(session.config, "workeroutput", None)
        if told is not None:
            words = {"used": sorted(self._used), "wrong": self._wrong, "late": self._late}
            told[_TOLD] = {"asked": self._asked, **words}
        elif self._late and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Add what a worker heard; one that crashed has told nothing."""
        told = getattr(node, "workeroutput", {}).get(_TOLD)
        if told:
            self._asked += told["asked"]
            self._used |= set(told["used"])
            self._wrong += told["wrong"]
            self._late += told["late"]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say how much was checked, where anything was."""
        for wrong in self._late:
            terminalreporter.write_line(f"After the last test: {wrong}", red=True)
        if self._asked:
            count = f"{len(self._used)} of {len(operations())} operations, {len(self._wrong)} invalid"
            terminalreporter.write_line(f"GitHub requests checked: {count} ({self._asked} requests)")

    def pytest_unconfigure(self) -> None:
        """Leave the environment and the disk as they were."""
        os.environ.pop(FOLDER, None)
        if self._before is not None:
            os.environ[FOLDER] = self._before
        shutil.rmtree(self._folder, ignore_errors=True)

    def _listen(self) -> list[str]:
        """Return everything that is wrong with the requests that came since the last time."""
        found: list[str] = []
        for asked in self._new():
            if asked["agent"] == AGENT and asked["path"].startswith(f"{API}/"):
                found += self._heard(asked)
        self._wrong += found
        return found

    def _heard(self, asked: dict[str, Any]) -> list[str]:
        method, path = asked["method"], asked["path"].removeprefix(API)
        self._asked += 1
        self._used |= {operation_of(method, path) or ""} - {""}
        return complaints(method, path, asked["query"], json.loads(asked["body"]) if asked["body"] else None)

    def _new(self) -> list[dict[str, Any]]:
        lines: list[bytes] = []
        for file in sorted(self._folder.glob("*.jsonl")):
            with file.open("rb") as tape:
                tape.seek(self._read.get(file, 0))
                whole = tape.read().rpartition(b"\n")[0]
                self._read[file] = self._read.get(file, 0) + len(whole) + bool(whole)
            lines += whole.splitlines()
        return [json.loads(line) for line in lines]
