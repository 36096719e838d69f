"""oxlint: JavaScript's and TypeScript's own mistakes (https://oxc.rs/docs/guide/usage/linter)."""

import json
import re
from collections.abc import Iterable

from tasks.analysis.tool import MORE, OURS, Remark, Tool, Worth, ends, entries
from tasks.review.finding import Category, Severity

NODE = "/usr/bin/node"
_PROGRAM = f"{MORE}/node_modules/oxlint/bin/oxlint"


def _read(printed: str) -> Iterable[Remark]:
    for found in entries(json.loads(printed)["diagnostics"]):
        match = re.fullmatch(r"([\w-]+)\(([\w/-]+)\)", str(found.get("code") or ""))
        spans = [(int(label["span"]["line"]),) * 2 for label in found["labels"]]
        # Without a rule it is the parser that speaks.
        rule, severity = (match[2], Severity.MINOR) if match else ("syntax", Severity.MAJOR)
        text = ". ".join(part.rstrip(".") for part in (str(found["message"]), str(found.get("help") or "")) if part)
        more = f"https://oxc.rs/docs/guide/usage/linter/rules/{match[1]}/{match[2]}.html" if match else ""
        yield Remark(str(found["filename"]), spans, rule, text, Worth(severity, Category.BUG), more)


OXLINT = Tool(
    name="oxlint",
    takes=ends(".js", ".jsx", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".tsx"),
    argv=(
        *(NODE, _PROGRAM, "-c", f"{OURS}/oxlint.json", "--disable-nested-config", "--no-ignore"),
        *("--threads=2", "-f", "json", "--"),
    ),
    needs=(
        NODE,
        _PROGRAM,
    ),
    read=_read,
    about="mistakes in JavaScript and TypeScript",
    version=(NODE, _PROGRAM, "--version"),
)
