"""Where a report says that a file lies, as a path of the repository; or why it can be none."""

import dataclasses
import posixpath
import re
from collections.abc import Mapping
from urllib.parse import unquote

from tasks.patch.paths import clean_path
from tasks.patch.refusal import BlockRefused
from tasks.review.reports.intake import ReportError

_DRIVE = re.compile(r"/?([A-Za-z]):(?=/)")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
LONGEST_URI = 2_000
MOST_BASES = 10  # of one path, each counted against the next


@dataclasses.dataclass(frozen=True, slots=True)
class Base:
    """One of the places that a SARIF run names, against which its paths count: its URI, and the base of that."""

    uri: str = ""
    base: str = ""


def from_path(path: str, root: str) -> str:
    """Return a plain path, absolute below `root` or relative to it, as a path of the repository; "" for all of it.

    `root` is where the report's tool saw the checkout; without it no absolute path can be understood. Raises
    `ReportError`. Nothing is looked up on this machine.
    """
    slashed = _slashes(path)
    normal = posixpath.normpath(slashed) if slashed else ""
    if slashed.startswith("/"):
        normal = _below(normal, _slashes(root), path)
    if normal == ".":
        return ""
    try:
        return clean_path(normal)
    except BlockRefused as refused:
        raise ReportError(_shown(str(refused))) from refused


def _below(normal: str, root: str, path: str) -> str:
    if not root:
        raise ReportError(f"{_shown(path)} is absolute, and nobody said where the checkout was")
    top = posixpath.normpath(root)
    if not f"{normal}/".startswith(f"{top}/"):
        raise ReportError(f"{_shown(path)} lies outside of the checkout")
    return normal[len(top) + 1 :] or "."


def from_uri(uri: str, root: str, base: str = "", bases: Mapping[str, Base] | None = None) -> str:
    """Return SARIF's URI, relative to the base that it names, as a path of the repository.

    Tools that write bare paths instead of URIs are understood too. Raises `ReportError`.
    """
    path = _path_of(uri)
    if path.startswith("/") or not base:
        return from_path(path, root)
    folder = _slashes(_folder(base, bases or {}))
    # `file:///` is what some tools name as the base of paths that count from the checkout; and where nobody said where
    # the checkout was, an absolute base is the best guess.
    is_checkout = not folder.strip("/") or (folder.startswith("/") and not root)
    return from_path(path if is_checkout else posixpath.join(folder, path), root)


def _folder(name: str, bases: Mapping[str, Base]) -> str:
    """Return the path of a base, following the bases that it counts against."""
    path = ""
    for _ in range(MOST_BASES):
        found = bases.get(name, Base())
        path = posixpath.join(_path_of(found.uri), path) if found.uri else path
        if path.startswith("/") or not found.base:
            return path
        name = found.base
    raise ReportError("the report's base places go in a circle, or too far")


def _path_of(uri: str) -> str:
    """Return the path in a `file:` URI or in a relative one, with its `%20` undone once."""
    if len(uri) > LONGEST_URI:
        raise ReportError(f"a path of {len(uri)} characters")
    text = uri.strip()
    scheme = _SCHEME.match(text)
    if scheme and scheme[1].lower() != "file":
        raise ReportError(f"{_shown(uri)} is no file")
    if scheme:
        text = text[scheme.end() :]
        if text.startswith("//"):
            host, _, text = text[2:].partition("/")
            text = f"/{text}"
            if host.lower() not in {"", "localhost"}:
                raise ReportError(f"{_shown(uri)} lies on another machine")
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError as error:
        raise ReportError(f"{_shown(uri)} is no UTF-8") from error


def _slashes(path: str) -> str:
    r"""Return a path of any system with slashes, `C:\x` as `/c:/x`, so that what is absolute begins with one."""
    return _DRIVE.sub(lambda drive: f"/{drive[1].lower()}:", path.strip().replace("\\", "/"), count=1)


def _shown(text: str) -> str:
    plain = "".join(sign if sign.isprintable() else "?" for sign in text)
    return plain if len(plain) <= 120 else plain[:120] + "…"  # noqa: PLR2004  # one line of a comment
