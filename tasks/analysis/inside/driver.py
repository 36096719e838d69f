"""Runs the tools inside the sandbox, several at once; the system's own Python starts it, so it needs nothing else.

Arguments: the plan as JSON, then the paths of the changed files below /repo. Each file is copied to a folder of its
own under a harmless name (/tmp/look/NUMBER/NAME), so no tool finds a repository's settings beside it and no name is
taken for an option. What a tool prints stands in /results/NAME.out afterwards, how it ended in /results/NAME.end.
"""

from __future__ import annotations

import concurrent.futures
import json
import os
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

REPO, RESULTS, TMP = Path("/repo"), Path("/results"), Path("/tmp")  # noqa: S108 - the sandbox's own, and empty
EMPTY, LOOK = TMP / "empty", TMP / "look"
NO_FOLLOW = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
FEW = {"RAYON_NUM_THREADS": "2", "TOKIO_WORKER_THREADS": "2", "TY_MAX_PARALLELISM": "2"}


def main() -> int:
    """Copy, run and write down; the exit code says only that the driver came to its end."""
    plan, paths = json.loads(sys.argv[1]), sys.argv[2:]
    deadline = time.monotonic() + plan["seconds"]
    copies, large = look_at(paths, plan["names"], plan["largest"])
    write("large", json.dumps(large))
    prepare(plan["own"])
    with concurrent.futures.ThreadPoolExecutor(plan["workers"]) as pool:
        for done in [pool.submit(run, tool, files(tool, paths, copies), deadline) for tool in plan["tools"]]:
            done.result()
    return 0


def look_at(paths: list[str], names: list[str], largest: int) -> tuple[dict[int, Path], list[int]]:
    """Copy the files; return the copies by number, and the numbers of those that are too large."""
    copies, large = {}, []
    for number, path in enumerate(paths):
        content = read(REPO / path, largest)
        if content is None:
            large.append(number)
        elif content and b"\0" not in content:
            copies[number] = LOOK / str(number) / names[number]
            copies[number].parent.mkdir(parents=True)
            copies[number].write_bytes(content)
    return copies, large


def read(path: Path, largest: int) -> bytes | None:
    """Return the bytes of a regular file, nothing for what is none, None for one that is too large."""
    try:
        descriptor = os.open(path, NO_FOLLOW)
    except (OSError, ValueError):
        return b""
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return b""
    with os.fdopen(descriptor, "rb") as file:
        content = file.read(largest + 1)
    return None if len(content) > largest else content


def prepare(own: dict[str, str]) -> None:
    """Make an empty project, our own copies of some folders, and /tmp/src: the repository's, where there is one."""
    EMPTY.mkdir()
    for source, copy in own.items():
        if Path(source).is_dir():
            shutil.copytree(source, copy, copy_function=shutil.copyfile)
            Path(copy).chmod(0o700)
    if (REPO / "src").is_dir():
        (TMP / "src").symlink_to(REPO / "src")
    else:
        (TMP / "src").mkdir()


def files(tool: dict[str, Any], paths: list[str], copies: dict[int, Path]) -> list[str]:
    """Return what is given to a tool: copies, their folder, or the files in the repository themselves."""
    numbers = [number for number in tool["files"] if number in copies]
    if numbers and tool["folder"]:
        return [str(LOOK)]
    return [str(REPO / paths[number] if tool["tree"] else copies[number]) for number in numbers]


def run(tool: dict[str, Any], given: list[str], deadline: float) -> None:
    """Run one tool and write down how it ended: "absent", "idle", "late", "broken" or an exit code."""
    name = tool["name"]
    if not all(Path(need).exists() for need in tool["needs"]):
        write(f"{name}.end", "absent")
    elif not given:
        write(f"{name}.end", "idle")
    else:
        write(f"{name}.end", ending([*tool["argv"], *given], RESULTS / f"{name}.out", deadline))


def ending(argv: list[str], out: Path, deadline: float) -> str:
    """Return the exit code as text, or why there is none."""
    try:
        with out.open("wb") as printed:
            done = subprocess.run(
                argv,
                cwd=EMPTY,
                env={**os.environ, **FEW},
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.DEVNULL,
                timeout=max(deadline - time.monotonic(), 0.01),
                check=False,
            )
    except subprocess.TimeoutExpired:
        return "late"
    except (OSError, ValueError):
        return "broken"
    return str(done.returncode)


def write(name: str, text: str) -> None:
    """Write one result so that it is there as a whole or not at all."""
    part = RESULTS / f".part-{name}"
    part.write_text(text, encoding="utf-8")
    part.rename(RESULTS / name)


if __name__ == "__main__":
    sys.exit(main())
