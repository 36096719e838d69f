"""Rules for the whole suite."""

import gc
import os
import signal
from collections.abc import Generator, Iterator

import pytest
from oracles.tape_check import TapeCheck
from stories.servers import running_postgres, running_redis


def pytest_configure(config: pytest.Config) -> None:
    """Check what the bot asks of GitHub, and let Ctrl-C mean what it means at a terminal.

    A shell that starts us in the background makes it mean nothing.
    """
    config.pluginmanager.register(TapeCheck(), "tape-check")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage while thousands of tests are gathered, and leave them out of later searches: they stay."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no setting of the person who runs the tests reach the code under test."""
    for name in [name for name in os.environ if name.startswith("CODEX_BOT_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_redis(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with running_postgres() as url:
        yield url


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Where everything must be real (NO_SKIPS=1), a skipped test is a failure of the run."""
    gc.unfreeze()  # Hypothesis, which may be loaded only now, asks for referrers, and those left out are not told
    if os.environ.get("NO_SKIPS") != "1" or exitstatus != pytest.ExitCode.OK:
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say why a run without failures failed."""
    if os.environ.get("NO_SKIPS") == "1" and terminalreporter.stats.get("skipped"):
        terminalreporter.write_line("NO_SKIPS=1: the skipped tests above count as failures", red=True)
