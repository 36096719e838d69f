"""A ledger as the first release left it: the first tables, a number in `meta`, and a job."""

import sqlalchemy as sa
from alembic import command

from bot.ledger import migrate

# What the first release wrote, word for word; its columns are those of the first step.
_DELIVERY = sa.text(
    "INSERT INTO delivery (forge, guid, kind, received_at, body) VALUES ('github', :guid, 'comment', :now, :body)"
    " RETURNING id"
)
_JOB = sa.text(
    "INSERT INTO job (delivery_id, forge, tenant, subject, kind, argument, event, dedupe_key, state, run_after,"
    " created_at) VALUES (:delivery, 'github', 'ann', :subject, 'implement', '', :event, :key, 'queued', :now, :now)"
    " RETURNING id"
)
_CLAIM = sa.text(
    "UPDATE job SET state = 'leased', worker = 'old', fence = fence + 1, lease_until = :until, attempts = attempts + 1,"
    " lost_attempts = lost_attempts + CASE WHEN state IN ('leased', 'publishing') THEN 1 ELSE 0 END,"
    " started_at = coalesce(started_at, :now)"
    " WHERE id = :job AND ((state = 'queued' AND run_after <= :now)"
    " OR (state IN ('leased', 'publishing') AND lease_until < :now)) RETURNING fence"
)
_FINISH = sa.text(
    "UPDATE job SET state = 'done', outcome = 'by the old code', done_at = :now WHERE id = :job AND fence = :fence"
)


def make_first_ledger(url: str, *, now: float = 1000.0) -> int:
    """Make the database at a URL as the first release did, with one job in it; return the job's id."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        config = migrate._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        # The first release knew no steps: it counted its schema by itself.
        connection.execute(sa.text("DROP TABLE alembic_version"))
        connection.execute(sa.text("INSERT INTO meta (name, value) VALUES ('schema_version', '1')"))
    engine.dispose()
    old = OldCode(url)
    job_id = old.take_in("first", "github:ann/kit#1", now)
    old.close()
    return job_id


class OldCode:
    """Code of the first release that is still at work on a ledger."""

    def __init__(self, url: str) -> None:
        self._engine = sa.create_engine(url)

    def take_in(self, guid: str, subject: str, now: float) -> int:
        with self._engine.begin() as connection:
            delivery = connection.execute(_DELIVERY, {"guid": guid, "now": now, "body": b"{}"}).scalar_one()
            values = {"delivery": delivery, "subject": subject, "event": "{}", "key": f"key of {guid}", "now": now}
            return int(connection.execute(_JOB, values).scalar_one())

    def claim(self, job_id: int, now: float) -> int | None:
        try:
            with self._engine.begin() as connection:
                return connection.execute(_CLAIM, {"job": job_id, "now": now, "until": now + 30}).scalar()
        except sa.exc.IntegrityError:  # another job of the same subject is being worked on
            return None

    def finish(self, job_id: int, fence: int, now: float) -> None:
        with self._engine.begin() as connection:
            assert connection.execute(_FINISH, {"job": job_id, "fence": fence, "now": now}).rowcount == 1

    def close(self) -> None:
        self._engine.dispose()
