"""A statement that is put together once and handed to the driver as it is.

For the door's hot path alone: there SQLAlchemy's care for each execution costs several times what the database does.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa


class Prepared:
    """One statement for one database; `names` are its parameters in the order of the values."""

    def __init__(self, engine: sa.Engine, statement: Any, names: Sequence[str]) -> None:
        compiled = statement.compile(dialect=engine.dialect, column_keys=list(names))
        self._text = str(compiled)
        self._dialect = engine.dialect
        # Positional drivers want their values in the order of the text, the others by name.
        order = compiled.positiontup
        self._places = None if order is None else [list(names).index(name) for name in order]
        self._names = tuple(names)

    def scalar(self, connection: sa.Connection, values: Sequence[Any]) -> Any:
        """Run it within the connection's transaction; return the first column of the first row, or None."""
        given: Any = (
            dict(zip(self._names, values, strict=True))
            if self._places is None
            else [values[place] for place in self._places]
        )
        driver: Any = connection.connection.driver_connection
        kind: type[Exception] = self._dialect.loaded_dbapi.Error
        try:
            row = driver.execute(self._text, given).fetchone()
        except kind as error:
            # In SQLAlchemy's words, so that it is understood like every other failure of a database.
            raise sa.exc.DBAPIError.instance(self._text, None, error, kind, dialect=self._dialect) from error
        return None if row is None else row[0]
