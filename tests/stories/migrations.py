"""How a ledger of an older version becomes one of today, whatever database stands behind it."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from bot.errors import SettingsError
from bot.ledger import JobState, Lane, Lease, Ledger, open_ledger, schema
from stories.first_release import OldCode, make_first_ledger
from stories.ledger import claimant, delivery, request

UPGRADE = "import sys; from bot.ledger import open_ledger; open_ledger(sys.argv[1], upgrading=True).close()"


@contextlib.contextmanager
def opened(url: str, *, upgrading: bool = False) -> Iterator[Ledger]:
    with contextlib.closing(open_ledger(url, upgrading=upgrading)) as ledger:
        yield ledger


def execute(url: str, *statements: str) -> list[object]:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        results = [connection.execute(sa.text(statement)) for statement in statements]
        found = list(results[-1].scalars()) if results[-1].returns_rows else []
    engine.dispose()
    return found


def differences(ledger: Ledger) -> list[object]:
    """Return what the tables in the database and those in the code do not agree on."""
    with ledger._transaction(reading=True) as connection:
        options = {"compare_server_default": _default_differs}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), schema.metadata))


def _default_differs(  # in the order in which alembic hands them over
    _context: object, _found: object, column: Any, found: str | None, wanted: Any, _rendered: object
) -> bool:
    # Alembic's own comparison takes one empty string for another than the other.
    if column.primary_key:
        return False
    return (found or "").partition("::")[0].strip("()'") != (wanted.arg if wanted is not None else "")


class MigrationStories:
    """Subclasses give a fixture `url` of an empty database."""

    def test_the_steps_lead_to_the_tables_that_the_code_knows(self, url: str) -> None:
        with opened(url) as ledger:
            found = differences(ledger)
        assert found == [], found

    def test_the_first_releases_ledger_is_not_touched_without_being_asked(self, url: str) -> None:
        make_first_ledger(url)
        with pytest.raises(SettingsError, match=r"older version \(0001") as caught:
            open_ledger(url)
        assert "`codex-bot ledger upgrade`" in caught.value.mend
        assert execute(url, "SELECT count(*) FROM job") == [1]
        engine = sa.create_engine(url)
        assert not sa.inspect(engine).has_table("alembic_version")
        engine.dispose()

    def test_the_first_releases_ledger_is_brought_to_today_with_its_job(self, url: str) -> None:
        job_id = make_first_ledger(url)
        with opened(url, upgrading=True) as ledger:
            found = differences(ledger)
        assert found == [], found
        with opened(url) as ledger:
            job = ledger.claim(claimant())
            assert job is not None
            assert (job.id, job.lane, job.priority, job.round) == (job_id, Lane.WORK, 0, 0)
            ledger.finish(Lease(job.id, job.fence), outcome="done")
            assert ledger.take_in(delivery("first"), request()).duplicate
            assert (ledger.take_in(delivery("second"), request()).job_id or 0) > job_id

    def test_to_upgrade_what_is_of_today_changes_nothing(self, url: str) -> None:
        for _ in range(2):
            with opened(url, upgrading=True) as ledger:
                ledger.take_in(delivery(), request())
        with opened(url) as ledger:
            assert len(ledger.jobs()) == 1

    @pytest.mark.parametrize("upgrading", [False, True])
    def test_a_newer_ledger_is_always_refused(self, url: str, *, upgrading: bool) -> None:
        open_ledger(url).close()
        execute(url, "UPDATE alembic_version SET version_num = '9999'")
        with pytest.raises(SettingsError, match="newer version"):
            open_ledger(url, upgrading=upgrading)

    def test_processes_that_upgrade_at_the_same_time_do_it_once(self, url: str) -> None:
        job_id = make_first_ledger(url)
        argv = [sys.executable, "-c", UPGRADE, url]
        upgrades = [subprocess.Popen(argv, stderr=subprocess.PIPE, text=True) for _ in range(3)]
        errors = [upgrade.communicate(timeout=60)[1] for upgrade in upgrades]
        assert [upgrade.returncode for upgrade in upgrades] == [0, 0, 0], errors
        with opened(url) as ledger:
            assert ledger.due() == [job_id]

    def test_code_of_the_first_release_goes_on_beside_todays(self, url: str) -> None:
        make_first_ledger(url)
        old = OldCode(url)
        with opened(url, upgrading=True) as ledger:
            now = ledger.now()
            before = old.take_in("old-1", "github:ann/kit#2", now)
            ours = ledger.take_in(delivery("new"), request("new", "github:ann/kit#2")).job_id or 0
            fence = old.claim(before, now)
            assert fence == 1
            assert ledger.claim(claimant(), ours) is None, "one job of an issue at a time, whoever works on it"
            old.finish(before, fence, now)
            job = ledger.claim(claimant(), ours)
            assert job is not None
            after = old.take_in("old-2", "github:ann/kit#2", now)
            assert old.claim(after, now) is None
            ledger.finish(Lease(job.id, job.fence), outcome="done")
            taken = old.claim(after, now)
            assert taken is not None
            # What the old worker left, the new one takes over.
            execute(url, f"UPDATE job SET lease_until = 0 WHERE id = {after}")
            over = ledger.claim(claimant(), after)
            assert over is not None
            assert (over.state, over.lost_attempts, over.fence) == (JobState.LEASED, 1, taken + 1)
        old.close()
