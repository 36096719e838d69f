"""The ledger's tables as they are now; the same SQL on SQLite (3.35 or newer) and PostgreSQL.

`migrations/` makes them, step by step; a test holds the two together.
"""

import sqlalchemy as sa

metadata = sa.MetaData()

# Facts about the ledger itself, such as the anchor of its clock.
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
_ACTIVE_ONLY = sa.text("state IN ('leased', 'publishing')")

job = sa.Table(
    "job",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("delivery_id", sa.Integer, sa.ForeignKey("delivery.id")),
    sa.Column("forge", sa.Text, nullable=False),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),  # what may be worked on by one job of a lane at a time: repo#number
    sa.Column("lane", sa.Text, nullable=False, server_default="work"),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("argument", sa.Text, nullable=False, server_default=""),
    sa.Column("event", sa.Text, nullable=False),  # bot.events.Event as JSON
    sa.Column("dedupe_key", sa.Text, nullable=False, unique=True),
    sa.Column("priority", sa.Integer, nullable=False, server_default="0"),  # the lowest number comes first
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False, server_default=""),
    sa.Column("run_after", sa.Double, nullable=False),
    sa.Column("quiet_since", sa.Double),  # when the first of a series of pushes came that this job answers
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("lost_attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("round", sa.Integer, nullable=False, server_default="0"),  # how often a person asked to try again
    sa.Column("fence", sa.Integer, nullable=False, server_default="0"),
    sa.Column("lease_until", sa.Double, nullable=False, server_default="0"),
    sa.Column("worker", sa.Text, nullable=False, server_default=""),
    sa.Column("cancelled_by", sa.Text, nullable=False, server_default=""),  # who asked to stop it
    sa.Column("superseded_by", sa.Integer),
    sa.Column("created_at", sa.Double, nullable=False),
    sa.Column("started_at", sa.Double),
    sa.Column("done_at", sa.Double),
    sa.Column("tokens_in", sa.Integer, nullable=False, server_default="0"),
    sa.Column("tokens_out", sa.Integer, nullable=False, server_default="0"),
    # Few and telling: each index is written with every delivery.
    sa.Index("job_of_delivery", "delivery_id"),  # or each delivery that is forgotten is looked for in all jobs
    sa.Index("job_by_forge", "state", "forge", "tenant", "priority", "id"),
    sa.Index("job_of_subject", "subject", "state"),
    sa.Index(
        "job_one_active_per_subject",
        "subject",
        "lane",
        unique=True,
        sqlite_where=_ACTIVE_ONLY,
        postgresql_where=_ACTIVE_ONLY,
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
    sa.Column("text", sa.Text, nullable=False, server_default=""),  # the newest that it is to say, if it is edited
    sa.Column("fence", sa.Integer, nullable=False),
    sa.Column("changed_at", sa.Double, nullable=False),
)

# When a tenant's last job was begun: who has waited longest is next.
tenant = sa.Table(
    "tenant",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("served_at", sa.Double, nullable=False),
)

# How many content-creating calls an installation may still make; refilled as time goes by.
bucket = sa.Table(
    "bucket",
    metadata,
    sa.Column("scope", sa.Text, primary_key=True),
    sa.Column("period", sa.Double, primary_key=True),  # seconds that the forge counts over
    sa.Column("tokens", sa.Double, nullable=False),
    sa.Column("refilled_at", sa.Double, nullable=False),
)

# A forge that fails again and again is left alone until `open_until`.
breaker = sa.Table(
    "breaker",
    metadata,
    sa.Column("forge", sa.Text, primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("open_until", sa.Double, nullable=False),
)

# A review that was given, one for each job that gave one.
review = sa.Table(
    "review",
    metadata,
    sa.Column("job_id", sa.Integer, sa.ForeignKey("job.id"), primary_key=True),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("head", sa.Text, nullable=False),
    sa.Column("base", sa.Text, nullable=False),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("lines", sa.Text, nullable=False),  # the lines that it saw, as tasks.review.scope remembers them
    sa.Column("forge_ref", sa.Text, nullable=False),
    sa.Column("posted_at", sa.Double, nullable=False),
    sa.Index("review_of_subject", "subject", "job_id"),
)

# A finding that was told; the columns up to `last_head` are bot.memory.KeptFinding.
finding = sa.Table(
    "finding",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("category", sa.Text, nullable=False),
    sa.Column("severity", sa.Text, nullable=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("side", sa.Text, nullable=False),
    sa.Column("anchor", sa.Text, nullable=False),
    sa.Column("before", sa.Text, nullable=False),
    sa.Column("after", sa.Text, nullable=False),
    sa.Column("copies", sa.Integer, nullable=False),
    sa.Column("copy", sa.Integer, nullable=False),
    sa.Column("line", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("thread", sa.Text, nullable=False),
    sa.Column("first_head", sa.Text, nullable=False),
    sa.Column("last_head", sa.Text, nullable=False),
    sa.Column("job_id", sa.Integer, sa.ForeignKey("job.id"), nullable=False),  # the job that told it last
    sa.Column("told", sa.Integer, nullable=False),  # how often it was told
    sa.Column("returned", sa.Integer, nullable=False),  # how often of these it had been fixed before
    sa.Column("changed_at", sa.Double, nullable=False),
    sa.UniqueConstraint("subject", "fingerprint"),
)
