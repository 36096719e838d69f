"""Which version of the tables a database has, and the way to today's."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

_LOCK = 0x0C0DE8  # PostgreSQL lets one of two processes that make the same table fail unless they queue here


def versions() -> tuple[str, ...]:
    """Return the names of all versions that this code knows, the oldest first."""
    script = ScriptDirectory.from_config(_config())
    return tuple(reversed([revision.revision for revision in script.walk_revisions()]))


def version_of(connection: sa.Connection) -> str | None:
    """Return the version of the tables, or None for an empty database."""
    found = MigrationContext.configure(connection).get_current_revision()
    if found is None and sa.inspect(connection).has_table("meta"):
        return _version_before_steps(connection)
    return found


def _version_before_steps(connection: sa.Connection) -> str | None:
    # The first release counted its schema in `meta`, and its 1 is our first step.
    number = connection.execute(sa.text("SELECT value FROM meta WHERE name = 'schema_version'")).scalar()
    return None if number is None else f"{int(number):04}"


def upgrade(engine: sa.Engine) -> None:
    """Bring the tables to today's version, all or nothing; safe to call from several processes at once."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        config = _config()
        config.attributes["connection"] = connection
        found = version_of(connection)
        if found is not None and MigrationContext.configure(connection).get_current_revision() is None:
            command.stamp(config, found)
        command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
