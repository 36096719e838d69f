"""kingfisher: tokens, keys and passwords (https://github.com/mongodb/kingfisher)."""

import json
import re
from collections.abc import Iterable

from tasks.analysis.tool import TOOLS, Remark, Tier, Tool, Worth
from tasks.review.finding import Category, Severity

_PROGRAM = f"{TOOLS}/kingfisher/bin/kingfisher"
# Made by the set-up, for reading its rules anew takes 12 seconds of a processor; it trusts only what is its own.
_RULE_CACHE = (f"{TOOLS}/rule-cache", "/tmp/rule-cache")  # noqa: S108


def _read(printed: str) -> Iterable[Remark]:
    lines = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    ends = [line["audit"]["summary"] for line in lines if "audit" in line]
    if not ends or any(end["scan_failed"] or end["scan_partial"] or not end["scan_succeeded"] for end in ends):
        raise ValueError("it did not come to its end")
    for line in lines:
        if "finding" in line:
            yield _remark(line["rule"], line["finding"])


def _remark(rule: dict[str, object], found: dict[str, object]) -> Remark:
    """Take over where and what kind, and nothing of the secret itself."""
    name, line = str(rule["id"]), int(str(found["line"]))
    if not re.fullmatch(r"[\w.-]+", name):
        raise ValueError("no name of a rule")
    tier = Tier.HINT if found["confidence"] == "low" else Tier.POST
    text = f"This looks like a secret ({str(rule['name']).replace('-', ' ')}); whoever can read the repository has it"
    return Remark(str(found["path"]), [(line, line)], name, text, Worth(Severity.CRITICAL, Category.SECURITY, tier))


KINGFISHER = Tool(
    name="kingfisher",
    takes=lambda _path, _first_line: True,
    argv=(
        *(_PROGRAM, "scan", "--no-validate", "--no-update-check", "--redact", "--no-ignore", "--git-history", "none"),
        *("--rule-cache-dir", _RULE_CACHE[1], "--format", "jsonl", "--quiet", "--jobs", "2", "--"),
    ),
    needs=(_PROGRAM,),
    read=_read,
    codes=frozenset({0, 200}),
    by_folder=True,
    is_secret=True,
    own=_RULE_CACHE,
    about="secrets in any file",
)
