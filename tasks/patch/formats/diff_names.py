"""The lines above the hunks of a file in a unified diff: its names, and whether it is made, taken away or renamed."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from tasks.patch.paths import looks_like_path

NOWHERE = "/dev/null"
LONGEST_NAME = 1000  # a longer line is no file's name

# https://git-scm.com/docs/diff-format#generate_patch_text_with_p, and Index: with its rule from Subversion.
_EXTENDED = re.compile(
    r"(index|old mode|new mode|new file mode|deleted file mode|similarity index|dissimilarity index|rename from"
    r"|rename to|copy from|copy to|Binary files|GIT binary patch|Index:|={20,})(?: |$)(.*)"
)
_PREFIXES = {("a", "b"), ("i", "w"), ("c", "i"), ("c", "w"), ("o", "w"), ("1", "2"), ("old", "new")}
_TRAILER = re.compile(r"\s+(?:\d{4}-\d\d-\d\d[ T][\d:.]+.*|\([^()]*\))$")
_BACKUP = (".orig", ".old", ".bak")
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_LETTERS = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


@dataclass(slots=True)
class Names:
    """What stands above the hunks of one file; `stop` is the first line behind it."""

    stop: int
    old: str = ""
    new: str = ""
    said: dict[str, str] = field(default_factory=dict)

    @property
    def is_new(self) -> bool:
        """The file is made by the diff."""
        return self.old == NOWHERE or "new file mode" in self.said

    @property
    def is_gone(self) -> bool:
        """The file is taken away by the diff."""
        return self.new == NOWHERE or "deleted file mode" in self.said

    @property
    def renamed(self) -> tuple[str, str] | None:
        """The old and the new path, where the diff renames the file."""
        return _pair(self.said, "rename from", "rename to")

    @property
    def copied(self) -> tuple[str, str] | None:
        """The paths of the original and of the copy, where the diff copies the file."""
        return _pair(self.said, "copy from", "copy to")


def names_at(lines: Sequence[str], at: int) -> Names | None:
    """Read the names that begin at a line; None where none do."""
    names = Names(at)
    while names.stop < len(lines) and _take(lines, names, at):
        pass
    return names if names.stop > at else None


def begins_file(lines: Sequence[str], at: int) -> bool:
    """Say whether the names of a file begin at a line."""
    line = lines[at]
    if line.startswith("--- "):
        return at + 1 < len(lines) and lines[at + 1].startswith("+++ ")
    return line.startswith(("diff --git ", "Index: "))


def chosen_path(names: Names, known: Collection[str]) -> str:
    """Return the path of the file as it is before the diff; "" where two different files are named."""
    old, new = _without_prefixes(names.old, names.new, known)
    if NOWHERE in {old, new} or not old or not new:
        return next((name for name in (old, new) if name and name != NOWHERE), "")
    if old == new or new.endswith("/" + old):
        return new
    if old.endswith("/" + new):
        return old
    if not looks_like_path(old) or old.endswith(_BACKUP):
        return new
    if not looks_like_path(new) or new.endswith(_BACKUP):
        return old
    return new if new in known and old not in known else ""


def _take(lines: Sequence[str], names: Names, start: int) -> bool:
    """Take the next line into the names; False where it belongs to none, or to those of the next file."""
    line = lines[names.stop]
    if len(line) > LONGEST_NAME:
        return False
    if line.startswith("diff --git ") and names.stop == start:
        names.old, names.new = _git_pair(line[11:])
    elif line.startswith("--- ") and "---" not in names.said:
        names.old = names.said["---"] = _name(line[4:])
    elif line.startswith("+++ ") and "+++" not in names.said:
        names.new = names.said["+++"] = _name(line[4:])
    elif "---" not in names.said and (match := _EXTENDED.match(line)) and match.group(1) not in names.said:
        names.said[match.group(1)] = _name(match.group(2))
        if match.group(1) == "Index:":
            names.old = names.new = names.said["Index:"]
    else:
        return False
    names.stop += 1
    return True


def _pair(said: dict[str, str], old: str, new: str) -> tuple[str, str] | None:
    return (said[old], said[new]) if old in said and new in said else None


def _name(text: str) -> str:
    """Return a name without quotes, and without the time or remark behind it."""
    text = text.strip(" ")
    if text.startswith('"') and text.endswith('"') and len(text) > 1:
        return _unquoted(text[1:-1])
    return _TRAILER.sub("", text.partition("\t")[0]).strip(" `*")


def _unquoted(text: str) -> str:
    """Undo C-style quoting, as git does for names with signs beyond ASCII."""

    def plain(match: re.Match[bytes]) -> bytes:
        code = match.group(1)
        return bytes([int(code, 8) % 256]) if len(code) == 3 else _LETTERS.get(code, code)  # noqa: PLR2004 - octal

    return _ESCAPE.sub(plain, text.encode()).decode("utf-8", "replace")


def _git_pair(text: str) -> tuple[str, str]:
    """Split the names of a `diff --git` line: quoted, the same name twice, or at the second prefix."""
    text = text.strip()
    if text.endswith('"') and text.count('"') > 1:
        cut = text.rindex('"', 0, len(text) - 1)
    else:
        half = len(text) // 2
        cut = half + 1 if text[:half].partition("/")[2] == text[half + 1 :].partition("/")[2] else text.find(" b/") + 1
    return _name(text[:cut]), _name(text[cut:])


def _without_prefixes(old: str, new: str, known: Collection[str]) -> tuple[str, str]:
    """Take a/ and b/ or their like away where both names have them, and where the file is not known with them."""
    if old in known or new in known:
        return old, new
    sides = old.partition("/"), new.partition("/")
    if NOWHERE in {old, new} or not old or not new:
        return _without_prefix(old, sides[0]), _without_prefix(new, sides[1])
    if (sides[0][0], sides[1][0]) in _PREFIXES:
        return sides[0][2], sides[1][2]
    return old, new


def _without_prefix(name: str, parts: tuple[str, str, str]) -> str:
    return parts[2] if parts[0] in {"a", "b", "i", "w"} and parts[2] else name
