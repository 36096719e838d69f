"""What became of one tool in a run: its remarks, or why there are none that can be trusted."""

import dataclasses
import re

from tasks.analysis.tool import Remark, Tool
from tasks.sandbox import Run

_ENDED = {
    "wall": "took longer than {seconds:g} s",
    "memory": "used more memory than the sandbox allows",
    "processes": "started more processes than the sandbox allows",
    "disk": "wrote more to the disk than the sandbox allows",
    "output": "printed more than the sandbox allows",
    "cancelled": "was stopped with the job",
    "exit": "did not start",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """The remarks of one tool; `problem` says in a few words why they are not all, and is empty if they are."""

    tool: Tool
    remarks: tuple[Remark, ...] = ()
    is_absent: bool = False
    problem: str = ""


def judge(tool: Tool, run: Run, seconds: float) -> Outcome:
    """Read how a tool ended and what it printed; nothing of its words is passed on where it failed."""
    end = run.results.get(f"{tool.name}.end", b"").decode("ascii", "replace")
    if end in {"absent", "idle"}:
        return Outcome(tool, is_absent=end == "absent")
    problem = _problem(tool, run, end)
    if problem:
        return Outcome(tool, problem=problem.format(seconds=seconds))
    try:
        return Outcome(tool, tuple(tool.read(run.results[f"{tool.name}.out"].decode("utf-8", "replace"))))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        return Outcome(tool, problem="printed what cannot be read")


def _problem(tool: Tool, run: Run, end: str) -> str:
    """Say in a few words why there is nothing to read, empty when there is."""
    if not end:
        return _ENDED.get(run.ended, f"reached the limit on {run.ended}")
    if end == "late":
        return _ENDED["wall"]
    if end == "broken":
        return "cannot be started"
    if not re.fullmatch(r"-?\d{1,3}", end) or int(end) not in tool.codes:
        return "ended with another exit code than it has for findings"
    return "" if f"{tool.name}.out" in run.results else "printed more than 4 MiB"
