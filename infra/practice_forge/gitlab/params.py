"""The parameters of a call, from its query and its body, read with the complaints of GitLab's framework."""

import json
from collections.abc import Mapping
from typing import Any

from werkzeug.wrappers import Request

from infra.practice_forge.gitlab.refusals import bad_parameter

TRUE, FALSE = {"true", "1", "t"}, {"false", "0", "f"}


class Params:
    """Parameters by name; texts and whole numbers are taken for each other, as in a form. `prefix` names a parent."""

    def __init__(self, values: Mapping[str, Any], prefix: str = "") -> None:
        self._values = values
        self._prefix = prefix

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str) -> str:
        """Return a text that must be there."""
        value = self.text_or_none(name)
        if value is None:
            raise bad_parameter(f"{self._name(name)} is missing")
        return value

    def text_or_none(self, name: str) -> str | None:
        """Return a text, or None when it is absent or null."""
        value = self._values.get(name)
        if isinstance(value, bool | list | dict):
            raise bad_parameter(f"{self._name(name)} is invalid")
        return None if value is None else str(value)

    def choice(self, name: str, *allowed: str) -> str | None:
        """Return one of `allowed`, or None when it is absent."""
        value = self.text_or_none(name)
        if value is not None and value not in allowed:
            raise bad_parameter(f"{self._name(name)} does not have a valid value")
        return value

    def number(self, name: str) -> int | None:
        """Return a whole number, or None when it is absent or null."""
        value = self.text_or_none(name)
        if value in {None, ""}:
            return None
        if not str(value).isascii() or not str(value).isdigit():
            raise bad_parameter(f"{self._name(name)} is invalid")
        return int(str(value))

    def flag(self, name: str) -> bool | None:
        """Return a boolean, or None when it is absent or null."""
        value = self._values.get(name)
        if value is None or isinstance(value, bool):
            return value
        word = str(value).lower()
        if word not in TRUE | FALSE:
            raise bad_parameter(f"{self._name(name)} is invalid")
        return word in TRUE

    def texts(self, name: str) -> list[str] | None:
        """Return a list that comes as one or with commas, or None when it is absent or null."""
        value = self._values.get(name)
        if value is None:
            return None
        parts = value if isinstance(value, list) else str(value).split(",")
        return [str(part).strip() for part in parts if str(part).strip()]

    def nested(self, name: str) -> "Params | None":
        """Return a hash inside, or None when it is absent or null."""
        value = self._values.get(name)
        if value is not None and not isinstance(value, dict):
            raise bad_parameter(f"{self._name(name)} is invalid")
        return None if value is None else Params(value, self._name(name))

    def objects(self, name: str) -> list["Params"]:
        """Return a list of hashes that must be there and not be empty."""
        value = self._values.get(name)
        if value is None:
            raise bad_parameter(f"{self._name(name)} is missing")
        if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
            raise bad_parameter(f"{self._name(name)} is invalid")
        return [Params(item, self._name(name)) for item in value]

    def plain(self) -> dict[str, Any]:
        """Return the parameters as they came."""
        return dict(self._values)

    def _name(self, name: str) -> str:
        return f"{self._prefix}[{name}]" if self._prefix else name


def read_params(request: Request) -> Params:
    """Read query and body of a request; the body, JSON or a form, wins."""
    values: dict[str, Any] = {}
    for name, found in request.args.lists():
        values[name.removesuffix("[]")] = found if name.endswith("[]") else found[-1]
    if request.mimetype == "application/x-www-form-urlencoded":
        return Params(values | dict(request.form))
    raw = request.get_data(cache=True)
    if not raw.strip():
        return Params(values)
    try:
        body = json.loads(raw)
        # A lone surrogate passes the parser, but can never be stored or sent again.
        json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise bad_parameter("message body does not match declared format") from error
    if not isinstance(body, dict):
        raise bad_parameter("The request body must be a JSON object")
    return Params(values | body)
