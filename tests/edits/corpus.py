"""Where the changes come from: this repository's own history, and where that is short, made-up edits of real files."""

import ast
import functools
import subprocess
import sysconfig
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from edits.changes import Change, lines_of, text_of

ROOT = Path(__file__).parents[2]
MOST_CHANGED = 60  # lines
MOST_LINES = 1500
ENOUGH = 300
MOST_REAL = 1000  # the oldest ones: so that a seed draws the same cases however the history goes on


@functools.cache
def changes() -> tuple[Change, ...]:
    """Return changes of one file: those of the history, then made-up ones, at least a third as many."""
    real = history()[:MOST_REAL]
    return (*real, *made_up(Random(1), max(ENOUGH, len(real) // 3)))


def history() -> list[Change]:
    """Return every change of one file that the history tells of, oldest first; a shallow clone has few."""
    names = []
    raw = _git("log", "--reverse", "--no-merges", "--diff-filter=M", "--raw", "--no-abbrev", "--format=")
    for line in raw.decode(errors="replace").split("\n"):
        words, _, path = line.partition("\t")
        if words.startswith(":100") and not path.endswith(".lock"):
            names.append((*words.split()[2:4], path))
    texts = _blobs([name for old, new, _ in names for name in (old, new)])
    found = (Change(path, texts[old], texts[new]) for old, new, path in names if old in texts and new in texts)
    return [change for change in found if is_fit(change)]


def is_fit(change: Change) -> bool:
    """Say whether a change is of the size that a reply's has."""
    before, after = lines_of(change.before), lines_of(change.after)
    differing = len(set(before) ^ set(after))
    return bool(before and after) and 0 < differing <= MOST_CHANGED and max(len(before), len(after)) <= MOST_LINES


def _git(*words: str, given: bytes = b"") -> bytes:
    run = subprocess.run(["git", *words], cwd=ROOT, input=given, capture_output=True, check=False)
    return run.stdout if run.returncode == 0 else b""


def _blobs(names: Sequence[str]) -> dict[str, str]:
    """Read the texts of git's objects; those that are no UTF-8 or are not there are left out."""
    wanted = list(dict.fromkeys(names))
    out = _git("cat-file", "--batch", given="".join(f"{name}\n" for name in wanted).encode())
    texts, at = {}, 0
    while at < len(out):
        end = out.index(b"\n", at)
        name, kind, *size = out[at:end].split()
        at = end + 1
        if kind == b"blob":
            content = out[at : at + int(size[0])]
            at += len(content) + 1
            try:
                texts[name.decode()] = content.decode()
            except UnicodeDecodeError:
                continue
    return texts


def made_up(random: Random, count: int) -> Iterator[Change]:
    """Edit files of this project and of Python's own library in random places; what is made is still Python."""
    library = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    own = sorted(path for room in ("bot", "tasks", "actions", "infra") for path in (ROOT / room).rglob("*.py"))
    made = 0
    while made < count:
        path = random.choice(random.choice([library, own]))
        try:
            before = path.read_bytes().decode()
        except UnicodeDecodeError:
            continue
        change = edited(f"lib/{path.name}" if path in library else str(path.relative_to(ROOT)), before, random)
        if is_fit(change) and _is_python(change.before) and _is_python(change.after):
            made += 1
            yield change


def _is_python(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return True


def edited(path: str, before: str, random: Random) -> Change:
    """Rename a word, comment, repeat, drop or indent lines at one to three places of a text."""
    lines = lines_of(before)
    for _ in range(random.randint(1, 3)):
        if not lines:
            break
        at = random.randrange(len(lines))
        few = random.randint(1, 4)
        pad = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
        match random.choice(["word", "comment", "drop", "insert", "replace"]):
            case "word":
                word = max(lines[at].replace("(", " ").split(), key=len, default="")
                lines[at] = lines[at].replace(word, f"{word}_too") if word.isidentifier() else lines[at] + "  # kept"
            case "comment":
                lines.insert(at, f"{pad}# Remark {random.randrange(1000)}: this is on purpose.")
            case "drop":
                del lines[at : at + few]
            case "insert":
                lines[at:at] = [f"{pad}value_{random.randrange(100)} = {step}" for step in range(few)]
            case _:
                lines[at : at + few] = [f"{pad}call_{random.randrange(100)}({step})" for step in range(few)]
    return Change(path, before, text_of(lines, before))
