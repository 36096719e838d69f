"""Reports of the CI are read as its tools write them; `recorded/` holds what they wrote about small files.

Recorded with ruff 0.17.6, hadolint 2.15.1, zizmor 1.32.0, kingfisher 2.14.0, oxlint 1.94.0, Biome 2.6.8 and ESLint
10.15.0 in a checkout at /builds/shop; long descriptions of rules were taken out.
"""

import codecs
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.review.finding import Category, Severity
from tasks.review.reports.code_quality_intake import read_code_quality
from tasks.review.reports.intake import MOST_BYTES, MOST_FINDINGS, MOST_PROBLEMS, Intake
from tasks.review.reports.reading import read_report
from tasks.review.reports.sarif_intake import read_sarif

KEYS = st.sampled_from(
    [
        *("tool", "driver", "name", "rules", "results", "ruleId", "ruleIndex", "message", "text", "locations", "level"),
        *("physicalLocation", "artifactLocation", "uri", "region", "startLine", "endLine", "kind", "suppressions"),
        *("description", "location", "path", "lines", "begin", "index"),
    ]
)
RECORDED = Path(__file__).with_name("recorded")
ROOT = "/builds/shop"


def recorded(name: str) -> bytes:
    return (RECORDED / name).read_bytes()


def places(intake: Intake) -> list[str]:
    return [f"{found.path}:{found.first}-{found.last} {found.rule} {found.severity}" for found in intake.findings]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ruff.sarif", ["1-1 ruff/F401 major", "5-5 ruff/B006 major", "7-7 ruff/S506 major"]),
        (
            "hadolint.sarif",
            [
                "1-1 hadolint/DL3007 minor",
                "2-2 hadolint/DL3003 minor",
                "2-2 hadolint/DL3014 minor",
                "2-2 hadolint/DL3015 info",
                "2-2 hadolint/DL3008 minor",
            ],
        ),
        (
            "zizmor.sarif",
            [
                "3-6 zizmor/excessive-permissions minor",  # its region ends before the first sign of line 7
                "1-1 zizmor/dangerous-triggers major",
                "6-6 zizmor/template-injection major",
            ],
        ),
        ("kingfisher.sarif", ["1-1 kingfisher/betterleaks.github-pat major"]),
        ("hadolint.gitlab.json", [f"{at} code-quality/{rule}" for at, rule in (
            ("1-1", "DL3007 major"), ("2-2", "DL3003 major"), ("2-2", "DL3014 major"),
            ("2-2", "DL3015 info"), ("2-2", "DL3008 major"),
        )]),
        ("ruff.gitlab.json", [f"{at} code-quality/{rule} major" for at, rule in (
            ("1-1", "F401"), ("5-5", "B006"), ("7-7", "S506"),
        )]),
    ],
)  # fmt: skip
def test_what_each_tool_says(name: str, expected: list[str]) -> None:
    paths = {"ruff": "shop.py", "hado": "Dockerfile", "zizm": ".github/workflows/ci.yml", "king": "conf.py"}
    intake = read_report(recorded(name), ROOT)
    assert places(intake) == [f"{paths[name[:4]]}:{each}" for each in expected]
    assert intake.problems == ()


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("oxlint.sarif", {"oxlint/eslint(no-debugger) minor", "oxlint/eslint(use-isnan) minor"}),
        ("eslint.sarif", {"eslint/no-debugger major", "eslint/use-isnan minor", "eslint/eqeqeq minor"}),
        (
            "biome.sarif",
            {
                "biome/lint/suspicious/noDebugger major",
                "biome/lint/suspicious/noDoubleEquals major",
                "biome/lint/correctness/useIsNan major",
            },
        ),
    ],
)
def test_three_ways_to_write_a_path(name: str, rules: set[str]) -> None:
    """Oxlint writes it relative and bare, ESLint as a `file:` URI with %20, Biome absolute and bare."""
    intake = read_report(recorded(name), ROOT)
    assert intake.problems == ()
    assert {each.path for each in intake.findings} == {"js/a.js", "js/b c.js"}
    assert {f"{each.rule} {each.severity}" for each in intake.findings} == rules


def test_absolute_paths_need_to_know_where_the_checkout_was() -> None:
    for root in ("", "/builds/other"):
        intake = read_report(recorded("ruff.sarif"), root)
        assert intake.findings == ()
        assert [problem.where for problem in intake.problems] == [f"run 1 (ruff), result {n}" for n in (1, 2, 3)]


def test_a_tool_that_failed_is_no_good_news() -> None:
    intake = read_report(recorded("eslint_broken.sarif"), ROOT)
    assert intake.findings == ()
    assert [str(problem) for problem in intake.problems] == [
        "run 1 (eslint): the tool says that its run failed",
        "run 1 (eslint): x.js: Parsing error: Unexpected token =",
    ]


def result(**changes: Any) -> dict[str, Any]:
    place = {"artifactLocation": {"uri": "a.py"}, "region": {"startLine": 3}}
    plain = {"ruleId": "R1", "message": {"text": "Trouble"}, "locations": [{"physicalLocation": place}]}
    return {**plain, **changes}


def sarif(*results: Any, name: str = "tool", driver: dict[str, Any] | None = None, **run: Any) -> bytes:
    about = {"tool": {"driver": {"name": name, **(driver or {})}}, "results": list(results), **run}
    return json.dumps({"version": "2.1.0", "runs": [about]}).encode()


def at(uri: Any, region: Any = None, **location: Any) -> dict[str, Any]:
    place = {"artifactLocation": {"uri": uri, **location}, "region": region or {}}
    return result(locations=[{"physicalLocation": place}])


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("src/a.py", "src/a.py"),
        ("./src/./a.py", "src/a.py"),
        ("src/../a.py", "a.py"),
        ("src\\a.py", "src/a.py"),
        ("src/a%20b.py", "src/a b.py"),
        ("src/a b.py", "src/a b.py"),
        ("src/%C3%A9.py", "src/é.py"),
        ("src/%252e%252e/a.py", "src/%2e%2e/a.py"),  # undone once, not twice
        ("src/C#/a.cs", "src/C#/a.cs"),
        ("file:///builds/shop/src/a.py", "src/a.py"),
        ("FILE://localhost/builds/shop/src/a.py", "src/a.py"),
        ("file:/builds/shop/a.py", "a.py"),
        ("/builds/shop/src/../a.py", "a.py"),
        ("file:///builds/shop/", ""),
        (".", ""),
    ],
)
def test_paths_that_can_be_understood(uri: str, path: str) -> None:
    intake = read_sarif(sarif(at(uri)), ROOT)
    assert [found.path for found in intake.findings] == [path]


@pytest.mark.parametrize(
    "uri",
    [
        "../secret.py",
        "src/../../secret.py",
        "%2e%2e/secret.py",
        "..%2fsecret.py",
        "..\\..\\secret.py",
        "..%5csecret.py",
        "file:///etc/passwd",
        "file:///builds/shop/../other/a.py",
        "file:///builds/shop%2f..%2fother/a.py",
        "file:///builds/shopping/a.py",
        "file://evil.example/builds/shop/a.py",
        "//evil.example/share/a.py",
        "\\\\evil\\share\\a.py",
        "C:\\Windows\\a.py",
        "/etc/passwd",
        "~/a.py",
        "https://evil.example/a.py",
        "data:text/plain,x",
        ".git/config",
        "src/.GIT/hooks/x",
        "a%00.py",
        "a%0a.py",
        "a\u0000.py",
        "%ff%fe.py",
        "",
        "a" * 5000,
    ],
)  # fmt: skip
def test_paths_of_strangers_are_named_and_go_nowhere(uri: str) -> None:
    intake = read_sarif(sarif(at(uri), result()), ROOT)
    assert [found.path for found in intake.findings] == ["a.py"]
    assert [problem.where for problem in intake.problems] == ["run 1 (tool), result 1"]
    assert len(str(intake.problems[0])) < 300
    assert str(intake.problems[0]).isprintable()


def test_a_windows_checkout() -> None:
    intake = read_sarif(sarif(at("file:///D:/a/shop/src/a.py"), at("d:\\a\\shop\\b.py")), "D:\\a\\shop\\")
    assert [found.path for found in intake.findings] == ["src/a.py", "b.py"]


@pytest.mark.parametrize(
    ("bases", "root", "path"),
    [
        ({"SRC": {"uri": "file:///builds/shop/src/"}}, ROOT, "src/a.py"),
        ({"SRC": {"uri": "src/", "uriBaseId": "TOP"}, "TOP": {"uri": "file:///builds/shop/"}}, ROOT, "src/a.py"),
        ({"SRC": {"uri": "src/", "uriBaseId": "TOP"}}, "", "src/a.py"),
        ({"SRC": {}}, ROOT, "a.py"),
        ({}, ROOT, "a.py"),
        ({"SRC": {"uri": "file:///"}}, ROOT, "a.py"),  # as Trivy has it
        ({"SRC": {"uri": "file:///home/runner/work/"}}, "", "a.py"),
    ],
)
def test_base_places(bases: dict[str, Any], root: str, path: str) -> None:
    intake = read_sarif(sarif(at("a.py", uriBaseId="SRC"), originalUriBaseIds=bases), root)
    assert [found.path for found in intake.findings] == [path]


@pytest.mark.parametrize(
    "bases",
    [
        {"SRC": {"uri": "x/", "uriBaseId": "SRC"}},
        {"SRC": {"uri": "x/", "uriBaseId": "B"}, "B": {"uri": "y/", "uriBaseId": "SRC"}},
        {"SRC": {"uri": "file:///etc/"}},
        {"SRC": {"uri": "../"}},
        {"SRC": {"uri": "https://evil.example/"}},
    ],
)
def test_base_places_that_lead_away(bases: dict[str, Any]) -> None:
    intake = read_sarif(sarif(at("a.py", uriBaseId="SRC"), originalUriBaseIds=bases), ROOT)
    assert (intake.findings, len(intake.problems)) == ((), 1)


@pytest.mark.parametrize(
    ("region", "lines"),
    [
        ({"startLine": 3, "endLine": 5}, (3, 5)),
        ({"startLine": 3}, (3, 3)),
        ({"startLine": 3, "endLine": 5, "endColumn": 1}, (3, 4)),
        ({"startLine": 3, "endLine": 3, "endColumn": 1}, (3, 3)),
        ({"startLine": 5, "endLine": 3}, (5, 5)),
        ({"startLine": 0}, (0, 0)),
        ({"startLine": -4, "endLine": 2}, (0, 0)),
        ({"startLine": 10**30}, (0, 0)),
        ({"startLine": 1, "endLine": 10**30}, (1, 10_000_000)),
        ({"charOffset": 12, "charLength": 3}, (0, 0)),
        ({}, (0, 0)),
    ],
)
def test_lines_are_put_right(region: dict[str, Any], lines: tuple[int, int]) -> None:
    (found,) = read_sarif(sarif(at("a.py", region)), ROOT).findings
    assert (found.first, found.last) == lines


def test_a_result_without_a_place_is_about_the_whole_change() -> None:
    logical = {"logicalLocations": [{"name": "f"}]}
    top = at(".", {"startLine": 1})
    intake = read_sarif(sarif(result(locations=[]), result(locations=[logical]), top), ROOT)
    assert [(found.path, found.first) for found in intake.findings] == [("", 0)] * 3


def test_a_file_named_by_its_number() -> None:
    files = [{"location": {"uri": "x.py"}}, {"location": {"uri": "y.py"}}]
    place = {"artifactLocation": {"index": 1}, "region": {"startLine": 2}}
    intake = read_sarif(
        sarif(
            result(locations=[{"physicalLocation": place}]),
            result(locations=[{"physicalLocation": {"artifactLocation": {"index": 9}}}]),
            artifacts=files,
        )
    )
    assert places(intake) == ["y.py:2-2 tool/R1 minor"]
    assert [str(problem) for problem in intake.problems] == [
        "run 1 (tool), result 2: it names a place without a file"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "pass"},
        {"kind": "notApplicable"},
        {"baselineState": "absent"},
        {"suppressions": [{"kind": "inSource"}]},
        {"suppressions": [{"kind": "external", "status": "accepted"}]},
    ],
)
def test_what_the_report_calls_no_trouble_is_counted(changes: dict[str, Any]) -> None:
    intake = read_sarif(sarif(result(**changes), result()))
    assert (len(intake.findings), intake.suppressed, intake.problems) == (1, 1, ())


def test_a_wish_to_suppress_suppresses_nothing() -> None:
    intake = read_sarif(sarif(result(suppressions=[{"kind": "external", "status": "underReview"}])))
    assert (len(intake.findings), intake.suppressed) == (1, 0)


LATE = {"late": {"text": "{0} comes after {1}, {7}"}}
RULES = [
    {"id": "R1", "defaultConfiguration": {"level": "error"}},
    {"id": "R2", "properties": {"security-severity": "9.1", "tags": ["security"]}},
    {"id": "R3", "messageStrings": LATE, "properties": {"tags": ["performance"]}},
    "no rule",
]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "rule", "severity", "category"),
    [
        ({}, "tool/R1", Severity.MAJOR, Category.BUG),
        ({"level": "note"}, "tool/R1", Severity.INFO, Category.STYLE),
        ({"ruleId": "R2"}, "tool/R2", Severity.CRITICAL, Category.SECURITY),
        ({"ruleId": "", "ruleIndex": 1}, "tool/R2", Severity.CRITICAL, Category.SECURITY),
        ({"ruleId": "R2/sub", "ruleIndex": 1}, "tool/R2/sub", Severity.CRITICAL, Category.SECURITY),
        ({"ruleId": "", "rule": {"index": 1}}, "tool/R2", Severity.CRITICAL, Category.SECURITY),
        ({"ruleId": "R3"}, "tool/R3", Severity.MINOR, Category.PERFORMANCE),
        ({"ruleId": "unknown", "ruleIndex": 3}, "tool/unknown", Severity.MINOR, Category.BUG),
        ({"ruleId": "", "ruleIndex": 99}, "tool/unnamed", Severity.MINOR, Category.BUG),
        ({"ruleId": "a b\n<c>", "level": "loud"}, "tool/ab<c>", Severity.MINOR, Category.BUG),
        ({"rule": {"toolComponent": {"index": 0}, "index": 0}, "ruleId": ""}, "tool/E1", Severity.INFO, Category.STYLE),
    ],
)  # fmt: skip
def test_rules_and_severities(changes: dict[str, Any], rule: str, severity: Severity, category: Category) -> None:
    log = json.loads(sarif(result(**changes), driver={"rules": RULES}))
    log["runs"][0]["tool"]["extensions"] = [
        {"name": "plugin", "rules": [{"id": "E1", "defaultConfiguration": {"level": "note"}}]}
    ]
    (found,) = read_sarif(json.dumps(log).encode()).findings
    assert (found.rule, found.severity, found.category) == (rule, severity, category)


def test_a_message_by_name_and_with_arguments() -> None:
    said = {"id": "late", "arguments": ["b", "a"]}
    (found,) = read_sarif(sarif(result(ruleId="R3", message=said), driver={"rules": RULES})).findings
    assert found.title == "b comes after a, {7}"


def test_a_long_message_is_a_title_and_a_body() -> None:
    first, second = read_sarif(
        sarif(result(message={"text": "One.\nTwo.\n\nThree."}), result(message={"text": "x" * 9_000}))
    ).findings
    assert (first.title, first.body) == ("One.", "Two.\n\nThree.")
    assert (second.title, len(second.body)) == ("x" * 200 + "…", 4_000)


@pytest.mark.parametrize(
    ("name", "source"),
    [("Codex Bot", "codex-bot"), ("model", "report-model"), (" MODEL ", "report-model"), ("", "report"),
     ("<img src=x> @bob", "img-src-x-bob"), ("é" * 90, "report"), ("x" * 90, "x" * 40)],
)  # fmt: skip
def test_a_source_is_one_short_word_and_never_the_model(name: str, source: str) -> None:
    (found,) = read_sarif(sarif(result(), name=name)).findings
    assert found.source == source


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ("no result", "run 1 (tool), result 1: it is not as its format says, at all of it"),
        ({}, "run 1 (tool), result 1: it is not as its format says, at message"),
        (result(message="text"), "run 1 (tool), result 1: it is not as its format says, at message"),
        (result(locations={}), "run 1 (tool), result 1: it is not as its format says, at locations"),
        (at("a.py", {"startLine": "three"}), "at locations.0.physicalLocation.region.startLine"),
        (at(7), "at locations.0.physicalLocation.artifactLocation.uri"),
    ],
)
def test_one_broken_result_costs_no_other(broken: Any, says: str) -> None:
    intake = read_sarif(sarif(broken, result()))
    assert len(intake.findings) == 1
    assert [says in str(problem) for problem in intake.problems] == [True]


def test_one_broken_run_costs_no_other() -> None:
    log = json.loads(sarif(result()))
    log["runs"] = [{"results": []}, 3, *log["runs"]]
    intake = read_sarif(json.dumps(log).encode())
    assert len(intake.findings) == 1
    assert [problem.where for problem in intake.problems] == ["run 1", "run 2"]


def test_what_lies_elsewhere_or_was_never_looked_for_is_named() -> None:
    log = json.loads(sarif(externalPropertyFileReferences={"results": [{"itemCount": 3}]}))
    del log["runs"][0]["results"]
    assert [problem.reason for problem in read_sarif(json.dumps(log).encode()).problems] == [
        "a part of it lies in other files, which are not read",
        "it holds no results, not even an empty list: nothing was analysed",
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"null",
        b"7",
        b"\xff\xfe\x00",
        b"\x00" * 50,
        b"<html>not found</html>",
        b'{"version": "2.1.0"}',
        b'{"version": "2.0.0", "runs": []}',
        b'{"version": "2.1.0", "runs": {}}',
        b'{"runs": [], "version": NaN}',
        b'{"version": "2.1.0", "runs": ["\\ud800"]}',
        b"[" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b" " * (MOST_BYTES + 1),
    ],
)  # fmt: skip
def test_what_is_no_report_is_one_problem(data: bytes) -> None:
    for intake in (read_report(data, ROOT), read_sarif(data), read_code_quality(data)):
        assert (intake.findings, len(intake.problems)) == ((), 1)
        assert len(str(intake.problems[0])) < 300


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_encodings_that_shells_write(encoding: str) -> None:
    text = recorded("ruff.sarif").decode()
    marks = {"utf-16-le": codecs.BOM_UTF16_LE}
    assert len(read_report(marks.get(encoding, b"") + text.encode(encoding), ROOT).findings) == 3


def test_a_flood_is_cut_and_counted() -> None:
    intake = read_sarif(sarif(*[result()] * (MOST_FINDINGS + 7)))
    assert len(intake.findings) == MOST_FINDINGS
    assert [problem.reason for problem in intake.problems] == ["7 results too many were not read"]
    intake = read_sarif(sarif(*["x"] * (MOST_PROBLEMS + 9)))
    assert len(intake.problems) == MOST_PROBLEMS + 1
    assert intake.problems[-1].reason == "9 more problems"


RUN = json.loads(sarif())["runs"][0]
BASES = {f"b{number}": {"uri": "x/", "uriBaseId": f"b{number + 1}"} for number in range(30_000)}


@pytest.mark.parametrize(
    ("log", "says"),
    [
        (sarif(*[result(ruleId=f"r{number % 99}") for number in range(MOST_FINDINGS)],
               driver={"rules": [{"id": f"R{number}"} for number in range(50_000)]}), None),
        (sarif(*[at("a", uriBaseId="b0")] * 500, originalUriBaseIds=BASES), "in a circle, or too far"),
        (json.dumps({"version": "2.1.0", "runs": [RUN] * 10_000}).encode(), "9900 runs too many"),
        (b"[" + (b"[" * 150 + b"]" * 150 + b",") * 30_000 + b"0]", "more than 1000000 parts"),
        (b"[" + b"1" * 1_000_000 + b"]", "no JSON"),
        (sarif(*[result(message={"text": "{0}" * 900, "arguments": ["x" * 5000]})] * 500), None),
    ],
    ids=["rules", "bases", "runs", "brackets", "digits", "arguments"],
)  # fmt: skip
@pytest.mark.timeout(60)
def test_no_report_takes_long(log: bytes, says: str | None) -> None:
    intake = read_report(log, ROOT)
    assert (intake.problems == ()) is (says is None)
    assert says is None or says in str(intake.problems[0])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=6),
    max_leaves=12,
)


@settings(deadline=None, max_examples=60)
@given(JSON, st.sampled_from(["", ROOT]))
def test_nothing_that_is_json_breaks_the_reader(part: Any, root: str) -> None:
    for log in (part, [part], {"version": "2.1.0", "runs": [part]}, json.loads(sarif(part))):
        data = json.dumps(log).encode()
        intake = read_report(data, root)
        assert intake == read_report(data, root)


def issue(**changes: Any) -> dict[str, Any]:
    plain = {"description": "Trouble", "check_name": "R1", "fingerprint": "f", "severity": "major"}
    return {**plain, "location": {"path": "a.py", "lines": {"begin": 3}}, **changes}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "a.py:3-3 code-quality/R1 major"),
        ({"check_name": "ruff/B006"}, "a.py:3-3 ruff/B006 major"),
        ({"severity": "blocker"}, "a.py:3-3 code-quality/R1 critical"),
        ({"severity": "odd"}, "a.py:3-3 code-quality/R1 minor"),
        ({"location": {"path": "./b/../a.py", "lines": {"begin": 3, "end": 9}}}, "a.py:3-9 code-quality/R1 major"),
        ({"location": {"path": "/builds/shop/a%20b.py"}}, "a%20b.py:0-0 code-quality/R1 major"),  # a path, no URI
    ],
)
def test_code_quality(changes: dict[str, Any], says: str) -> None:
    assert places(read_report(json.dumps([issue(**changes)]).encode(), ROOT)) == [says]


@pytest.mark.parametrize(
    "changes",
    [{"location": {"path": "../a.py"}}, {"location": {"path": "/etc/passwd"}}, {"location": None}, {"description": 1}],
)
def test_code_quality_that_cannot_be_read_is_named(changes: dict[str, Any]) -> None:
    intake = read_report(json.dumps([issue(**changes), issue()]).encode(), ROOT)
    assert (len(intake.findings), [problem.where for problem in intake.problems]) == (1, ["issue 1"])
