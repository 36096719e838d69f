"""Changes that nobody would think of: random edits of random files, for a real git to show."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from random import Random

LINES = (
    *(b"", b"", b"    return x", b"def f():", b"}", b"x = 1", b"\tindented", b"trailing  ", b"a" * 300),
    *(b"--- a/a.txt", b"+++ b/a.txt", b"-- a comment", b"++ counter", b"@@ -1 +1 @@", b"diff --git a/x b/x"),
    *(b"\\ No newline at end of file", b"```", b"````suggestion", b"form\ffeed", b"bare\rreturn", b"vertical\vtab"),
    *("größe".encode(), "日本".encode(), "line\u2028separator".encode(), "\U0001f680".encode(), b"latin \xe4"),
)
NAMES = (
    *("a.txt", "src/b.py", "deep/er/c.txt", "with space.txt", "größe/日本.txt", "a b/a b/x", "+++ b", "-dash", "e."),
    *('say "hello".txt', "tab\there", "back\\slash", "caf\udce9", "🚀.md", "@@ -1 +1 @@", "x.txt "),
)
MODES = (b"100644", b"100644", b"100644", b"100755", b"120000")


@dataclasses.dataclass(frozen=True)
class Entry:
    """A file: git's mode, and its bytes."""

    mode: bytes
    content: bytes


Tree = Mapping[str, Entry]


def change(random: Random) -> tuple[Tree, Tree]:
    """Return files before and after; most of them change, a few stay."""
    names = random.sample(NAMES, random.randint(1, 8))
    before: dict[str, Entry] = {}
    after: dict[str, Entry] = {}
    for name in names:
        entry = _entry(random)
        match random.choice(["edit", "edit", "edit", "add", "remove", "rename", "mode", "stay", "replace"]):
            case "add":
                after[name] = entry
            case "remove":
                before[name] = entry
            case "rename":
                before[name], after[f"moved/{name}"] = entry, _edited(random, entry)
            case "mode":
                before[name], after[name] = entry, dataclasses.replace(_edited(random, entry), mode=b"100755")
            case "stay":
                before[name] = after[name] = entry
            case "replace":
                before[name], after[name] = entry, _entry(random)
            case _:
                before[name], after[name] = entry, _edited(random, entry)
    return before, after


def _entry(random: Random) -> Entry:
    if random.random() < 0.05:
        return Entry(b"100644", random.randbytes(40) + b"\0")
    lines = [random.choice(LINES) for _ in range(random.choice([0, 1, 2, 5, 20, 60, 200]))]
    end = b"\r\n" if random.random() < 0.2 else b"\n"
    mode = random.choice(MODES)
    content = end.join([*lines, b""])
    if mode == b"120000":
        return Entry(mode, b"some/where")
    return Entry(mode, content.removesuffix(end) if random.random() < 0.3 else content)


def _edited(random: Random, entry: Entry) -> Entry:
    """Return a file with some stretches replaced, added or removed; now and then the end of its last line changes."""
    lines = entry.content.split(b"\n")
    for _ in range(random.randint(0, 5)):
        start = random.randint(0, len(lines))
        lines[start : start + random.randint(0, 4)] = [random.choice(LINES) for _ in range(random.randint(0, 4))]
    content = b"\n".join(lines)
    if random.random() < 0.1:
        content = content.replace(b"\r\n", b"\n")
    if random.random() < 0.1:
        content = content.removesuffix(b"\n") if content.endswith(b"\n") else content + b"\n"
    return Entry(entry.mode, content if entry.mode != b"120000" else b"else/where")


def fast_import(changes: Iterable[tuple[Tree, Tree]]) -> Iterator[bytes]:
    """Return, for `git fast-import`, the branches `base-N` and `head-N` of each change."""
    for number, (before, after) in enumerate(changes):
        yield from _commit(f"base-{number}", "", before)
        yield from _commit(f"head-{number}", f"refs/heads/base-{number}", after)


def _commit(branch: str, parent: str, tree: Tree) -> Iterator[bytes]:
    yield f"commit refs/heads/{branch}\ncommitter Ann <ann@localhost> 1767225600 +0000\ndata 1\nx\n".encode()
    yield f"from {parent}\n".encode() if parent else b""
    yield b"deleteall\n"
    for path, entry in tree.items():
        yield b"M %s inline %s\ndata %d\n%s\n" % (entry.mode, _quoted(path), len(entry.content), entry.content)


def _quoted(path: str) -> bytes:
    raw = path.encode("utf-8", "surrogateescape")
    return b'"%s"' % b"".join(b"\\%03o" % byte for byte in raw)
