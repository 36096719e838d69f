"""Which analysers are here, each asked for its version in the very sandbox that a review runs it in."""

import dataclasses
import json
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tasks.analysis.analyse import PYTHON
from tasks.analysis.registry import EVERY_TOOL
from tasks.analysis.tool import OURS, Tool
from tasks.sandbox import Limits, Sandbox

_LIMITS = Limits(wall_seconds=100, processes=512)  # 9 tools with 10 s each, and the start
_VERSION = re.compile(r"\d+(?:\.\d+)+[\w.+-]*")


@dataclasses.dataclass(frozen=True, slots=True)
class Presence:
    """Whether a tool is here; `version` is empty where it is absent, or is there and does not run."""

    tool: Tool
    version: str
    is_absent: bool


def presence(sandbox: Sandbox, tools: Sequence[Tool] = EVERY_TOOL) -> list[Presence]:
    """Ask each tool for its version; `sandbox` must show what `mounts` says.

    Raises `SandboxUnavailable` where there is no sandbox, in which a review does without all of them.
    """
    asked = json.dumps({tool.name: (tool.needs, tool.asking) for tool in tools})
    with tempfile.TemporaryDirectory(prefix="codex-bot-versions-") as empty:
        argv = [PYTHON, "-I", f"{OURS}/versions.py", asked]
        run = sandbox.run(Path(empty), argv, limits=_LIMITS, collect=["versions"])
    said = json.loads(run.results.get("versions", b"{}"))
    return [
        Presence(tool, _version(said.get(tool.name, "")), is_absent=said.get(tool.name, "") is None) for tool in tools
    ]


def _version(said: str | None) -> str:
    found = _VERSION.search(said or "")
    return found[0] if found else ""
