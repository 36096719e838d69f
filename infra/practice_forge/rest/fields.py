"""The JSON body of a request, read with GitHub's own complaints."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from infra.practice_forge.refusals import RefusalError, invalid_request


class Fields:
    """A JSON object; each question says which type it wants."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str) -> str:
        """Return a string that must be there."""
        if name not in self._values:
            raise invalid_request(f'"{name}" wasn\'t supplied.')
        value = self._values[name]
        return "" if value is None else str(self._checked(name, value, str, "a string"))

    def text_or_none(self, name: str) -> str | None:
        """Return a string, or None when it is absent or null."""
        value = self._values.get(name)
        return None if value is None else str(self._checked(name, value, str, "a string"))

    def flag(self, name: str) -> bool:
        """Return a boolean, False when it is absent."""
        value = self._values.get(name)
        return bool(self._checked(name, value, bool, "a boolean")) if value is not None else False

    def number_or_none(self, name: str) -> int | None:
        """Return a whole number, or None when it is absent or null."""
        value = self._values.get(name)
        if isinstance(value, bool):  # to Python a number as well
            raise invalid_request(f"For 'properties/{name}', {json.dumps(value)} is not an integer.")
        return None if value is None else int(self._checked(name, value, int, "an integer"))

    def texts(self, name: str) -> list[str]:
        """Return a list of strings, empty when it is absent."""
        return [str(self._checked(name, item, str, "a string")) for item in self.items(name)]

    def items(self, name: str) -> Sequence[Any]:
        """Return a list, empty when it is absent."""
        value = self._values.get(name)
        return list(self._checked(name, value, list, "an array")) if value is not None else []

    def nested(self, name: str) -> "Fields | None":
        """Return an object inside, or None."""
        value = self._values.get(name)
        return Fields(self._checked(name, value, dict, "an object")) if value is not None else None

    def objects(self, name: str) -> list["Fields"]:
        """Return a list of objects, empty when it is absent."""
        return [Fields(self._checked(name, item, dict, "an object")) for item in self.items(name)]

    def is_null(self, name: str) -> bool:
        """Return whether the field is there and null."""
        return name in self._values and self._values[name] is None

    def plain(self) -> dict[str, Any]:
        """Return the object as it came."""
        return dict(self._values)

    def _checked(self, name: str, value: Any, kind: type, words: str) -> Any:
        if not isinstance(value, kind):
            raise invalid_request(f"For 'properties/{name}', {json.dumps(value)} is not {words}.")
        return value


def read_fields(raw: bytes) -> Fields:
    """Parse a body; an empty one is an empty object."""
    if not raw.strip():
        return Fields({})
    try:
        document = json.loads(raw)
        # A lone surrogate passes the parser, but can never be stored or sent again.
        json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise RefusalError(HTTPStatus.BAD_REQUEST, "Problems parsing JSON") from error
    if not isinstance(document, dict):
        raise RefusalError(HTTPStatus.BAD_REQUEST, "Body should be a JSON object")
    return Fields(document)
