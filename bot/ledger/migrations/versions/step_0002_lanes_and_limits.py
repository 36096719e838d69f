"""Lanes, priorities, cancelling, supersession, retries; what a tenant, an installation and a forge may still take."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add columns that the version before need not know, and three tables."""
    for column in (
        sa.Column("lane", sa.Text, nullable=False, server_default="work"),
        sa.Column("priority", sa.Integer, nullable=False, server_default="0"),
        sa.Column("quiet_since", sa.Double),
        sa.Column("round", sa.Integer, nullable=False, server_default="0"),
        sa.Column("cancelled_by", sa.Text, nullable=False, server_default=""),
        sa.Column("superseded_by", sa.Integer),
    ):
        op.add_column("job", column)
    op.add_column("effect", sa.Column("text", sa.Text, nullable=False, server_default=""))
    op.create_index("job_of_delivery", "job", ["delivery_id"])
    op.create_index("job_in_line", "job", ["state", "tenant", "priority", "id"])
    op.create_index("job_of_subject", "job", ["subject", "state"])
    op.drop_index("job_due", "job")
    op.drop_index("job_one_active_per_subject", "job")
    active = sa.text("state IN ('leased', 'publishing')")
    op.create_index(
        "job_one_active_per_subject",
        "job",
        ["subject", "lane"],
        unique=True,
        sqlite_where=active,
        postgresql_where=active,
    )
    op.create_table(
        "tenant",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("served_at", sa.Double, nullable=False),
    )
    op.create_table(
        "bucket",
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("period", sa.Double, primary_key=True),
        sa.Column("tokens", sa.Double, nullable=False),
        sa.Column("refilled_at", sa.Double, nullable=False),
    )
    op.create_table(
        "breaker",
        sa.Column("forge", sa.Text, primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("open_until", sa.Double, nullable=False),
    )
