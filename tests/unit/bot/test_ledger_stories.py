"""Stories of jobs; the same ones run on SQLite here and on PostgreSQL in the integration tests."""

import os
import resource
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from stories.fresh_ledger import empty_at
from stories.ledger import LedgerStories, claimant, delivery, request
from stories.ledger_crowd import CrowdStories, OpeningStories
from stories.ledger_findings import FindingStories
from stories.ledger_intake import IntakeStories, count, told, wanted
from stories.ledger_pace import PaceStories
from stories.ledger_policy import PolicyStories
from stories.migrations import MigrationStories

from bot.errors import RetryableError, SettingsError
from bot.ledger import Ledger, open_ledger


class OnSqlite:
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return empty_at(tmp_path / "ledger.db")


class TestJobsOnSqlite(OnSqlite, LedgerStories): ...


class TestIntakeOnSqlite(OnSqlite, IntakeStories): ...


class TestPolicyOnSqlite(OnSqlite, PolicyStories): ...


class TestFindingsOnSqlite(OnSqlite, FindingStories): ...


class TestPaceOnSqlite(OnSqlite, PaceStories): ...


class TestCrowdOnSqlite(OnSqlite, CrowdStories): ...


class TestOpeningOnSqlite(OpeningStories):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path / 'deep' / 'ledger.db'}"


class TestMigrationsOnSqlite(MigrationStories):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path / 'ledger.db'}"


def test_a_folder_that_cannot_hold_a_ledger_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").mkdir()
    with pytest.raises(SettingsError, match="cannot be opened"):
        open_ledger(f"sqlite:///{tmp_path}/ledger.db")


def test_a_file_that_is_no_database_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_text("a letter to ann\n" * 1000)
    with pytest.raises(SettingsError, match="cannot be opened"):
        open_ledger(f"sqlite:///{tmp_path}/ledger.db")


def test_a_full_disk_is_told_to_everybody_and_the_next_ones_are_kept(tmp_path: Path) -> None:
    ledger = open_ledger(f"sqlite:///{tmp_path}/ledger.db")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    room = (tmp_path / "ledger.db-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (room + 100, before[1]))
    try:
        assert told(ledger.take_in_all(wanted(*range(20)))) == ["RetryableError"] * 20
        with pytest.raises(RetryableError):
            ledger.take_in(*wanted(1)[0])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert count(ledger) == (0, 0)
    assert told(ledger.take_in_all(wanted(*range(20)))) == ["new"] * 20
    ledger.close()


def test_a_ledger_that_was_used_before_a_fork_is_used_after_it(tmp_path: Path) -> None:
    ledger = open_ledger(f"sqlite:///{tmp_path}/ledger.db")
    ledger.take_in(*wanted(1)[0])
    ledger.close()  # as whoever forks has to
    children = []
    for number in range(2, 5):
        child = os.fork()
        if child == 0:
            try:
                ledger.take_in(*wanted(number)[0])
                ledger.close()
            except BaseException:  # noqa: BLE001  # a child of the test must not go on as a second pytest
                os._exit(1)
            os._exit(0)
        children.append(child)
    ledger.take_in(*wanted(5)[0])
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0, 0]
    assert count(ledger) == (5, 5)
    ledger.close()


def test_a_database_that_stays_locked_is_away(tmp_path: Path) -> None:
    ledger = open_ledger(f"sqlite:///{tmp_path}/ledger.db", busy_seconds=0.05)
    with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(RetryableError, match="locked"):
            ledger.take_in(delivery(), request())
    ledger.close()


def test_a_ledger_whose_connections_are_all_taken_is_busy_not_wrong(tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path}/ledger.db", pool_size=1, max_overflow=0, pool_timeout=0.01)
    with engine.connect(), pytest.raises(RetryableError):
        Ledger(engine, lambda _connection: 0.0).ping()
    engine.dispose()


@pytest.mark.parametrize("kind", [sa.exc.InterfaceError, sa.exc.InternalError, sa.exc.DatabaseError])
def test_every_way_of_a_driver_to_say_that_the_database_is_away_is_understood(
    tmp_path: Path, kind: type[sa.exc.DBAPIError]
) -> None:
    ledger = open_ledger(f"sqlite:///{tmp_path}/ledger.db")
    with pytest.raises(RetryableError, match="gone"), ledger._transaction():
        raise kind("SELECT 1", {}, Exception("gone"))
    with pytest.raises(sa.exc.ProgrammingError), ledger._transaction():
        raise sa.exc.ProgrammingError("SELEKT 1", {}, Exception("a bug of ours"))
    ledger.close()


def test_a_database_that_breaks_later_is_away_not_wrong(tmp_path: Path) -> None:
    ledger = open_ledger(f"sqlite:///{tmp_path}/ledger.db")
    ledger.close()
    (tmp_path / "ledger.db").unlink()
    with pytest.raises(RetryableError):
        ledger.ping()
    ledger.close()


@pytest.mark.parametrize("away", [False, True], ids=["the forge answers", "the forge is away"])
def test_a_long_queue_costs_no_more_looks_than_a_short_one(tmp_path: Path, *, away: bool) -> None:
    def steps_of_a_claim(jobs: int) -> int:
        """Count what SQLite itself does for one claim and one look, in hundreds of its machine's instructions."""
        ledger = open_ledger(f"sqlite:///{tmp_path}/{jobs}.db")
        ledger.take_in_all(wanted(*range(jobs)))
        for _ in range(9 if away else 0):
            ledger.forge_failed("github")
        steps = []
        with ledger._engine.connect() as connection:
            raw = connection.connection.driver_connection
            assert raw is not None
            raw.set_progress_handler(lambda: steps.append(1), 100)
        assert (ledger.claim(claimant()) is None) == away
        assert (ledger.due() == []) == away
        ledger.close()
        return len(steps)

    assert steps_of_a_claim(2000) < 2 * steps_of_a_claim(100)
