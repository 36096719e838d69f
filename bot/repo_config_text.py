"""Reads the text of a `.codex.toml`; whatever is wrong with it is named by line and key, with the mend."""

import difflib
import re
import tomllib
from collections.abc import Collection, Iterator, Sequence

from pydantic import BaseModel, ValidationError

from bot.errors import UserError
from bot.repo_config import FILE, LARGEST, RepoConfig

_MOST_SHOWN = 5
_AT = re.compile(r" ?\(at (?:line (?P<line>\d+), column \d+|end of document)\)$")
_TABLE = re.compile(r"\s*\[+\s*(?P<name>[^\]#]+?)\s*\]")
_KEY = re.compile(r"\s*(?P<name>[^=#\[]+?)\s*=")
_DEEPEST = 2  # a table and its key; what pydantic names beyond that is an entry of a list or one of several types
_WORDS = {
    "model_type": "must be a table",
    "tuple_type": 'must be a list, such as ["a", "b"]',
    "string_type": "must hold nothing but texts in quotes",
    "string_too_short": "must not hold an empty text",
    "string_too_long": "holds a text that is too long",
    "too_short": "must not be empty",
    "too_long": "has too many entries",
}
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_.\-]{1,60}")


class RepoConfigError(UserError):
    """The file cannot be used; `problems` says why, line by line."""

    def __init__(self, problems: Sequence[str]) -> None:
        different = list(dict.fromkeys(problems))
        more = [f"and {len(different) - _MOST_SHOWN} more"] if len(different) > _MOST_SHOWN else []
        lines = "\n".join(f"- {problem}" for problem in [*different[:_MOST_SHOWN], *more])
        super().__init__(
            f"`{FILE}` of the default branch cannot be used:\n\n{lines}",
            mend="Nothing was done. Correct the file on the default branch, then ask again.",
        )
        self.problems = different


def read_config(content: bytes, commands: Collection[str]) -> RepoConfig:
    """Return what a file means. `commands` names those that may be switched on and off.

    Raises `RepoConfigError`, which names every key that is unknown or wrong, its line and the nearest known key.
    """
    if len(content) > LARGEST:
        raise RepoConfigError([f"it has more than {LARGEST} bytes"])
    try:
        text = content.decode("utf-8")
        document = tomllib.loads(text)
        config = RepoConfig.model_validate(document)
    except UnicodeDecodeError as error:
        raise RepoConfigError(["it is no UTF-8 text"]) from error
    except tomllib.TOMLDecodeError as error:
        raise RepoConfigError([_no_toml(str(error))]) from error
    except RecursionError as error:
        raise RepoConfigError(["its values are nested too deeply"]) from error
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        # An optional list that is wrong is also reported for not being left out.
        wrong = [each for each in found if each["type"] != "none_required"]
        raise RepoConfigError([_wrong_key(text, each["loc"], each["type"], each["msg"]) for each in wrong]) from None
    strangers = list(_unknown_commands(config, text, commands))
    if strangers:
        raise RepoConfigError(strangers)
    return config


def _no_toml(said: str) -> str:
    at = _AT.search(said)
    # It may quote the file, and what stands there must not act in a comment.
    reason = re.sub(r"[^\w \-.,:'\"()=]", "?", said[: at.start()] if at else said)[:200]
    place = f"line {at['line']}: " if at and at["line"] else ""
    return f"{place}this is no TOML: {reason}"


def _wrong_key(text: str, location: Sequence[int | str], kind: str, said: str) -> str:
    keys = [part for part in location[:_DEEPEST] if isinstance(part, str)]
    place, name = _place(text, keys), _shown(".".join(keys))
    if kind == "extra_forbidden":
        return f"{place}unknown key {name}{_hint(keys)}"
    words = said.removeprefix("Value error, ").replace("Input should", "should")
    return f"{place}{name} {_WORDS.get(kind, words)}"


def _unknown_commands(config: RepoConfig, text: str, known: Collection[str]) -> Iterator[str]:
    for key, names in (("enabled", config.commands.enabled), ("disabled", config.commands.disabled)):
        for name in names or ():
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                hint = f"did you mean `{near[0]}`?" if near else f"these can: {', '.join(f'`{one}`' for one in known)}"
                place = _place(text, ["commands", key])
                yield f"{place}{_shown(name)} in `commands.{key}` cannot be switched on or off; {hint}"


def _fields() -> dict[str, list[str]]:
    """Return the keys of each table, and under the empty name those of the top."""
    tables = {name: field.default for name, field in RepoConfig.model_fields.items()}
    inner = {name: list(type(value).model_fields) for name, value in tables.items() if isinstance(value, BaseModel)}
    return {"": list(tables), **inner}


def _hint(keys: Sequence[str]) -> str:
    """Suggest the nearest key of the same table, or the same word where it belongs."""
    fields, table, word = _fields(), ".".join(keys[:-1]), keys[-1]
    near = difflib.get_close_matches(word, fields.get(table, []), n=1)
    if near:
        return f"; did you mean `{'.'.join([*keys[:-1], near[0]])}`?"
    everywhere = {key: ".".join(filter(None, [name, key])) for name, inner in fields.items() for key in inner}
    elsewhere = difflib.get_close_matches(word, everywhere, n=1)
    if elsewhere:
        return f"; did you mean `{everywhere[elsewhere[0]]}`?"
    return f"; known here: {', '.join(f'`{key}`' for key in fields.get(table, fields['']))}"


def _shown(key: str) -> str:
    # What else a key may hold in quotes must not act in a comment.
    return f"`{key}`" if _PLAIN_KEY.fullmatch(key) else "with odd signs"


def _place(text: str, keys: Sequence[str]) -> str:
    """Return "line 3: " where a key is set; empty where a plain look does not find it."""
    table: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        header = _TABLE.match(line)
        if header:
            table = _split(header["name"])
        key = None if header else _KEY.match(line)
        if (header and table == list(keys)) or (key and [*table, *_split(key["name"])] == list(keys)):
            return f"line {number}: "
    return ""


def _split(name: str) -> list[str]:
    return [part.strip().strip("\"'") for part in name.split(".")]
