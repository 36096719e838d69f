"""Asks each tool inside the sandbox for its version: those that are here, and say so, will also run in a review.

Argument: JSON, {name: [paths that must be there, command line]}. /results/versions is {name: null where a path is not
there, else what was printed, empty where the tool did not start}.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

SECONDS = 10.0


def main() -> None:
    """Ask one after the other: each takes some milliseconds."""
    asked = json.loads(sys.argv[1])
    said = {
        name: said_by(argv) if all(Path(need).exists() for need in needs) else None
        for name, (needs, argv) in asked.items()
    }
    Path("/results/versions").write_text(json.dumps(said), encoding="utf-8")


def said_by(argv: list[str]) -> str:
    """Return what a program prints, empty if it does not come to a good end."""
    try:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
            check=False,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


if __name__ == "__main__":
    main()
