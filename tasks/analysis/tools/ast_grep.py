"""ast-grep: our own few rules, in inside/rules.yml (https://ast-grep.github.io)."""

import json
from collections.abc import Iterable

from tasks.analysis.tool import OURS, TOOLS, Remark, Tool, Worth, ends
from tasks.review.finding import Category, Severity


def _read(printed: str) -> Iterable[Remark]:
    for line in printed.splitlines():
        found = json.loads(line)
        rule = str(found["ruleId"]).rpartition("-")[0]  # the last word is the language
        category = Category.SECURITY if rule.startswith("html") else Category.BUG
        span = (int(found["range"]["start"]["line"]) + 1, int(found["range"]["end"]["line"]) + 1)
        yield Remark(str(found["file"]), [span], rule, str(found["message"]), Worth(Severity.MAJOR, category))


AST_GREP = Tool(
    name="ast-grep",
    takes=ends(".py", ".js", ".jsx", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".tsx"),
    argv=(f"{TOOLS}/bin/ast-grep", "scan", "-r", f"{OURS}/rules.yml", "--json=stream", "--threads", "2", "--"),
    needs=(f"{TOOLS}/bin/ast-grep",),
    read=_read,
    about="our own rules for Python, JavaScript and TypeScript",
)
