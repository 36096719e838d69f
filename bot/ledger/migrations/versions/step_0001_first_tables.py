"""The first tables: deliveries, jobs, steps, effects."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "meta",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("forge", sa.Text, nullable=False),
        sa.Column("guid", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("received_at", sa.Double, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("forge", "guid"),
    )
    op.create_table(
        "job",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("delivery_id", sa.Integer, sa.ForeignKey("delivery.id")),
        sa.Column("forge", sa.Text, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("argument", sa.Text, nullable=False, server_default=""),
        sa.Column("event", sa.Text, nullable=False),
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
        sqlite_autoincrement=True,
    )
    op.create_index("job_due", "job", ["state", "run_after"])
    active = sa.text("state IN ('leased', 'publishing')")
    op.create_index(
        "job_one_active_per_subject", "job", ["subject"], unique=True, sqlite_where=active, postgresql_where=active
    )
    op.create_table(
        "step",
        sa.Column("job_id", sa.Integer, sa.ForeignKey("job.id"), primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("output", sa.Text, nullable=False),
        sa.Column("done_at", sa.Double, nullable=False),
    )
    op.create_table(
        "effect",
        sa.Column("job_id", sa.Integer, sa.ForeignKey("job.id"), primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("marker", sa.Text, nullable=False, unique=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("forge_ref", sa.Text, nullable=False, server_default=""),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("changed_at", sa.Double, nullable=False),
    )
