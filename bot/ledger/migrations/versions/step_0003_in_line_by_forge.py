"""The queue in order of forges first, so that the jobs of one that is away are not looked at."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Replace one index; the version before works with either."""
    op.create_index("job_by_forge", "job", ["state", "forge", "tenant", "priority", "id"])
    op.drop_index("job_in_line", "job")
