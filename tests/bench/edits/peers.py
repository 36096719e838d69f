"""The other appliers, each asked for the formats it knows; what they cost is the time of their processor."""

import contextlib
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.anchored import BenchError, cached, run
from edits.cases import Case
from edits.write import BEGIN_PATCH, FORMATS, UNIFIED

Result = Mapping[str, str | None] | None

# Which of them are asked for which format; those in APPLIERS live in an environment of their own.
APPLIERS = {"aider": FORMATS, "openai-agents": (BEGIN_PATCH,)}
# Git counts lines itself only when it has refused the counts as they are: it takes a second file's name for a line.
PATCHERS = {
    "GNU patch": (["patch", "--fuzz=3", "-l", "-f", "-s", "--no-backup-if-mismatch", "-r", "-"],),
    "git apply": (["git", "apply"], ["git", "apply", "--recount"]),
}
ASKED = {**APPLIERS, **dict.fromkeys(PATCHERS, (UNIFIED,))}


def fill(folder: Path) -> None:
    uv = str(Path(sys.executable).with_name("uv"))
    run([uv, "venv", "--quiet", "--python", sys.executable, "venv"], folder)
    wanted = ["--require-hashes", "--no-deps", "-r", "requirements.txt"]
    run([uv, "pip", "install", "--quiet", "--python", "venv", *wanted], folder)


@dataclass(frozen=True)
class Peers:
    """The other appliers, running; `versions` names them."""

    process: "subprocess.Popen[str]"
    versions: Mapping[str, str]

    def ask(self, engine: str, case: Case) -> tuple[Result, float]:
        """Return what one of them makes of a case (None: it refuses), and milliseconds of its processor."""
        return with_patch(PATCHERS[engine], case) if engine in PATCHERS else self._over_there(engine, case)

    def _over_there(self, engine: str, case: Case) -> tuple[Result, float]:
        asked = {"engine": engine, "form": case.form, "reply": case.reply, "bare": case.bare, "files": dict(case.files)}
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise BenchError(f"the process of the other appliers ended while {engine} was asked")
        told = json.loads(line)
        return changed(case, told["tree"]), told["ms"]


@contextlib.contextmanager
def running() -> Iterator[Peers]:
    """Start the process of those that are written in Python, installed before if need be."""
    folder = cached("appliers", fill)
    argv = [folder / "venv" / "bin" / "python", "-I", "-W", "ignore", folder / "applier.py"]
    with subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout
        first = process.stdout.readline()
        if not first:
            raise BenchError(f"{folder}/applier.py does not start; remove that folder and try again")
        yield Peers(process, {**json.loads(first), **{name: _version(name) for name in PATCHERS}})


def _version(name: str) -> str:
    shown = subprocess.run([PATCHERS[name][0][0], "--version"], capture_output=True, text=True, check=True).stdout
    return shown.split("\n")[0].split()[-1]


def with_patch(tries: Sequence[list[str]], case: Case) -> tuple[Result, float]:
    """Give the bare patch to a program in a folder with the files, in one way after the other until it takes it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path, text in case.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(text.encode())
        strip = "-p1" if "--- a/" in case.bare or "+++ b/" in case.bare else "-p0"
        before, taken = resource.getrusage(resource.RUSAGE_CHILDREN), False
        for argv in tries:
            done = subprocess.run(
                [*argv, strip], cwd=folder, input=case.bare.encode(), capture_output=True, check=False
            )
            taken = done.returncode == 0
            if taken:
                break
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return (changed(case, tree(folder)) if taken else None), 1000 * spent


def tree(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes().decode(errors="replace") for path in files}


def changed(case: Case, found: Mapping[str, str] | None) -> Result:
    """Return what differs from the case's files; None where the tool refused."""
    if found is None:
        return None
    gone: dict[str, str | None] = {path: None for path in case.files if path not in found}
    return {**gone, **{path: text for path, text in found.items() if case.files.get(path) != text}}
