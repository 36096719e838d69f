"""`codex-bot run review` on a real repository, with the real analysers and a model server that is scripted."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from fakes.model_server import Body, ModelServer, Says, model_server

START = [sys.executable, "-I", "-m", "actions", "run", "review"]
BEFORE = "def price(item):\n    return item.price\n"
AFTER = (
    "def price(item, seen=[]):\n    seen.append(item)\n    return item.price\n\n\n"
    "def last(items):\n    return items[len(items)]\n"
)
WRONG_LINE = "    return items[len(items)]"
FOUND = {
    "path": "shop.py",
    "line": 9,  # it is line 7: models count badly
    "last_line": 9,
    "quote": WRONG_LINE.strip(),
    "body": "`len(items)` is one past the end, @ann.",
    "title": "Off by one",
    "category": "bug",
    "severity": "critical",
    "suggestion": "    return items[-1]",
    "confidence": 0.9,
}


def reviewer(body: Body) -> Says:
    """Find the one defect that a tool cannot see, and stand by it."""
    if "verdicts" in json.dumps(body):
        return Says(json.dumps({"verdicts": [{"id": 1, "reason": "It is.", "refuted": False, "confidence": 0.9}]}))
    return Says(json.dumps({"summary": "", "findings": [FOUND]}))


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with model_server(reviewer) as server:
        yield server


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    commit(root, BEFORE)
    git(root, "switch", "-q", "-c", "last")
    commit(root, AFTER)
    return root


def git(root: Path, *args: str) -> str:
    named = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org"]
    return subprocess.run(["git", "-C", root, *named, *args], check=True, capture_output=True, text=True).stdout


def commit(root: Path, text: str) -> None:
    (root / "shop.py").write_text(text)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "Go on")


def run(
    root: Path, url: str, *args: str, given: str = "", settings: Mapping[str, str] = MappingProxyType({})
) -> subprocess.CompletedProcess[str]:
    given_settings = {"MODEL_URL": url, "DATA_DIR": str(root.parent / "data"), **settings}
    env = {**os.environ, **{f"CODEX_BOT_{name}": value for name, value in given_settings.items()}}
    return subprocess.run(
        [*START, *args], cwd=root, env=env, input=given, capture_output=True, text=True, timeout=120, check=False
    )


def sarif(root: Path, url: str, *args: str) -> dict[str, Any]:
    made = run(root, url, "--base", "main", "--format", "sarif", *args)
    assert made.returncode == 0, made.stderr
    [only] = json.loads(made.stdout)["runs"]
    return dict(only)


def test_model_and_tools_speak_with_one_voice(repository: Path, model: ModelServer) -> None:
    made = run(repository, model.url, "--base", "main")
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("**2 findings: 1 critical, 1 major**")
    assert "| critical | `shop.py:7` | Off by one |" in made.stdout
    assert "`ruff/B006`" in made.stdout
    assert "-    return items[len(items)]\n+    return items[-1]" in made.stdout
    assert "question 1 to the model" in made.stderr
    assert "@ann" not in made.stdout


def test_the_exact_line_stands_in_sarif(repository: Path, model: ModelServer) -> None:
    results = sarif(repository, model.url)["results"]
    regions = {each["ruleId"]: each["locations"][0]["physicalLocation"]["region"]["startLine"] for each in results}
    assert regions == {"model/bug": 7, "ruff/B006": 1}


def test_a_severity_can_fail_the_run(repository: Path, model: ModelServer) -> None:
    codes = [
        run(repository, model.url, "--base", "main", "--fail-on", each).returncode for each in ("critical", "never")
    ]
    assert codes == [1, 0]


def test_a_diff_of_the_working_tree_is_read_from_standard_input(repository: Path, model: ModelServer) -> None:
    (repository / "shop.py").write_text(AFTER.replace("items[len(items)]", "items[len(items)] or eval(items)"))
    made = run(repository, model.url, "--diff", "-", given=git(repository, "diff"))
    assert "`ruff/S307`" in made.stdout
    assert "`ruff/B006`" not in made.stdout  # it stood there before


def test_a_diff_that_leads_elsewhere_says_that_no_tool_looked(repository: Path, model: ModelServer) -> None:
    patch = git(repository, "diff", "main")
    (repository / "shop.py").write_text("nothing = True\n")
    made = run(repository, model.url, "--diff", "-", given=patch)
    assert "the files here are not those that the diff leads to" in made.stderr
    assert "Off by one" in made.stdout
    assert "+    return items[-1]" not in made.stdout  # nobody could try it


def test_without_a_model_the_tools_still_speak_and_nothing_is_green(repository: Path) -> None:
    made = run(repository, "http://127.0.0.1:9", "--base", "main", "--format", "code-quality")
    assert made.returncode == 1
    names = {each["check_name"] for each in json.loads(made.stdout)}
    assert names == {"ruff/B006", "codex-bot/not-reviewed"}


def test_tools_come_from_the_folder_that_the_settings_name_and_have_the_time_that_they_say(
    repository: Path, model: ModelServer, tmp_path: Path
) -> None:
    slow = tmp_path / "tools" / "bin" / "ruff"
    slow.parent.mkdir(parents=True)
    slow.write_text("#!/bin/sh\nsleep 60\n")
    for path in (tmp_path, *slow.parents[:2], slow):
        path.chmod(0o755)
    settings = {"ANALYSIS_TOOLS": str(tmp_path / "tools"), "ANALYSIS_SECONDS": "1"}
    made = run(repository, model.url, "--base", "main", settings=settings)
    assert "ruff: took longer than 1 s" in made.stdout
    assert "B006" not in made.stdout
    assert "Off by one" in made.stdout


def test_a_model_that_talks_nonsense_fails_the_review(repository: Path) -> None:
    with model_server(lambda _body: Says("Looks good to me!")) as server:
        made = run(repository, server.url, "--base", "main")
    assert made.returncode == 1
    assert "No findings" not in made.stdout
    assert "not looked at" in made.stdout.lower()


def test_what_another_tool_found_is_told_too(repository: Path, model: ModelServer, tmp_path: Path) -> None:
    issue = {
        "description": "Too short a name",
        "check_name": "names",
        "fingerprint": "1",
        "severity": "major",
        "location": {"path": "shop.py", "lines": {"begin": 6}},
    }
    report = tmp_path / "names.json"
    report.write_text(json.dumps([issue]))
    found = {each["ruleId"] for each in sarif(repository, model.url, "--findings", str(report))["results"]}
    assert found == {"model/bug", "ruff/B006", "code-quality/names"}


def test_a_report_that_is_none_is_refused(repository: Path, model: ModelServer, tmp_path: Path) -> None:
    report = tmp_path / "broken.sarif"
    report.write_text("{")
    made = run(repository, model.url, "--base", "main", "--findings", str(report))
    assert made.returncode == 1
    assert "could be read" in made.stderr


def test_the_rules_of_the_base_hold_and_not_those_of_the_change(repository: Path, model: ModelServer) -> None:
    (repository / ".codex.toml").write_text('[review]\nfloor = "critical"\n')
    commit(repository, AFTER)
    assert "B006" in run(repository, model.url, "--base", "main").stdout
    git(repository, "switch", "-q", "main")
    (repository / ".codex.toml").write_text('[review]\nfloor = "critical"\n')
    commit(repository, BEFORE + "\n")
    git(repository, "switch", "-q", "last")
    made = run(repository, model.url, "--base", "main~0")
    assert "B006" not in made.stdout
    assert "Not shown: 1 below the severity" in made.stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((), "Give either --base or --diff"),
        (("--base", "main", "--diff", "-"), "Give either --base or --diff"),
        (("--base", "nowhere"), "'nowhere' is no commit"),
        (("--base", "--upload-pack=x"), "is no commit"),
        (("--diff", "missing.diff"), "cannot read missing.diff"),
        (("--diff", "-"), "this holds no diff"),
    ],
)
def test_a_wrong_call_is_told_what_to_give(repository: Path, args: tuple[str, ...], said: str) -> None:
    made = run(repository, "http://127.0.0.1:9", *args)
    assert made.returncode == 2
    assert said in made.stderr
