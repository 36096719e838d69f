"""The way to today's version of the tables."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from bot.ledger.version import noted_version, version_of

_LOCK = 0x0C0DE8  # PostgreSQL lets one of two processes that make the same table fail unless they queue here


def upgrade(engine: sa.Engine) -> None:
    """Bring the tables to today's version, all or nothing; safe to call from several processes at once."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        config = _config()
        config.attributes["connection"] = connection
        found = version_of(connection)
        if found is not None and noted_version(connection) is None:
            command.stamp(config, found)
        command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
