"""How a repository tells what changed: Keep a Changelog, a fragment for towncrier, or a plain list."""

import dataclasses
import re
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from tasks.commands.reading.files import read_file

KEEP, TOWNCRIER, PLAIN = "Keep a Changelog", "towncrier", "a plain list"
KINDS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
_TYPES = ("feature", "bugfix", "doc", "removal", "misc")  # towncrier's own, if a repository names none
_NAMES = re.compile(r"(?i)(?:changelog|changes|history|news|release[-_]?notes)(?:\.(?:md|markdown|rst|txt))?")
_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,30}")
_UNRELEASED = re.compile(r"(?i)##\s*\[?unreleased\b")
_SETTINGS = ("towncrier.toml", "pyproject.toml")
_DEFAULT_FOLDERS = ("newsfragments", "changelog.d", "changes.d")


@dataclasses.dataclass(frozen=True, slots=True)
class Style:
    """`path` is the file with `lines`, or the folder of fragments; empty where nothing was found.

    `categories` are what an entry can be; none where entries are not sorted. `ending` is that of fragments (".rst").
    """

    name: str
    path: str = ""
    lines: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    ending: str = ""


def find_style(tree: Path, opens: Callable[[str], bool]) -> Style:
    """Look at the files at the top of a checkout; only at those that it `opens`."""
    path, lines = _changelog(tree, opens)
    text = "\n".join(lines)
    if any(map(_UNRELEASED.match, lines)) or "keepachangelog.com" in text:
        return Style(KEEP, path, lines, KINDS)
    return _towncrier(tree) or Style(PLAIN, path, lines)


def _changelog(tree: Path, opens: Callable[[str], bool]) -> tuple[str, tuple[str, ...]]:
    names = sorted(each.name for each in tree.iterdir() if _NAMES.fullmatch(each.name))
    for name in sorted(names, key=lambda name: not name.lower().startswith("changelog")):
        content = read_file(tree, name) if opens(name) else None
        if content is not None:
            return name, tuple(content.decode("utf-8", "replace").splitlines())
    return "", ()


def _towncrier(tree: Path) -> Style | None:
    for name in _SETTINGS:
        settings = _settings(tree, name)
        if settings is not None:
            folder = _folder(tree, settings)
            return Style(TOWNCRIER, folder, (), _types(settings), _ending(tree / folder, settings)) if folder else None
    return None


def _settings(tree: Path, name: str) -> dict[str, Any] | None:
    content = read_file(tree, name)
    try:
        found = tomllib.loads((content or b"").decode())["tool"]["towncrier"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _folder(tree: Path, settings: dict[str, Any]) -> str:
    """Return the folder of fragments, if it is a plain one inside of the checkout."""
    package = str(settings.get("package", "")).replace(".", "/")
    named = [str(settings["directory"])] if "directory" in settings else [f"{package}/newsfragments", *_DEFAULT_FOLDERS]
    for each in named:
        path = PurePosixPath(each.strip("/"))
        there = tree / path
        if ".." not in path.parts and there.is_dir() and there.resolve().is_relative_to(tree.resolve()):
            return str(path)
    return ""


def _types(settings: dict[str, Any]) -> tuple[str, ...]:
    listed, named = settings.get("type"), settings.get("fragment")
    found = [each.get("directory") or str(each.get("name", "")).lower() for each in _tables(listed)]
    found += list(named) if isinstance(named, dict) else []
    return tuple(str(name) for name in found if _TYPE.fullmatch(str(name))) or _TYPES


def _tables(value: object) -> Sequence[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _ending(folder: Path, settings: dict[str, Any]) -> str:
    """Return how fragments end: as those that are there, else as the file that they become."""
    there = sorted(each.suffix for each in folder.iterdir() if each.name.count(".") > 1 and each.name[0].isalnum())
    suffix = there[0] if there else PurePosixPath(str(settings.get("filename", "NEWS.rst"))).suffix
    return suffix if suffix in {".md", ".rst", ".txt"} else ".rst"
