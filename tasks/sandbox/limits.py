"""What a run may use, and what is said about it afterwards."""

import dataclasses
from collections.abc import Mapping

MIB = 1024 * 1024

# Why a run ended: by itself, or at one of the limits below.
EXIT = "exit"
WALL = "wall"
MEMORY = "memory"
PROCESSES = "processes"
DISK = "disk"
OUTPUT = "output"
CANCELLED = "cancelled"


@dataclasses.dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use, everything that it starts included; at a limit the whole tree is killed.

    `cpu_seconds`, `file_bytes` and `open_files` count per process (the kernel offers no more), all others
    for the run as a whole. `processes` counts threads too. `tmp_bytes` is the size of /tmp, a quarter of it
    that of /dev/shm; both are memory and count as such. `tree_bytes` covers /repo and /results together.
    `output_bytes` is what is kept of stdout and stderr; 64 times as much ends the run.
    """

    wall_seconds: float = 300.0
    cpu_seconds: int = 300
    memory_bytes: int = 2048 * MIB
    processes: int = 256
    file_bytes: int = 256 * MIB
    tmp_bytes: int = 256 * MIB
    tree_bytes: int = 1024 * MIB
    output_bytes: int = MIB
    open_files: int = 1024


@dataclasses.dataclass(frozen=True, slots=True)
class Run:
    """How a run ended.

    `exit_code` is the command's own (128 + signal when a signal ended it, 137 when we killed it).
    `output` is stdout and stderr as one text, middle left out when it is long, without control characters.
    `ended` is "exit" or the limit that was reached: "wall", "memory", "processes", "disk", "output",
    "cancelled". `limiter` names what watched memory and processes. `results` holds the collected files.
    """

    exit_code: int
    output: str
    seconds: float
    ended: str
    limiter: str
    results: Mapping[str, bytes]
