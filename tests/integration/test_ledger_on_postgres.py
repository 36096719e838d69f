"""The ledger's stories, on a real PostgreSQL."""

import threading
from contextlib import closing
from urllib.parse import urlsplit

import psycopg
import pytest
from stories.ledger import LedgerStories
from stories.ledger_crowd import CrowdStories, OpeningStories
from stories.ledger_findings import FindingStories
from stories.ledger_intake import IntakeStories
from stories.ledger_machine import play
from stories.ledger_pace import PaceStories
from stories.ledger_policy import PolicyStories
from stories.migrations import MigrationStories

from bot.errors import SettingsError
from bot.ledger import Ledger, open_ledger


def fresh_database(postgres_url: str, *, like: str = "template1") -> str:
    """Make an empty database, or a copy of another one, and return its SQLAlchemy URL."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        (number,) = connection.execute("SELECT count(*) FROM pg_database").fetchone() or (0,)
        connection.execute(f"CREATE DATABASE ledger_{number} TEMPLATE {like}")
        # These stories cut no power, and commit some ten thousand times.
        connection.execute(f"ALTER DATABASE ledger_{number} SET synchronous_commit = off")
    return postgres_url.replace("postgresql://", "postgresql+psycopg://").replace("/postgres?", f"/ledger_{number}?")


@pytest.fixture(scope="module")
def empty_ledger(postgres_url: str) -> str:
    """Make the tables once; return the name of their database, for PostgreSQL to copy."""
    url = fresh_database(postgres_url)
    open_ledger(url).close()
    return urlsplit(url).path[1:]


class OnPostgres:
    @pytest.fixture
    def url(self, postgres_url: str, empty_ledger: str) -> str:
        return fresh_database(postgres_url, like=empty_ledger)


class TestJobsOnPostgres(OnPostgres, LedgerStories): ...


class TestIntakeOnPostgres(OnPostgres, IntakeStories): ...


class TestPolicyOnPostgres(OnPostgres, PolicyStories): ...


class TestFindingsOnPostgres(OnPostgres, FindingStories): ...


class TestPaceOnPostgres(OnPostgres, PaceStories): ...


class TestCrowdOnPostgres(OnPostgres, CrowdStories): ...


class TestOpeningOnPostgres(OpeningStories):
    @pytest.fixture
    def url(self, postgres_url: str) -> str:
        return fresh_database(postgres_url)


@pytest.mark.timeout(600)  # a game that is lost is played again and again, until its shortest form is found
def test_whatever_happens_the_ledger_does_what_the_model_says(postgres_url: str) -> None:
    with closing(open_ledger(fresh_database(postgres_url))) as ledger:
        play(ledger, games=30, moves=40)


class TestMigrationsOnPostgres(MigrationStories):
    @pytest.fixture
    def url(self, postgres_url: str) -> str:
        return fresh_database(postgres_url)


def test_processes_that_start_together_make_the_tables_once(postgres_url: str) -> None:
    url = fresh_database(postgres_url)
    opened: list[Ledger] = []
    threads = [threading.Thread(target=lambda: opened.append(open_ledger(url))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 6
    for ledger in opened:
        ledger.ping()
        ledger.close()


def test_a_server_that_is_away_is_a_clear_error_without_its_password() -> None:
    with pytest.raises(SettingsError) as caught:
        open_ledger("postgresql+psycopg://bot:hidden@127.0.0.1:1/ledger")
    assert "cannot be opened" in caught.value.message
    assert "hidden" not in caught.value.message
