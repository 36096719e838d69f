"""The ledger's tables; the same SQL on SQLite (3.35 or newer) and PostgreSQL."""

import sqlalchemy as sa

metadata = sa.MetaData()

# Raised with every change of the tables; a ledger written by a newer version is refused.
SCHEMA_VERSION = 1

meta = sa.Table(
    "meta",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

delivery = sa.Table(
    "delivery",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("forge", sa.Text, nullable=False),
    sa.Column("guid", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("received_at", sa.Double, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),  # zlib
    sa.UniqueConstraint("forge", "guid"),
)

ACTIVE = ("leased", "publishing")

job = sa.Table(
    "job",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("delivery_id", sa.Integer, sa.ForeignKey("delivery.id")),
    sa.Column("forge", sa.Text, nullable=False),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),  # what may be worked on by one job at a time: repo#number
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("argument", sa.Text, nullable=False, server_default=""),
    sa.Column("event", sa.Text, nullable=False),  # bot.events.Event as JSON
    sa.Column("dedupe_key", sa.Text, nullable=False, unique=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False, server_default=""),
    sa.Column("run_after", sa.Double, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("lost_attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("fence", sa.Integer, nullable=False, server_default="0"),
    sa.Column("lease_until", sa.Double, nullable=False, server_default="0"),
    sa.Column("worker", sa.Text, nullable=False, server_default=""),
    sa.Column("created_at", sa.Double, nullable=False),
    sa.Column("started_at", sa.Double),
    sa.Column("done_at", sa.Double),
    sa.Column("tokens_in", sa.Integer, nullable=False, server_default="0"),
    sa.Column("tokens_out", sa.Integer, nullable=False, server_default="0"),
    sa.Index("job_due", "state", "run_after"),
    sa.Index(
        "job_one_active_per_subject",
        "subject",
        unique=True,
        sqlite_where=sa.text("state IN ('leased', 'publishing')"),
        postgresql_where=sa.text("state IN ('leased', 'publishing')"),
    ),
    sqlite_autoincrement=True,  # a job's number is never given twice
)

step = sa.Table(
    "step",
    metadata,
    sa.Column("job_id", sa.Integer, sa.ForeignKey("job.id"), primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("fence", sa.Integer, nullable=False),
    sa.Column("output", sa.Text, nullable=False),
    sa.Column("done_at", sa.Double, nullable=False),
)

effect = sa.Table(
    "effect",
    metadata,
    sa.Column("job_id", sa.Integer, sa.ForeignKey("job.id"), primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("marker", sa.Text, nullable=False, unique=True),
    sa.Column("state", sa.Text, nullable=False),  # intent, confirmed
    sa.Column("forge_ref", sa.Text, nullable=False, server_default=""),
    sa.Column("fence", sa.Integer, nullable=False),
    sa.Column("changed_at", sa.Double, nullable=False),
)
