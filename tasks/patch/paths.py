"""Paths as models write them, made safe and, where only one file can be meant, right."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import PurePosixPath

from tasks.patch.refusal import BlockRefused

LONGEST_PATH = 300

_BARE_NAMES = frozenset(
    {"makefile", "dockerfile", "license", "procfile", "justfile", "gemfile", "rakefile", "codeowners"}
)
_SUFFIX = re.compile(r"[\w\]]\.[A-Za-z0-9_+-]{1,12}$|(^|/)\.[A-Za-z][\w.-]*$")
_NO_PATH = re.compile(r"[\s<>|*?\"'(){};=,]|://|(?:/|\.\.\.)\Z")
_FOLDERED = re.compile(r"[\w.@+-]+(?:/[\w.@+-]+)+")
_LABEL = re.compile(
    r"(?:(?:full|new|updated?|modified|create|edit|modify|in|the|path|file(?:name)?)\b[\s:]*){1,4}", re.IGNORECASE
)
_PLAIN = re.compile(r"[\w@+-][\w.@+-]*(?:/[\w@+-][\w.@+-]*)*", re.ASCII)
_ABSOLUTE = re.compile(r"/|[A-Za-z]:")
_QUOTED = re.compile(r"`([^`\n]+)`")
_MARKS = " \t#*>-:.)0123456789"
_LIST_MARK = re.compile(r"^(?:#{1,6}|[-*>]|\d{1,3}[.)])\s+")
_REMARK = re.compile(r"\((?:new|updated?|modified|full|complete)[ \w]{0,40}\)", re.IGNORECASE)


def looks_like_path(text: str) -> bool:
    """Say whether a word can be a file's path: one word with a suffix, or one of the few well-known bare names."""
    if not text or text[0] == "-" or len(text) > LONGEST_PATH or _NO_PATH.search(text):
        return False
    return bool(_SUFFIX.search(text)) or text.rpartition("/")[2].lower() in _BARE_NAMES


def path_on_line(line: str, known: Collection[str] = ()) -> str:
    """Return the path that a line names and nothing else (`path`, **path**, ### path, File: path), or "".

    `known` are paths that are believed even where they do not look like one.
    """
    if len(line) > LONGEST_PATH:
        return ""
    if line in known:
        return line
    quoted = _QUOTED.findall(line) if "`" in line else ()
    if len(quoted) > 1:
        return ""
    if quoted:
        word, rest = quoted[0].strip(), _REMARK.sub("", line.replace(f"`{quoted[0]}`", " ", 1))
        return word if _is_label(rest) and (_can_be_path(word, known) or _FOLDERED.fullmatch(word)) else ""
    word = _bare(_REMARK.sub("", line) if "(" in line else line)
    if _can_be_path(word, known):
        return word
    label = _LABEL.match(word)
    word = _bare(word[label.end() :]) if label else ""
    return word if _can_be_path(word, known) else ""


def _can_be_path(word: str, known: Collection[str]) -> bool:
    return word in known or looks_like_path(word)


def _is_label(text: str) -> bool:
    """Say whether nothing but marks, numbers and words such as "File:" stand round a quoted path."""
    return not _LABEL.sub("", text.strip(_MARKS), count=1).strip(_MARKS)


def _bare(text: str) -> str:
    word = _LIST_MARK.sub("", text.strip(), count=1)
    return word.strip("* \t\"'").rstrip(":").strip("* \t\"'")


class Tree:
    """The paths that exist, and what a model may have meant by one that does not.

    `unseen` paths exist too, but nothing may be done to them.
    """

    def __init__(self, paths: Collection[str], unseen: Collection[str] = ()) -> None:
        self.paths = paths
        self.unseen = unseen

    @cached_property
    def folders(self) -> frozenset[str]:
        """All folders that hold something, with their own."""
        return frozenset(str(folder) for path in self._everything for folder in PurePosixPath(path).parents)

    @cached_property
    def _everything(self) -> Collection[str]:
        return {*self.paths, *self.unseen}

    @cached_property
    def _named(self) -> Mapping[str, Sequence[str]]:
        return _grouped(self.paths, lambda path: path.rpartition("/")[2])

    @cached_property
    def _lower(self) -> Mapping[str, Sequence[str]]:
        return _grouped(self._everything, str.casefold)

    def meant(self, path: str) -> str | None:
        """Return the existing path that is meant, or None when no file fits.

        Tried in turn: the path itself, without `a/` or `b/`, without leading folders (the repository's name), with
        folders before it. Two files that fit equally well are a refusal.
        """
        if path in self.paths:
            return path
        parts = path.split("/")
        for start in range(1, len(parts)):
            shorter = "/".join(parts[start:])
            if shorter in self.paths:
                return shorter
        longer = sorted(other for other in self._named.get(parts[-1], ()) if other.endswith("/" + path))
        if len(longer) > 1:
            raise BlockRefused(f"{path} can be any of {', '.join(longer[:5])}; give the full path")
        return longer[0] if longer else None

    def known_end(self, path: str) -> str:
        """Return the file that an absolute path of some other machine ends in, or ""; two that it may be are none.

        Of its folders one at least must be that of the file, for nothing else tells that this tree is meant.
        """
        text = path.strip().replace("\\", "/")
        if not _ABSOLUTE.match(text) or ".." in text:
            return ""
        parts = [part for part in text.split("/") if part]
        ends = ("/".join(parts[start:]) for start in range(len(parts) - 1))
        return next((end for end in ends if end in self.paths), "")

    def check_seen(self, path: str) -> None:
        """Refuse a file that exists but whose content the model was not given."""
        if path in self.unseen and path not in self.paths:
            raise BlockRefused(f"{path} exists, but its content was not given")

    def check_new(self, path: str, instead_of: str = "") -> None:
        """Refuse a new file that an existing file or folder stands in the way of; `instead_of` is one that goes."""
        self.check_seen(path)
        twins = [twin for twin in self._lower.get(path.casefold(), ()) if twin != instead_of]
        if twins:
            raise BlockRefused(f"{path} differs only in case from {twins[0]}; use that path")
        if path in self.folders:
            raise BlockRefused(f"{path} is a folder")
        for folder in PurePosixPath(path).parents:
            if str(folder) in self._everything and str(folder) != instead_of:
                raise BlockRefused(f"{folder} is a file, so {path} cannot be inside it")


def is_plain(path: str) -> bool:
    """Say whether a path can be nothing but a clean, harmless one: no part of it begins with a dot or holds a `~`."""
    return len(path) <= LONGEST_PATH and _PLAIN.fullmatch(path) is not None


def clean_path(path: str) -> str:
    r"""Return the path with forward slashes and without `.` parts; refuse one that leaves the tree or enters .git.

    Refused are absolute paths, drives, `~`, `..`, control characters and .git in any case or disguise that a
    file system may fold (trailing dots or spaces, invisible characters, the short name git~1).
    """
    if is_plain(path):
        return path
    text = path.strip().replace("\\", "/")
    if not text or len(text) > LONGEST_PATH:
        raise BlockRefused("the path is empty or too long")
    if not text.isprintable() and any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in text):
        raise BlockRefused("the path holds control characters")
    if text.startswith("~") or _ABSOLUTE.match(text):
        raise BlockRefused(f"{text} is not relative to the repository")
    parts = [part for part in text.split("/") if part not in {"", "."}]
    if ".." in parts:
        raise BlockRefused(f"{text} leaves the repository")
    if any(_is_git(part) for part in parts):
        raise BlockRefused(f"{text} lies inside .git")
    if not parts or text.endswith("/"):
        raise BlockRefused(f"{text} is not a file")
    return "/".join(parts)


def _is_git(part: str) -> bool:
    seen = part
    if not part.isascii():
        seen = "".join(sign for sign in unicodedata.normalize("NFKC", part) if unicodedata.category(sign) != "Cf")
    return seen.casefold().split(":")[0].rstrip(" .") in {".git", "git~1"}


def _grouped(paths: Iterable[str], key: Callable[[str], str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for path in sorted(paths):
        groups[key(path)].append(path)
    return groups
