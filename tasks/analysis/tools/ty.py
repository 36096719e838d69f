"""ty: calls that cannot work, over the borders of files (https://docs.astral.sh/ty)."""

import json
import urllib.parse
from collections.abc import Iterable

from tasks.analysis.tool import OURS, TOOLS, Remark, Tier, Tool, Worth, ends, entries
from tasks.review.finding import Category, Severity

_SURE = frozenset({"unused-awaitable", "missing-argument", "index-out-of-bounds"})


def _read(printed: str) -> Iterable[Remark]:
    for found in entries(json.loads(printed)["runs"][0]["results"]):
        rule, place = str(found["ruleId"]), found["locations"][0]["physicalLocation"]
        tier = Tier.POST if rule in _SURE else Tier.HINT
        yield Remark(
            urllib.parse.unquote(str(place["artifactLocation"]["uri"])),
            [(int(place["region"]["startLine"]), int(place["region"]["endLine"]))],
            rule,
            str(found["message"]["text"]),
            Worth(Severity.MAJOR, Category.BUG, tier),
        )


TY = Tool(
    name="ty",
    takes=ends(".py", ".pyi"),
    argv=(
        *(f"{TOOLS}/bin/ty", "check", "--config-file", f"{OURS}/ty.toml", "--project", "/tmp/empty"),  # noqa: S108
        *("--extra-search-path", "/repo", "--extra-search-path", "/tmp/src", "--python", "/usr"),  # noqa: S108
        *("--output-format", "sarif", "--color", "never", "--no-progress", "--exit-zero", "--"),
    ),
    needs=(f"{TOOLS}/bin/ty",),
    read=_read,
    codes=frozenset({0}),
    in_tree=True,
    about="types in Python",
)
