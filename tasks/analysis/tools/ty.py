"""ty: calls that cannot work, over the borders of files (https://docs.astral.sh/ty)."""

import json
from collections.abc import Iterable

from tasks.analysis.tool import OURS, TOOLS, Remark, Tier, Tool, Worth, ends
from tasks.review.finding import Category, Severity

_SURE = frozenset({"unused-awaitable", "missing-argument", "index-out-of-bounds"})


def _read(printed: str) -> Iterable[Remark]:
    for found in json.loads(printed):
        rule, positions = str(found["check_name"]), found["location"]["positions"]
        tier = Tier.POST if rule in _SURE else Tier.HINT
        yield Remark(
            str(found["location"]["path"]),
            [(int(positions["begin"]["line"]), int(positions["end"]["line"]))],
            rule,
            str(found["description"]).removeprefix(f"{rule}: "),
            Worth(Severity.MAJOR, Category.BUG, tier),
        )


TY = Tool(
    name="ty",
    takes=ends(".py", ".pyi"),
    argv=(
        *(f"{TOOLS}/bin/ty", "check", "--config-file", f"{OURS}/ty.toml", "--project", "/tmp/empty"),  # noqa: S108
        *("--extra-search-path", "/repo", "--extra-search-path", "/tmp/src", "--python", "/usr"),  # noqa: S108
        *("--output-format", "gitlab", "--color", "never", "--no-progress", "--exit-zero", "--"),
    ),
    needs=(f"{TOOLS}/bin/ty",),
    read=_read,
    codes=frozenset({0}),
    in_tree=True,
)
