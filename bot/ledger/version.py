"""Which version of the tables a database has, told without Alembic: every program of ours asks when it starts."""

import re
from pathlib import Path

import sqlalchemy as sa

_STEP = re.compile(r"step_([0-9]{4})_\w+\.py")


def versions() -> tuple[str, ...]:
    """Return the names of all versions that this code knows, the oldest first."""
    files = Path(__file__).with_name("migrations").joinpath("versions").iterdir()
    return tuple(sorted(found[1] for file in files if (found := _STEP.fullmatch(file.name))))


def version_of(connection: sa.Connection) -> str | None:
    """Return the version of the tables, or None for an empty database."""
    return noted_version(connection) or _version_before_steps(connection)


def noted_version(connection: sa.Connection) -> str | None:
    """Return the version that Alembic's own table names, or None."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def _version_before_steps(connection: sa.Connection) -> str | None:
    # The first release counted its schema in `meta`, and its 1 is our first step.
    if not sa.inspect(connection).has_table("meta"):
        return None
    number = connection.execute(sa.text("SELECT value FROM meta WHERE name = 'schema_version'")).scalar()
    return None if number is None else f"{int(number):04}"
