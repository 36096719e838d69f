"""Runs every analyser on a change, in one sandbox, and says what was found, what was absent and what failed."""

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.diff import FileDiff
from bot.errors import UserError
from tasks.analysis.changed import Changed, changed, first_line
from tasks.analysis.outcome import Outcome, judge
from tasks.analysis.registry import EVERY_TOOL
from tasks.analysis.tool import OURS, Tier, Tool
from tasks.analysis.voice import speak
from tasks.review.finding import Finding
from tasks.sandbox import Limits, Run, Sandbox, SandboxUnavailable

PYTHON = "/usr/bin/python3"
MOST_FILES = 1000
MOST_PATHS = 500_000  # characters: the paths travel as arguments, of which the kernel takes 2 MiB
LARGEST_FILE = 1024 * 1024  # bytes; what is larger is data or generated
WORKERS = 3
GRACE_SECONDS = 5.0
_MIB = 1024 * 1024


@dataclasses.dataclass(frozen=True, slots=True)
class Analysis:
    """What the analysers say of a change.

    `findings` may be posted, `hints` are only for the model to think about. `absent` names the tools that had
    something to look at but are not here, `failed` those that did not come to an end that can be trusted, `skipped`
    the files that nobody looked at: each with its reason. Without any of the three, silence means clean.
    """

    findings: tuple[Finding, ...] = ()
    hints: tuple[Finding, ...] = ()
    absent: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()


def analyse(
    tree: Path,
    files: Sequence[FileDiff],
    sandbox: Sandbox,
    *,
    seconds: float,
    cancelled: Callable[[], bool],
    tools: Sequence[Tool] = EVERY_TOOL,
) -> Analysis:
    """Look at the changed files of a checkout and return what is wrong on lines that the change adds.

    `sandbox` must show what `mounts` says. `seconds` bounds all tools together. Nothing is raised for a tool, a
    sandbox or a checkout that does not work: it is named in the answer.
    """
    found = changed(files)
    seen, rest = _affordable(found)
    starts = [first_line(tree, file) for file in seen]
    chosen = {tool: numbers for tool in tools if (numbers := _files_of(tool, seen, starts))}
    skipped = [f"{file.path}: only {len(seen)} files are looked at" for file in rest]
    if not chosen:
        return Analysis(skipped=tuple(skipped))
    try:
        run = _run(sandbox, tree, _plan(seen, chosen, seconds), seen, cancelled)
    except SandboxUnavailable as error:
        absent = tuple(f"{tool.name}: {error.reason}" for tool in chosen)
        return Analysis(absent=absent, skipped=tuple(skipped))
    except UserError as error:
        return Analysis(failed=tuple(f"{tool.name}: {error}" for tool in chosen), skipped=tuple(skipped))
    skipped.extend(f"{path}: larger than {LARGEST_FILE // _MIB} MiB" for path in _too_large(run, seen))
    return _gather([judge(tool, run, seconds) for tool in chosen], seen, skipped)


def _affordable(files: Sequence[Changed]) -> tuple[list[Changed], list[Changed]]:
    """Return the files that fit into one run, and the rest."""
    room, count = MOST_PATHS, 0
    for file in files[:MOST_FILES]:
        room -= len(file.path)
        if room < 0:
            break
        count += 1
    return list(files[:count]), list(files[count:])


def _files_of(tool: Tool, files: Sequence[Changed], starts: Sequence[str]) -> list[int]:
    return [
        number
        for number, (file, start) in enumerate(zip(files, starts, strict=True))
        if tool.takes(file.path, start) and (file.is_utf8 or not tool.in_tree)
    ]


def _plan(files: Sequence[Changed], chosen: Mapping[Tool, Sequence[int]], seconds: float) -> dict[str, Any]:
    """Return what the driver shall do; see inside/driver.py."""
    return {
        "seconds": seconds,
        "workers": WORKERS,
        "largest": LARGEST_FILE,
        "names": [file.name for file in files],
        "own": dict(tool.own for tool in chosen if tool.own),
        "tools": [
            {
                "name": tool.name,
                "argv": tool.argv,
                "needs": tool.needs,
                "tree": tool.in_tree,
                "folder": tool.by_folder,
                "files": numbers,
            }
            for tool, numbers in chosen.items()
        ],
    }


def _run(
    sandbox: Sandbox, tree: Path, plan: dict[str, Any], files: Sequence[Changed], cancelled: Callable[[], bool]
) -> Run:
    argv = [PYTHON, "-I", f"{OURS}/driver.py", json.dumps(plan), *(file.path for file in files)]
    # A little more than the driver takes, so that it can still say which tool was late.
    wall = plan["seconds"] + GRACE_SECONDS
    limits = Limits(wall_seconds=wall, processes=512, tree_bytes=4096 * _MIB, tmp_bytes=512 * _MIB)
    collect = ["large", *(f"{tool['name']}.{kind}" for tool in plan["tools"] for kind in ("end", "out"))]
    return sandbox.run(tree, argv, limits=limits, collect=collect, cancelled=cancelled)


def _too_large(run: Run, files: Sequence[Changed]) -> list[str]:
    """Return the paths that the driver found too large; what it wrote is a stranger's word, should it be overrun."""
    try:
        numbers = json.loads(run.results.get("large", b"[]"))
        return [files[number].path for number in numbers]
    except (ValueError, TypeError, IndexError):
        return []


def _gather(outcomes: Sequence[Outcome], files: Sequence[Changed], skipped: Sequence[str]) -> Analysis:
    spoken = speak(outcomes, files)
    return Analysis(
        findings=tuple(finding for tier, finding in spoken if tier is Tier.POST),
        hints=tuple(finding for tier, finding in spoken if tier is Tier.HINT),
        absent=tuple(outcome.tool.name for outcome in outcomes if outcome.is_absent),
        failed=tuple(f"{outcome.tool.name}: {outcome.problem}" for outcome in outcomes if outcome.problem),
        skipped=tuple(skipped),
    )
