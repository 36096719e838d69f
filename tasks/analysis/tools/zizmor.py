"""zizmor: workflows that let strangers in (https://docs.zizmor.sh/audits)."""

import json
import re
from collections.abc import Iterable

from tasks.analysis.tool import TOOLS, Remark, Tier, Tool, Worth, entries
from tasks.review.finding import Category, Severity

# Good advice that most repositories have decided about once and for all.
_HINTED = frozenset(
    [
        *("artipacked", "excessive-permissions", "unpinned-uses", "unpinned-images", "cache-poisoning"),
        *("self-hosted-runner", "use-trusted-publishing", "superfluous-actions", "concurrency-limits"),
    ]
)
_SEVERITIES = {"High": Severity.CRITICAL, "Medium": Severity.MAJOR, "Low": Severity.MINOR}
_WORKFLOW = re.compile(r"(?:^|/)\.[a-z]+/workflows/[^/]+\.ya?ml$|(?:^|/)action\.ya?ml$")


def _takes(path: str, _: str) -> bool:
    return _WORKFLOW.search(path) is not None


def _read(printed: str) -> Iterable[Remark]:
    for found in entries(json.loads(printed)):
        rule, sure = str(found["ident"]), found["determinations"]
        places = [place for kind in ("Primary", "Related", "Hidden") for place in _places(found, kind)]
        tier = Tier.HINT if rule in _HINTED or sure["confidence"] == "Low" else Tier.POST
        severity = _SEVERITIES.get(str(sure["severity"]), Severity.INFO)
        if not re.fullmatch(r"[a-z0-9-]+", rule):
            raise ValueError("no name of an audit")
        yield Remark(
            str(found["locations"][0]["symbolic"]["key"]["Local"]["verbatim_path"]),
            [span for span, _ in places],
            rule,
            ": ".join(dict.fromkeys([str(found["desc"]), *(note for _, note in places[:1])])),
            Worth(severity, Category.SECURITY, tier),
            f"https://docs.zizmor.sh/audits/#{rule}",
        )


def _places(found: dict[str, object], kind: str) -> Iterable[tuple[tuple[int, int], str]]:
    locations = found["locations"]
    for place in locations if isinstance(locations, list) else ():
        if place["symbolic"]["kind"] == kind:
            where = place["concrete"]["location"]
            span = (int(where["start_point"]["row"]) + 1, int(where["end_point"]["row"]) + 1)
            yield span, str(place["symbolic"]["annotation"])


ZIZMOR = Tool(
    name="zizmor",
    takes=_takes,
    argv=(
        *(f"{TOOLS}/bin/zizmor", "--offline", "--no-config", "--no-ignores", "--no-exit-codes", "--no-progress"),
        # Without it, what it cannot read would pass for clean.
        *("--strict-collection", "--color", "never", "--quiet", "--format", "json-v1", "--"),
    ),
    needs=(f"{TOOLS}/bin/zizmor",),
    read=_read,
    codes=frozenset({0}),
    about="workflows that let strangers in",
)
