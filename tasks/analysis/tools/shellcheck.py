"""shellcheck: scripts of sh, bash, dash and ksh (https://www.shellcheck.net/wiki)."""

import json
import re
from collections.abc import Iterable

from tasks.analysis.tool import TOOLS, Remark, Tier, Tool, Worth, entries
from tasks.review.finding import Category, Severity

_SHELL = re.compile(r"#!\s*\S*/(?:env\s+(?:-S\s+)?)?(?:sh|bash|dash|ksh)\b")
# Files that are not here (1090, 1091), no #! (2148), variables of other files (2034, 2154): nothing to say about those.
NEVER = frozenset({1090, 1091, 2034, 2148, 2154})
# Of what it calls a note these are mistakes more often than not.
_NOTES = frozenset({2086, 2048, 2068, 2145, 2128, 2178, 2030, 2031, 2181})
_SEVERITIES = {"error": Severity.MAJOR, "warning": Severity.MINOR}


def worth(code: int, level: str) -> Worth:
    """Return what a remark of shellcheck is worth, here and in a Dockerfile; info and style are for the model."""
    tier = Tier.POST if level in _SEVERITIES or code in _NOTES else Tier.HINT
    return Worth(_SEVERITIES.get(level, Severity.MINOR), Category.BUG, tier)


def _takes(path: str, first_line: str) -> bool:
    return path.lower().endswith((".sh", ".bash", ".ksh", ".dash")) or _SHELL.match(first_line) is not None


def _read(printed: str) -> Iterable[Remark]:
    for found in entries(json.loads(printed)["comments"]):
        code = int(found["code"])
        if code not in NEVER:
            yield Remark(
                str(found["file"]),
                [(int(found["line"]), int(found["endLine"]))],
                f"SC{code}",
                str(found["message"]),
                worth(code, str(found["level"])),
                f"https://www.shellcheck.net/wiki/SC{code}",
            )


SHELLCHECK = Tool(
    name="shellcheck",
    takes=_takes,
    argv=(f"{TOOLS}/bin/shellcheck", "--norc", "--format=json1", "--color=never", "--"),
    needs=(f"{TOOLS}/bin/shellcheck",),
    read=_read,
    about="shell scripts",
)
