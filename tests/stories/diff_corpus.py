"""Changes of files over which readers of diffs stumble, for a real git to show: what was there before and after."""

import dataclasses
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path


@dataclasses.dataclass(frozen=True)
class Link:
    """A symbolic link."""

    target: str


@dataclasses.dataclass(frozen=True)
class Program:
    """A file that may be executed."""

    content: bytes


Files = Mapping[str, bytes | Link | Program]


def lines(*numbers: int, end: bytes = b"\n") -> bytes:
    """Return numbered lines."""
    return b"".join(b"line %d%s" % (number, end) for number in numbers)


TEN = lines(*range(1, 11))
LONG = lines(*range(1, 61))
GONE = LONG.replace(b"line 7\n", b"").replace(b"line 40\nline 41\n", b"")


def edited(content: bytes, *changes: tuple[bytes, bytes]) -> bytes:
    """Return a content in which some texts, each there once, are replaced."""
    for old, new in changes:
        assert content.count(old) == 1, old
        content = content.replace(old, new)
    return content


def within(text: bytes) -> tuple[Files, Files]:
    """Return a change next to a line of context that holds `text`."""
    before = lines(1, 2) + b"before " + text + b" after\n" + lines(3, 4)
    return {"a.txt": before}, {"a.txt": before.replace(b"line 3", b"line three")}


def removed(text: bytes) -> tuple[Files, Files]:
    """Return the removal of a line."""
    return {"a.txt": lines(1, 2) + text + b"\n" + lines(3, 4)}, {"a.txt": lines(1, 2, 3, 4)}


def added(text: bytes) -> tuple[Files, Files]:
    """Return the addition of a line."""
    before, after = removed(text)
    return after, before


def at(path: str) -> tuple[Files, Files]:
    """Return a change of one line in a file of that name."""
    return {path: TEN}, {path: edited(TEN, (b"line 5\n", b"five\n"))}


CASES: dict[str, tuple[Files, Files]] = {
    "one line": at("a.txt"),
    "two hunks": ({"a.txt": LONG}, {"a.txt": edited(LONG, (b"line 7\n", b"7\n"), (b"line 50\n", b"50\n"))}),
    "three hunks of removals": ({"a.txt": LONG}, {"a.txt": GONE}),
    "three hunks of additions": ({"a.txt": GONE}, {"a.txt": LONG}),
    "hunks that lengthen the file": (
        {"a.txt": LONG},
        {"a.txt": edited(LONG, (b"line 9\n", TEN), (b"line 59\n", b"x\n"))},
    ),
    "first line": ({"a.txt": TEN}, {"a.txt": b"new\n" + TEN}),
    "last line": ({"a.txt": TEN}, {"a.txt": TEN + b"new\n"}),
    "everything": ({"a.txt": TEN}, {"a.txt": TEN.upper()}),
    "a new file": ({"b": b"b\n"}, {"b": b"b\n", "a.txt": TEN}),
    "a file that goes": ({"b": b"b\n", "a.txt": TEN}, {"b": b"b\n"}),
    "a new empty file": ({"b": b"b\n"}, {"b": b"b\n", "a b.txt": b""}),
    "an empty file that goes": ({"b": b"b\n", "a.txt": b""}, {"b": b"b\n"}),
    "a file that is emptied": ({"a.txt": TEN}, {"a.txt": b""}),
    "a file that is filled": ({"a.txt": b""}, {"a.txt": TEN}),
    "one line that becomes one": ({"a.txt": b"one\n"}, {"a.txt": b"two\n"}),
    "no LF at the end of the old": ({"a.txt": TEN[:-1]}, {"a.txt": TEN}),
    "no LF at the end of the new": ({"a.txt": TEN}, {"a.txt": TEN[:-1]}),
    "no LF at either end": ({"a.txt": TEN[:-1]}, {"a.txt": b"new\n" + TEN[:-1] + b"!"}),
    "no LF at the end of context": ({"a.txt": TEN[:-1]}, {"a.txt": edited(TEN[:-1], (b"line 9\n", b"9\n"))}),
    "text that says there is no LF": added(b"\\ No newline at end of file"),
    "context that says there is no LF": within(b"\\ No newline at end of file"),
    "a form feed in context": within(b"\f"),
    "a vertical tab in context": within(b"\v"),
    "U+2028 in context": within("\u2028".encode()),
    "U+0085 in context": within("\u0085".encode()),
    "a bare CR in context": within(b"\r"),
    "file separators in context": within(b"\x1c\x1d\x1e"),
    "NUL, which makes a file binary": within(b"\0"),
    "latin-1": within("für Ärzte".encode("latin-1")),
    "CRLF": ({"a.txt": lines(*range(9), end=b"\r\n")}, {"a.txt": lines(0, 1, 2, 9, 4, 5, 6, 7, 8, end=b"\r\n")}),
    "CRLF that becomes LF": ({"a.txt": lines(*range(9), end=b"\r\n")}, {"a.txt": lines(*range(9))}),
    "a removed comment of SQL": removed(b"-- a comment"),
    "a removed line like a header": removed(b"-- a/a.txt"),
    "an added increment": added(b"++ counter"),
    "an added line like a header": added(b"++ b/a.txt"),
    "an added hunk header": added(b"@@ -1,4 +1,5 @@ def f():"),
    "a removed hunk header": removed(b"@@ -1 +1 @@"),
    "an added file header": added(b"diff --git a/x b/x"),
    "a removed whole diff": removed(b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b"),
    "empty lines of context": ({"a.txt": b"\n" * 9}, {"a.txt": b"\n\n\nnew\n\n\n\n\n\n\n"}),
    "trailing spaces": ({"a.txt": b"a \nb\t\n c\n"}, {"a.txt": b"a\nb\n c\n"}),
    "a heading after the counts": (
        {"a.py": b"def f():\n" + LONG.replace(b"line", b"    line")},
        {"a.py": b"def f():\n" + LONG.replace(b"line", b"    line").replace(b"line 30\n", b"thirty\n")},
    ),
    "a space in the name": at("a folder/with a name.txt"),
    "b/ in the name": at("a b/a b/x"),
    "a non-ASCII name": at("größe/日本.txt"),
    "a quote in the name": at('say "hello" \\ there.txt'),
    "a tab and an LF in the name": at("a\tb\nc.txt"),
    "a name that is no UTF-8": at(os.fsdecode(b"caf\xe9.txt")),
    "a name with a space at its end": at("a.txt "),
    "a name like a header": at("+++ b/--- a"),
    "a new file with a non-ASCII name": ({"b": b"b\n"}, {"b": b"b\n", "ü b.txt": TEN}),
    "a rename": ({"old name.txt": LONG}, {"new/name.txt": LONG}),
    "a rename with a change": ({"ä.txt": LONG}, {"b.txt": edited(LONG, (b"line 30\n", b"thirty\n"))}),
    "a mode that changes": ({"a run.sh": TEN}, {"a run.sh": Program(TEN)}),
    "a mode that changes, and a line": ({"run.sh": Program(TEN)}, {"run.sh": edited(TEN, (b"line 5\n", b"five\n"))}),
    "a new program": ({"b": b"b\n"}, {"b": b"b\n", "run.sh": Program(TEN)}),
    "a link that goes elsewhere": ({"link": Link("a")}, {"link": Link("b")}),
    "a file that becomes a link": ({"a": TEN}, {"a": Link("b")}),
    "a binary file": ({"a.png": b"\x89PNG\0\1"}, {"a.png": b"\x89PNG\0\2"}),
    "a binary file beside others": (
        {"a.txt": TEN, "b.png": b"\0\1", "c.txt": TEN},
        {"a.txt": TEN + b"new\n", "b.png": b"\0\2", "c.txt": b"new\n" + TEN},
    ),
    "many files": ({f"{n}.txt": TEN for n in range(9)}, {f"{n}.txt": TEN + b"%d\n" % n for n in range(9)}),
}


class Repository:
    """A repository of two commits, the change between which is looked at."""

    def __init__(self, folder: Path, before: Files, after: Files) -> None:
        self._folder = folder
        self.git("init", "--quiet", "--initial-branch=main")
        self.first = self._commit(before)
        self.second = self._commit(after)

    def git(self, *args: str) -> bytes:
        """Run git with nobody's settings."""
        who = {f"GIT_{role}_{what}": "ann" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        own = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", **who}
        argv = ["git", "-c", "core.autocrlf=false", "-C", str(self._folder), *args]
        return subprocess.run(argv, env=own, check=True, capture_output=True).stdout

    def diff(self, *options: str) -> bytes:
        """Return what git says of the change."""
        return self.git("diff", "--find-renames", *options, self.first, self.second)

    def content(self, commit: str, path: str) -> bytes:
        """Return a file as it stands in a commit."""
        return self.git("cat-file", "blob", f"{commit}:{path}")

    def _commit(self, files: Files) -> str:
        if self._tracked():
            self.git("rm", "-rqf", "--", *self._tracked())
        for path, content in files.items():
            self._write(self._folder / path, content)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty-message", "--message", "")
        return self.git("rev-parse", "HEAD").decode().strip()

    def _tracked(self) -> list[str]:
        return [os.fsdecode(path) for path in self.git("ls-files", "-z").split(b"\0") if path]

    @staticmethod
    def _write(path: Path, content: bytes | Link | Program) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Link):
            path.symlink_to(content.target)
            return
        path.write_bytes(content.content if isinstance(content, Program) else content)
        path.chmod(0o755 if isinstance(content, Program) else 0o644)
