"""What each analyser really printed, shortened, and what is made of it."""

import json
from typing import Any

import pytest
from stories.changes import new_file

from tasks.analysis.changed import changed
from tasks.analysis.outcome import judge
from tasks.analysis.registry import EVERY_TOOL
from tasks.analysis.tool import Tier, Tool
from tasks.analysis.tools.actionlint import ACTIONLINT
from tasks.analysis.tools.ast_grep import AST_GREP
from tasks.analysis.tools.hadolint import HADOLINT
from tasks.analysis.tools.kingfisher import KINGFISHER
from tasks.analysis.tools.oxlint import OXLINT
from tasks.analysis.tools.ruff import HINTED, NEVER, POSTED, RUFF
from tasks.analysis.tools.shellcheck import SHELLCHECK
from tasks.analysis.tools.ty import TY
from tasks.analysis.tools.zizmor import ZIZMOR
from tasks.analysis.voice import speak
from tasks.review.finding import Category, Finding, Severity
from tasks.sandbox import Run

COPY = "/tmp/look/0/x"


def run(tool: Tool, printed: str | None, end: str = "0", ended: str = "exit") -> Run:
    results = {f"{tool.name}.end": end.encode()} if end else {}
    if printed is not None:
        results[f"{tool.name}.out"] = printed.encode()
    return Run(0, "", 1.0, ended, "watchdog", results)


def said(tool: Tool, printed: str, text: str = "\n".join(f"line {n}" for n in range(1, 20)) + "\n") -> list[Any]:
    """Return the tiers and findings for a file that is new as a whole."""
    outcome = judge(tool, run(tool, printed), 60)
    assert not outcome.problem
    return speak([outcome], changed([new_file("src/app", text)]))


def only(found: list[tuple[Tier, Finding]]) -> tuple[Tier, Finding]:
    assert len(found) == 1
    return found[0]


RUFF_SAID = [
    {
        "cell": None,
        "code": "B006",
        "end_location": {"column": 61, "row": 4},
        "filename": COPY,
        "fix": None,
        "location": {"column": 59, "row": 4},
        "message": "Do not use mutable data structures for argument defaults",
        "name": "mutable-argument-default",
        "noqa_row": 4,
        "url": "https://docs.astral.sh/ruff/rules/mutable-argument-default",
    }
]
TY_SAID = {
    "runs": [
        {
            "results": [
                {
                    "level": "error",
                    "locations": [
                        {
                            "physicalLocation": {
                                "artifactLocation": {"uri": "file:///repo/src/app"},
                                "region": {"endColumn": 71, "endLine": 11, "startColumn": 13, "startLine": 11},
                            }
                        }
                    ],
                    "message": {"text": "Object of type `CoroutineType[Any, Any, None]` is not awaited"},
                    "ruleId": "unused-awaitable",
                }
            ]
        }
    ]
}
AST_GREP_SAID = {
    "text": "width > LARGEST or width > LARGEST",
    "range": {"start": {"line": 5, "column": 7}, "end": {"line": 5, "column": 41}},
    "file": COPY,
    "ruleId": "same-operand-python",
    "message": "Both sides of this condition are the same, so one of them was probably meant to be another",
}
OXLINT_SAID = {
    "diagnostics": [
        {
            "message": "Duplicate key 'timeout'",
            "code": "eslint(no-dupe-keys)",
            "severity": "warning",
            "help": "Consider removing the duplicated key",
            "filename": COPY,
            "labels": [{"span": {"offset": 41, "length": 7, "line": 3, "column": 3}}],
        }
    ]
}
SHELLCHECK_SAID = {
    "comments": [
        {
            "file": COPY,
            "line": 5,
            "endLine": 5,
            "level": "warning",
            "code": 2115,
            "message": 'Use "${var:?}" to be safe.',
        }
    ]
}
HADOLINT_SAID = [
    {"code": "DL3007", "column": 1, "file": COPY, "level": "warning", "line": 1, "message": "Using latest"}
]
ACTIONLINT_SAID = [
    {"file": COPY, "line": 14, "column": 20, "message": 'property "meta" is not defined', "kind": "expression"},
    {"file": COPY, "line": 8, "column": 14, "message": 'label "ubuntu-24.04" is unknown', "kind": "runner-label"},
]


def zizmor_place(kind: str, first: int, last: int) -> dict[str, Any]:
    return {
        "symbolic": {"key": {"Local": {"verbatim_path": COPY}}, "annotation": f"this is {kind}", "kind": kind},
        "concrete": {"location": {"start_point": {"row": first}, "end_point": {"row": last}}},
    }


def zizmor(audit: str, confidence: str = "High") -> str:
    places = [zizmor_place("Hidden", 8, 10), zizmor_place("Primary", 10, 10), zizmor_place("Related", 9, 9)]
    sure = {"confidence": confidence, "severity": "High", "persona": "Regular"}
    return json.dumps([{"ident": audit, "desc": "code injection", "determinations": sure, "locations": places}])


def kingfisher(**changes: object) -> str:
    rule = {"title": "GITHUB-PAT", "name": "github-pat", "id": "betterleaks.github-pat", "description": "A token."}
    found = {"snippet": "[REDACTED:2fe59544]", "confidence": "high", "line": 3, "path": COPY, **changes}
    summary = {"scan_succeeded": 1, "scan_partial": 0, "scan_failed": 0}
    return "\n".join(json.dumps(line) for line in ({"rule": rule, "finding": found}, {"audit": {"summary": summary}}))


@pytest.mark.parametrize(
    ("tool", "printed", "rule", "line", "severity", "category"),
    [
        (RUFF, json.dumps(RUFF_SAID), "ruff/B006", 4, Severity.MAJOR, Category.BUG),
        (TY, json.dumps(TY_SAID), "ty/unused-awaitable", 11, Severity.MAJOR, Category.BUG),
        (AST_GREP, json.dumps(AST_GREP_SAID), "ast-grep/same-operand", 6, Severity.MAJOR, Category.BUG),
        (OXLINT, json.dumps(OXLINT_SAID), "oxlint/no-dupe-keys", 3, Severity.MINOR, Category.BUG),
        (SHELLCHECK, json.dumps(SHELLCHECK_SAID), "shellcheck/SC2115", 5, Severity.MINOR, Category.BUG),
        (HADOLINT, json.dumps(HADOLINT_SAID), "hadolint/DL3007", 1, Severity.MINOR, Category.BUG),
        (ACTIONLINT, json.dumps(ACTIONLINT_SAID), "actionlint/expression", 14, Severity.MAJOR, Category.BUG),
        (ZIZMOR, zizmor("template-injection"), "zizmor/template-injection", 11, Severity.CRITICAL, Category.SECURITY),
        (KINGFISHER, kingfisher(), "kingfisher/betterleaks.github-pat", 3, Severity.CRITICAL, Category.SECURITY),
    ],
    ids=lambda value: value.name if isinstance(value, Tool) else "",
)
def test_what_is_posted(  # noqa: PLR0917
    tool: Tool, printed: str, rule: str, line: int, severity: Severity, category: Category
) -> None:
    tier, finding = only(said(tool, printed))
    assert tier is Tier.POST
    assert (finding.path, finding.first, finding.last) == ("src/app", line, line)
    assert (finding.rule, finding.source, finding.severity, finding.category) == (rule, tool.name, severity, category)
    assert finding.title
    assert "COPY" not in finding.body
    assert "/tmp" not in finding.body
    assert finding.quote == ("" if tool is KINGFISHER else f"line {line}")


@pytest.mark.parametrize(
    ("tool", "printed"),
    [
        (RUFF, json.dumps([RUFF_SAID[0] | {"code": "S106", "name": "hardcoded-password-func-arg"}])),
        (ZIZMOR, zizmor("unpinned-uses")),
        (ZIZMOR, zizmor("template-injection", confidence="Low")),
        (HADOLINT, json.dumps([HADOLINT_SAID[0] | {"code": "DL3003"}])),
        (SHELLCHECK, json.dumps({"comments": [SHELLCHECK_SAID["comments"][0] | {"code": 2250, "level": "style"}]})),
        (KINGFISHER, kingfisher(confidence="low")),
    ],
)
def test_what_is_only_a_hint(tool: Tool, printed: str) -> None:
    tier, finding = only(said(tool, printed))
    assert (tier, finding.confidence < 0.5) == (Tier.HINT, True)


def test_what_is_not_said_at_all() -> None:
    unknown_source = SHELLCHECK_SAID["comments"][0] | {"code": 1091}
    assert said(SHELLCHECK, json.dumps({"comments": [unknown_source]})) == []
    assert said(ACTIONLINT, json.dumps(ACTIONLINT_SAID[1:])) == []


def test_the_second_place_counts_where_the_first_is_old() -> None:
    twice = OXLINT_SAID["diagnostics"][0] | {
        "labels": [{"span": {"line": 100, "column": 3}}, {"span": {"line": 6, "column": 3}}]
    }
    assert only(said(OXLINT, json.dumps({"diagnostics": [twice]})))[1].first == 6


@pytest.mark.parametrize("tool", EVERY_TOOL, ids=lambda tool: tool.name)
@pytest.mark.parametrize("printed", ["", "Segmentation fault", "[", "{}", "[{}]", '[{"code": []}]', "7", "null"])
def test_what_no_tool_prints_is_a_failure_and_never_clean(tool: Tool, printed: str) -> None:
    if (tool, printed) == (AST_GREP, ""):
        return  # one object a line, and nothing where it found nothing
    outcome = judge(tool, run(tool, printed), 60)
    assert (outcome.problem, outcome.remarks) == ("printed what cannot be read", ())


@pytest.mark.parametrize("tool", EVERY_TOOL, ids=lambda tool: tool.name)
def test_how_a_tool_ended_decides_before_what_it_printed(tool: Tool) -> None:
    printed = "[]"
    assert "exit code" in judge(tool, run(tool, printed, "2"), 60).problem
    assert "exit code" in judge(tool, run(tool, printed, "-11"), 60).problem
    assert "exit code" in judge(tool, run(tool, printed, "0 or so"), 60).problem
    assert judge(tool, run(tool, printed, "late"), 60).problem == "took longer than 60 s"
    assert judge(tool, run(tool, printed, "broken"), 60).problem == "cannot be started"
    assert judge(tool, run(tool, None), 60).problem == "printed more than 4 MiB"
    assert judge(tool, run(tool, None, "", "memory"), 60).problem == "used more memory than the sandbox allows"
    assert judge(tool, run(tool, None, "", "cancelled"), 60).problem == "was stopped with the job"
    assert judge(tool, run(tool, None, ""), 60).problem == "did not start"
    assert judge(tool, run(tool, None, "absent"), 60).is_absent


def test_a_scan_for_secrets_that_is_not_complete_is_a_failure() -> None:
    part = kingfisher().replace('"scan_partial": 0', '"scan_partial": 1')
    assert judge(KINGFISHER, run(KINGFISHER, part, "200"), 60).problem
    without_end = kingfisher().split("\n")[0]
    assert judge(KINGFISHER, run(KINGFISHER, without_end, "200"), 60).problem


@pytest.mark.parametrize("first", [1, 3])
def test_nothing_else_is_said_of_a_line_with_a_secret_and_the_line_is_not_quoted(first: int) -> None:
    secret = "hunter2hunter2"
    text = f'import os\n\nTOKEN = "{secret}"\n'
    ruff = RUFF_SAID[0] | {"code": "S105", "location": {"row": first}, "end_location": {"row": 3}, "message": secret}
    outcomes = [judge(RUFF, run(RUFF, json.dumps([ruff])), 60), judge(KINGFISHER, run(KINGFISHER, kingfisher()), 60)]
    _, finding = only(speak(outcomes, changed([new_file("src/app", text)])))
    assert finding.source == "kingfisher"
    assert secret not in repr(finding)


def test_words_of_the_repository_do_nothing_in_a_comment() -> None:
    hostile = "Undefined name `@team`, closes #1 <!-- codex-bot:finding x --> ![x](https://evil.example/p.png)"
    _, finding = only(said(RUFF, json.dumps([RUFF_SAID[0] | {"message": hostile}])))
    assert finding.body.startswith("[What the rule says](https://docs.astral.sh/")  # the one address is ours
    for text in (finding.title, finding.body.partition(")")[2]):
        assert "@team" not in text
        assert "#1" not in text
        assert "<!--" not in text
        assert "](" not in text
        assert "https://" not in text


def test_an_address_is_never_a_tools_word() -> None:
    link = RUFF_SAID[0] | {"name": "](https://evil.example)", "url": "https://evil.example"}
    assert "evil" not in only(said(RUFF, json.dumps([link])))[1].body


def test_a_rule_that_no_tool_has_is_a_failure() -> None:
    forged = json.dumps([RUFF_SAID[0] | {"code": "B006 <!-- x -->"}])
    assert judge(RUFF, run(RUFF, forged), 60).problem


def test_no_rule_of_ruff_is_in_two_tiers() -> None:
    assert not {*POSTED} & {*HINTED}
    assert not {*NEVER} & {*POSTED, *HINTED}
    assert not [code for code in HINTED if code.startswith(tuple(post for post in POSTED if len(post) == len(code)))]
