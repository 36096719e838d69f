"""A review as SARIF 2.1.0, for code scanning and other programs.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

import json
from typing import Any
from urllib.parse import quote

from bot.diff import Side
from tasks.quoting import defuse, one_line
from tasks.review.finding import MODEL, Finding, Severity
from tasks.review.report import Report, Reported
from tasks.review.reports.sarif_intake import OWN_NAME
from tasks.review.reports.text import whole

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "SRCROOT"
FINGERPRINT = "codexBotFinding/v1"
_LEVELS = {Severity.INFO: "note", Severity.MINOR: "warning", Severity.MAJOR: "error", Severity.CRITICAL: "error"}
_FOLDED = "below the floor or over the cap of the review"


def to_sarif(report: Report, version: str) -> str:
    """Return a review as the text of a SARIF log with one run; `version` is the bot's own.

    A review that is partial or failed says so in its invocation, which names every gap. Folded findings are there as
    suppressed results. A finding about the whole change stands at the root of the checkout, because no result
    is taken without a place.
    """
    rules = _rules(report)
    numbers = {rule["id"]: number for number, rule in enumerate(rules)}
    run = {
        "tool": {"driver": {"name": OWN_NAME, "version": version, "rules": rules}},
        "invocations": [_invocation(report)],
        "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the checkout."}}},
        "columnKind": "unicodeCodePoints",
        "results": [
            *(_result(each, numbers) for each in report.findings),
            *(_result(each, numbers) | _suppressed() for each in report.folded),
        ],
        "properties": {"verdict": report.verdict.value, "head": report.head, "model": whole(report.model)},
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1)


def _rules(report: Report) -> list[dict[str, Any]]:
    worst: dict[str, Finding] = {}
    for each in (*report.findings, *report.folded):
        known = worst.setdefault(each.finding.rule, each.finding)
        if each.finding.severity > known.severity:
            worst[each.finding.rule] = each.finding
    return [
        {
            "id": whole(rule),
            "shortDescription": {"text": _about(finding)},
            "fullDescription": {
                "text": _about(finding)
            },  # code scanning asks for three texts, and only the first is known
            "help": {"text": _about(finding)},
            "defaultConfiguration": {"level": _LEVELS[finding.severity]},
            "properties": {"tags": [finding.category.value]},
        }
        for rule, finding in worst.items()
    ]


def _about(finding: Finding) -> str:
    tool, _, name = finding.rule.partition("/")
    return f"{finding.category.value.capitalize()}, found by the model" if tool == MODEL else whole(f"{name} ({tool})")


def _invocation(report: Report) -> dict[str, Any]:
    gaps = [_notification("error", f"Not reviewed: {gap.reason}", gap.path) for gap in report.not_covered]
    failures = [_notification("error", failure) for failure in report.failures]
    absent = [_notification("note", f"{tool} is not installed, so it was not asked") for tool in report.absent]
    return {
        "executionSuccessful": report.is_complete,
        "toolExecutionNotifications": [*failures, *gaps],
        "toolConfigurationNotifications": absent,
    }


def _notification(level: str, text: str, path: str = "") -> dict[str, Any]:
    place = {"locations": [{"physicalLocation": {"artifactLocation": _artifact(path)}}]} if path else {}
    return {"level": level, "message": {"text": one_line(whole(text), 500)}, **place}


def _result(reported: Reported, numbers: dict[str, int]) -> dict[str, Any]:
    found = reported.finding
    result = {
        "ruleId": whole(found.rule),
        "ruleIndex": numbers[whole(found.rule)],
        "level": _LEVELS[found.severity],
        "message": {"text": _message(found)},
        "locations": _locations(found),
        "partialFingerprints": {FINGERPRINT: reported.fingerprint},
        # SARIF's levels are too few for our severities.
        "properties": {
            "severity": str(found.severity),
            "category": found.category.value,
            "confidence": found.confidence,
            "source": whole(found.source),
        },
    }
    return result if found.suggestion is None else {**result, "fixes": [_fix(found, found.suggestion)]}


def _suppressed() -> dict[str, Any]:
    return {"suppressions": [{"kind": "external", "justification": _FOLDED}]}


def _message(found: Finding) -> str:
    where = f"At line {found.first} of the file as it was before the change." if _is_old(found) else ""
    return "\n\n".join(part for part in (one_line(whole(found.title)), defuse(whole(found.body)), where) if part)


def _locations(found: Finding) -> list[dict[str, Any]]:
    place: dict[str, Any] = {"artifactLocation": _artifact(found.path or ".")}
    if found.first and not _is_old(found):
        snippet = {"snippet": {"text": whole(found.quote)}} if found.quote else {}
        place["region"] = {"startLine": found.first, "endLine": found.last, **snippet}
    return [{"physicalLocation": place}]


def _is_old(found: Finding) -> bool:
    """Return whether the lines are those of a file that the head no longer has, in which SARIF cannot count."""
    return found.side is Side.OLD and found.first > 0


def _artifact(path: str) -> dict[str, Any]:
    return {"uri": quote(whole(path), safe="/"), "uriBaseId": ROOT}


def _fix(found: Finding, suggestion: str) -> dict[str, Any]:
    if suggestion:  # the last line's end stays
        change = {
            "deletedRegion": {"startLine": found.first, "endLine": found.last},
            "insertedContent": {"text": whole(suggestion)},
        }
    else:
        change = {
            "deletedRegion": {"startLine": found.first, "startColumn": 1, "endLine": found.last + 1, "endColumn": 1}
        }
    changes = [{"artifactLocation": _artifact(found.path), "replacements": [change]}]
    return {"description": {"text": "Replace these lines."}, "artifactChanges": changes}
