"""Whether a request is one that GitHub's own description of its API allows."""

import functools
import json
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from jsonschema import Draft4Validator

MANY_PARTS = ("ref", "basehead", "path", "name")  # what of an address may hold slashes; a label's name is escaped


@functools.cache
def operations() -> dict[str, dict[str, Any]]:
    """Return what is kept of each operation, by method and path as GitHub writes them."""
    found: dict[str, dict[str, Any]] = json.loads(files(__package__).joinpath("github_requests.json").read_text())
    return found["operations"]


def operation_of(method: str, path: str) -> str | None:
    """Return the operation that a request to `path` (below the API's root) is; the one with most words of its own."""
    found = [
        name for name in operations() if name.startswith(f"{method} ") and _pattern(name.split(" ")[1]).fullmatch(path)
    ]
    return min(found, key=lambda name: name.count("{"), default=None)


def complaints(method: str, path: str, query: Mapping[str, str], body: Any) -> list[str]:
    """Return everything that the description has against a request; `body` is parsed JSON, None for none."""
    name = operation_of(method, path)
    if name is None:
        return [f"{method} {path} is no operation that is known"]
    known = operations()[name]
    found = [*_in_path(name, path), *_in_query(name, query)]
    if body is None:
        required = (known["body"] or {}).get("required", [])
        return found + [f"{name} needs {each}" for each in required]
    if known["body"] is None:
        return [*found, f"{name} takes no body"]
    errors = Draft4Validator(known["body"]).iter_errors(body)
    unknown = set(body) - set(known["body"].get("properties", body))
    found += [f"{name} knows no field {each}" for each in sorted(unknown)]
    return found + [f"{name}: {'.'.join(map(str, error.absolute_path))}: {error.message}" for error in errors]


def _in_path(name: str, path: str) -> list[str]:
    match, known = _pattern(name.split(" ")[1]).fullmatch(path), operations()[name]["path"]
    parts = match.groupdict() if match else {}
    return [f"{name}: {part} cannot be {text}" for part, text in parts.items() if not _fits(known[part], text)]


def _in_query(name: str, query: Mapping[str, str]) -> list[str]:
    known, needed = operations()[name]["query"], operations()[name]["needs"]
    unknown = [f"{name} knows no parameter {each}" for each in query if each not in known]
    missing = [f"{name} needs the parameter {each}" for each in needed if each not in query]
    wrong = [each for each in query if each in known and not _fits(known[each], query[each])]
    return [*unknown, *missing, *(f"{name}: {each} cannot be {query[each]}" for each in wrong)]


def _fits(schema: Mapping[str, Any], text: str) -> bool:
    """Return whether a text from an address can be read as something that `schema` allows."""
    readings: list[object] = [text]
    if re.fullmatch(r"-?[0-9]+", text):
        readings.append(int(text))
    if text in {"true", "false"}:
        readings.append(text == "true")
    return any(Draft4Validator(schema).is_valid(reading) for reading in readings)


@functools.cache
def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", template)
    return re.compile("".join(re.escape(p) if n % 2 == 0 else _part(p) for n, p in enumerate(parts)))


def _part(name: str) -> str:
    return f"(?P<{name}>{'.+' if name in MANY_PARTS else '[^/]+'})"
