"""Suggestions as models make them: a real edit of a real file, with the slips of models on its way."""

import bisect
import cmd
import csv
import dataclasses
import fnmatch
import graphlib
import inspect
import queue
import sched
import shlex
import string
import textwrap
from collections.abc import Iterator, Sequence
from random import Random

MODULES = (bisect, cmd, csv, fnmatch, graphlib, queue, sched, shlex, string, textwrap)


@dataclasses.dataclass(frozen=True)
class Slip:
    """Lines `first` to `last` of a file, the file as it was meant to become, and what the model said instead."""

    path: str
    head: str
    first: int
    last: int
    meant: str
    said: str
    slips: tuple[str, ...]


def slips(random: Random, count: int) -> Iterator[Slip]:
    """Return edits of Python's own library."""
    texts = [(f"{module.__name__}.py", inspect.getsource(module)) for module in MODULES]
    while count:
        name, text = random.choice(texts)
        head = text.split("\n")[:-1]
        first = random.randint(1, len(head))
        last = min(len(head), first + random.choice([0, 0, 0, 1, 2, 4, 8]))
        new = _edited(random, head[first - 1 : last])
        if new:
            meant = "\n".join([*head[: first - 1], *new, *head[last:], ""])
            said, made = _slipped(random, new, head, first, last)
            yield Slip(name, text, first, last, meant, said, made)
            count -= 1


def _edited(random: Random, lines: Sequence[str]) -> list[str]:
    told = [at for at, line in enumerate(lines) if line.strip()]
    if not told:
        return []
    new, at = list(lines), random.choice(told)
    indent = new[at][: len(new[at]) - len(new[at].lstrip())]
    match random.choice(["rename", "insert", "drop", "wrap", "remark"]):
        case "rename":
            new[at] = new[at].replace("e", "ee", 1)
        case "insert":
            new.insert(at, f"{indent}check_{random.randint(0, 99)}()")
        case "drop":
            del new[at]
        case "wrap":
            margin = min(len(line) - len(line.lstrip()) for line in new if line.strip())
            new = [" " * margin + "with lock:", *(f"    {line}" if line.strip() else line for line in new)]
        case _:
            new[at] += "  # see above"
    return new if "".join(new).strip() else []


def _slipped(
    random: Random, new: Sequence[str], head: Sequence[str], first: int, last: int
) -> tuple[str, tuple[str, ...]]:
    lines, made = list(new), []
    if random.random() < 0.35:
        above, below = min(random.randint(0, 3), first - 1), random.randint(0, 3)
        lines = [*head[first - 1 - above : first - 1], *lines, *head[last : last + below]]
        made.append("context")
    kind = random.random()
    if kind < 0.2:
        lines = textwrap.dedent("\n".join(lines)).split("\n")
        made.append("dedent")
    elif kind < 0.3:
        lines = "\n".join(lines).strip().split("\n")
        made.append("strip")
    kind = random.random()
    if kind < 0.1:
        lines = ["```python", *lines, "```"]
        made.append("fence")
    elif kind < 0.2:
        lines = [f"+{line}" for line in lines]
        made.append("plus")
    if random.random() < 0.2:
        lines.append("")
        made.append("LF")
    return "\n".join(lines), tuple(made)
