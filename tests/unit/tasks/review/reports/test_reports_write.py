"""A review comes back from its own reports as it was, and no report makes an unfinished review look clean."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.sarif import complaints

from bot.diff import Side
from tasks.patch.paths import clean_path
from tasks.patch.refusal import BlockRefused
from tasks.review.finding import Category, Finding, Severity
from tasks.review.rendering import summary
from tasks.review.report import NotCovered, Report, Reported, Verdict
from tasks.review.reports.code_quality import to_code_quality
from tasks.review.reports.markdown import to_markdown
from tasks.review.reports.reading import read_report
from tasks.review.reports.sarif import to_sarif

HEAD = "c" * 40
GAP = NotCovered("big.py", "it has 90,000 lines")


def finding(**changes: Any) -> Finding:
    values: dict[str, Any] = {
        "path": "src/shop cart.py",
        "first": 3,
        "last": 4,
        "title": "Off by one",
        "body": "The last item is **lost**.",
        "rule": "model/bug",
        "source": "model",
        "severity": Severity.MAJOR,
        "category": Category.BUG,
    }
    return Finding(**{**values, **changes})


def report(*findings: Finding, **changes: Any) -> Report:
    values: dict[str, Any] = {
        "verdict": Verdict.FINDINGS if findings else Verdict.CLEAN,
        "head": HEAD,
        "findings": tuple(Reported(each, f"{number:020x}") for number, each in enumerate(findings)),
        "model": "Grown-7B",
    }
    return Report(**{**values, **changes})


def is_path(path: str) -> bool:
    try:
        return clean_path(path) == path
    except BlockRefused:
        return False


TEXT = st.text(st.characters(), max_size=60)  # half characters, too
SEGMENTS = st.text(
    st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="/\\"), min_size=1, max_size=12
)
PATHS = st.lists(SEGMENTS, min_size=1, max_size=4).map("/".join).filter(is_path)
WORDS = st.text(st.sampled_from("abcXYZ019-_.()<>%{}é"), min_size=1, max_size=20)
RULES = st.builds("{}/{}".format, st.sampled_from(["model", "ruff", "zizmor"]), WORDS)


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    path = draw(st.just("") | PATHS)
    first = draw(st.integers(0, 10_000)) if path else 0
    side = draw(st.sampled_from(Side))
    can_replace = first > 0 and side is Side.NEW
    return finding(
        path=path,
        first=first,
        last=first and first + draw(st.integers(0, 50)),
        side=side,
        title=draw(TEXT),
        body=draw(TEXT),
        quote=draw(TEXT),
        rule=draw(RULES),
        severity=draw(st.sampled_from(Severity)),
        category=draw(st.sampled_from(Category)),
        confidence=draw(st.floats(0, 1)),
        suggestion=draw(st.none() | TEXT) if can_replace else None,
    )


@st.composite
def reports(draw: st.DrawFn) -> Report:
    found = tuple(Reported(each, draw(st.sampled_from("abc")) * 20) for each in draw(st.lists(findings(), max_size=4)))
    gaps = tuple(NotCovered(path, draw(TEXT)) for path in draw(st.lists(PATHS, max_size=2)))
    failures = tuple(draw(st.lists(TEXT, max_size=2)))
    complete = Verdict.FINDINGS if found else Verdict.CLEAN
    verdict = draw(st.sampled_from([Verdict.PARTIAL, Verdict.FAILED])) if gaps or failures else complete
    folded = tuple(Reported(each, "f" * 20) for each in draw(st.lists(findings(), max_size=2)))
    return Report(verdict, HEAD, found, folded, gaps, failures, tuple(draw(st.lists(WORDS, max_size=2))), draw(TEXT))


@settings(deadline=None, max_examples=50)
@given(reports())
def test_every_log_is_one_that_the_schema_allows(made: Report) -> None:
    assert complaints(json.loads(to_sarif(made, "0.1.0"))) == []


def test_the_schema_refuses_what_is_wrong() -> None:
    log = json.loads(to_sarif(report(finding()), "0.1.0"))
    log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0
    log["runs"][0]["invocations"][0].pop("executionSuccessful")
    assert len(complaints(log)) == 2


@settings(deadline=None, max_examples=50)
@given(reports())
def test_sarif_comes_back_as_it_was(made: Report) -> None:
    intake = read_report(to_sarif(made, "0.1.0").encode())
    assert [what(each) for each in intake.findings] == [what(each.finding) for each in made.findings]
    assert intake.suppressed == len(made.folded)
    assert bool(intake.problems) is not made.is_complete


@settings(deadline=None, max_examples=50)
@given(reports())
def test_code_quality_comes_back_as_it_was(made: Report) -> None:
    intake = read_report(to_code_quality(made).encode())
    read = [what(each) for each in intake.findings]
    # Its categories are fewer than ours.
    assert [each[:-1] for each in read[: len(made.findings)]] == [what(each.finding, 1)[:-1] for each in made.findings]
    assert len(read) == len(made.findings) + len(made.not_covered) + len(made.failures)


@settings(deadline=None, max_examples=50)
@given(reports())
def test_no_two_issues_have_one_fingerprint(made: Report) -> None:
    issues = json.loads(to_code_quality(made))
    assert len({each["fingerprint"] for each in issues}) == len(issues)
    assert {each["fingerprint"] for each in issues} >= {each.fingerprint for each in made.findings}


def what(found: Finding, least: int = 0) -> tuple[Any, ...]:
    """Return what has to survive; lines of the file before the change have no place in a report."""
    is_old = found.side is Side.OLD
    lines = (least if found.path else 0,) * 2 if is_old or not found.first else (found.first, found.last)
    return (found.path, *lines, found.rule, found.severity, found.category)


def test_a_finding_in_sarif() -> None:
    made = report(finding(quote="a\nb", suggestion="c", severity=Severity.CRITICAL, confidence=0.9))
    (result,) = json.loads(to_sarif(made, "0.1.0"))["runs"][0]["results"]
    place = {"uri": "src/shop%20cart.py", "uriBaseId": "SRCROOT"}
    lines = {"startLine": 3, "endLine": 4}
    assert result == {
        "ruleId": "model/bug",
        "ruleIndex": 0,
        "level": "error",
        "message": {"text": "Off by one\n\nThe last item is **lost**."},
        "locations": [
            {"physicalLocation": {"artifactLocation": place, "region": {**lines, "snippet": {"text": "a\nb"}}}}
        ],
        "partialFingerprints": {"codexBotFinding/v1": "0" * 20},
        "properties": {"severity": "critical", "category": "bug", "confidence": 0.9, "source": "model"},
        "fixes": [
            {
                "description": {"text": "Replace these lines."},
                "artifactChanges": [
                    {
                        "artifactLocation": place,
                        "replacements": [{"deletedRegion": lines, "insertedContent": {"text": "c"}}],
                    }
                ],
            }
        ],
    }


def test_a_fix_that_deletes_takes_the_ends_of_lines_too() -> None:
    (result,) = json.loads(to_sarif(report(finding(suggestion="")), "0.1.0"))["runs"][0]["results"]
    (replacement,) = result["fixes"][0]["artifactChanges"][0]["replacements"]
    assert replacement == {"deletedRegion": {"startLine": 3, "startColumn": 1, "endLine": 5, "endColumn": 1}}


def test_a_line_that_is_gone_is_told_in_words() -> None:
    made = report(finding(side=Side.OLD))
    (result,) = json.loads(to_sarif(made, "0.1.0"))["runs"][0]["results"]
    assert "region" not in result["locations"][0]["physicalLocation"]
    assert result["message"]["text"].endswith("\n\nAt line 3 of the file as it was before the change.")
    (issue,) = json.loads(to_code_quality(made))
    assert issue["description"] == "Off by one (at line 3 before the change)"


def test_a_partial_review_is_no_success_and_names_its_gaps() -> None:
    made = report(
        verdict=Verdict.PARTIAL, not_covered=(GAP,), failures=("The model answered nothing.",), absent=("zizmor",)
    )
    (invocation,) = json.loads(to_sarif(made, "0.1.0"))["runs"][0]["invocations"]
    said = [each["message"]["text"] for each in invocation["toolExecutionNotifications"]]
    assert (invocation["executionSuccessful"], said) == (
        False,
        ["The model answered nothing.", "Not reviewed: it has 90,000 lines"],
    )
    (absent,) = invocation["toolConfigurationNotifications"]
    assert absent["message"]["text"] == "zizmor is not installed, so it was not asked"
    issues = json.loads(to_code_quality(made))
    assert [(each["location"]["path"], each["description"]) for each in issues] == [
        ("big.py", "Not reviewed: it has 90,000 lines"),
        (".", "The review did not come to its end: The model answered nothing."),
    ]


def test_a_rule_is_as_bad_as_its_worst_finding() -> None:
    made = report(
        finding(severity=Severity.INFO),
        finding(severity=Severity.MAJOR),
        finding(rule="ruff/B006", severity=Severity.MINOR, category=Category.STYLE),
    )
    log = json.loads(to_sarif(made, "0.1.0"))
    rules = log["runs"][0]["tool"]["driver"]["rules"]
    assert [
        (each["id"], each["defaultConfiguration"]["level"], each["shortDescription"]["text"]) for each in rules
    ] == [
        ("model/bug", "error", "Bug, found by the model"),
        ("ruff/B006", "warning", "B006 (ruff)"),
    ]
    assert [each["ruleIndex"] for each in log["runs"][0]["results"]] == [0, 0, 1]


def test_a_stranger_text_pings_nobody() -> None:
    made = report(finding(title="Ask @bob", body="Fixes #1\n/approve <!-- x -->"))
    for text in (to_sarif(made, "0.1.0"), to_code_quality(made)):
        plain = json.dumps(json.loads(text), ensure_ascii=False)
        assert "@bob" not in plain
        assert "#1" not in plain
        assert "/approve" not in plain
        assert "<!--" not in plain


def test_half_characters_stop_no_report() -> None:
    half = "\ud800 \udcff"
    made = report(
        finding(path=f"a{half}.py", title=half, body=half, quote=half, suggestion=half, rule=f"model/{half}"),
        verdict=Verdict.PARTIAL,
        not_covered=(NotCovered(half, half),),
        failures=(half,),
        absent=(half,),
        model=half,
    )
    for text in (to_sarif(made, "0.1.0"), to_code_quality(made), to_markdown(made), summary(made, made.findings)):
        assert text.encode()
    assert complaints(json.loads(to_sarif(made, "0.1.0"))) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"verdict": Verdict.CLEAN, "not_covered": (GAP,)},
        {"verdict": Verdict.CLEAN, "failures": ("away",)},
        {"verdict": Verdict.FINDINGS},
        {"verdict": Verdict.PARTIAL},
        {"verdict": Verdict.FAILED},
        {"verdict": Verdict.CLEAN, "findings": (Reported(finding(), "f"),)},
        {"verdict": Verdict.FINDINGS, "findings": (Reported(finding(), "f"),), "failures": ("away",)},
    ],
)
def test_no_verdict_is_better_than_its_reasons(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"with \d"):
        report(**changes)
