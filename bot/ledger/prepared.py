"""Inserts of one to many rows that are put together once and handed to the driver as they are.

For the door's hot path alone: there SQLAlchemy's care for each execution costs several times what the database does.
"""

import functools
import itertools
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa


class PreparedInsert:
    """An INSERT with its conflict rule and its RETURNING; `names` are its columns in the order of the values."""

    def __init__(self, engine: sa.Engine, statement: Any, names: Sequence[str]) -> None:
        self._dialect = engine.dialect
        self._statement = statement
        self._names = tuple(names)
        self._text = functools.cache(self._compile)  # one text per number of rows

    def rows(self, connection: sa.Connection, values: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
        """Insert within the connection's transaction; return what the database says of the rows that went in."""
        text, parameters = self._text(len(values))
        flat = list(itertools.chain.from_iterable(values))
        given: Any = [flat[place] for _, place in parameters]
        if self._dialect.positional is False:
            given = dict(zip((name for name, _ in parameters), given, strict=True))
        driver: Any = connection.connection.driver_connection
        kind: type[Exception] = self._dialect.loaded_dbapi.Error
        try:
            found: list[tuple[Any, ...]] = driver.execute(text, given).fetchall()
        except kind as error:
            # In SQLAlchemy's words, so that it is understood like every other failure of a database.
            raise sa.exc.DBAPIError.instance(text, None, error, kind, dialect=self._dialect) from error
        return found

    def _compile(self, count: int) -> tuple[str, list[tuple[str, int]]]:
        """Return the text for `count` rows and, in the order of the text, each parameter's name and place."""
        places = {
            f"{name}_{row}": row * len(self._names) + column
            for row in range(count)
            for column, name in enumerate(self._names)
        }
        rows: list[dict[str, Any]] = [
            {name: sa.bindparam(f"{name}_{row}") for name in self._names} for row in range(count)
        ]
        compiled = self._statement.values(rows).compile(dialect=self._dialect)
        order = compiled.positiontup or list(places)
        return str(compiled), [(name, places[name]) for name in order]
