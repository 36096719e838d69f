"""`codex-bot doctor` about the analysers: asked in the real sandbox, real folders, tools that are scripts."""

from collections.abc import Callable
from pathlib import Path

import pytest

from actions.checks import checks
from actions.checks_analysis import analysis_checks
from actions.findings import Finding, examine
from bot.settings import Settings
from tasks.analysis.registry import EVERY_TOOL
from tasks.sandbox import SelfTest
from tasks.wiring import make_analysers

Ask = Callable[[], list[Finding]]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Two empty folders for tools, which the sandbox's account may enter."""
    made = Settings(data_dir=tmp_path / "data", analysis_tools=tmp_path / "tools", analysis_more=tmp_path / "more")
    if not make_analysers(made).prove().ok:
        pytest.skip(f"no sandbox on this machine: {make_analysers(made).prove().reason}")
    return made


@pytest.fixture
def ask(settings: Settings) -> Ask:
    return lambda: list(examine(settings, analysis_checks()))


def install(folder: Path, script: str, *names: str) -> None:
    for name in names:
        program = folder / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!/bin/sh\n{script}\n")
    for path in (folder.parent, folder, *folder.rglob("*")):
        path.chmod(0o755)


def test_without_any_tool_each_is_told_with_what_follows_and_the_next_step_and_nothing_fails(
    ask: Ask, settings: Settings
) -> None:
    found = ask()
    assert len(found) == len(EVERY_TOOL)
    assert {finding.state for finding in found} == {"warn", "skip"}
    ruff = next(finding for finding in found if finding.text == "ruff is not here")
    assert ruff.state == "warn"
    assert ruff.so == "reviews have no tool for mistakes in Python, and say so where there is something to look at"
    assert f"--target {settings.analysis_tools} -r requirements-analysis.lock (`make setup` does it)" in ruff.mend
    assert "CODEX_BOT_ANALYSIS_TOOLS" in ruff.mend
    extra = {finding.text: finding.mend for finding in found if finding.state == "skip"}
    assert extra.keys() == {"actionlint is not here", "oxlint is not here", "hadolint is not here"}
    assert extra["oxlint is not here"].startswith(f"npm install --prefix {settings.analysis_more} oxlint")
    assert f"--target {settings.analysis_more} -r requirements-analysis-more.lock" in extra["hadolint is not here"]


def test_what_is_here_is_told_with_its_version_whichever_folder_is_named(ask: Ask, settings: Settings) -> None:
    programs = ("bin/ruff", "bin/ty", "bin/ast-grep", "bin/zizmor", "bin/shellcheck", "kingfisher/bin/kingfisher")
    install(settings.analysis_tools, 'echo "the tool"; echo "version: 7.2.1-rc.1"', *programs)
    install(settings.analysis_more, 'echo "Linter 9.0"', "bin/hadolint")
    found = ask()
    here, *rest = found
    assert here.state == "ok"
    assert {*here.text.split(", ")} == {
        *(f"{Path(program).name} 7.2.1-rc.1" for program in programs),
        "hadolint 9.0",
    }
    assert {finding.text for finding in rest} == {"actionlint is not here", "oxlint is not here"}


@pytest.mark.parametrize("script", ["exit 1", "echo hello", "echo 1.2.3; exit 1"])
def test_what_is_here_and_does_not_run_is_no_absence(ask: Ask, settings: Settings, script: str) -> None:
    install(settings.analysis_more, script, "bin/hadolint")
    states = {finding.text: finding.state for finding in ask()}
    assert states["hadolint is here but does not say its version"] == "warn"


def test_without_a_sandbox_no_tool_is_asked(settings: Settings) -> None:
    none = SelfTest(ok=False, rung="none", reason="bubblewrap is not installed", mend="apt install bubblewrap")
    asked = [check for check in checks(lambda: none) if check.name in {"sandbox", "analysers"}]
    sandbox, analysers = examine(settings, asked)
    assert (sandbox.state, analysers.state) == ("fail", "skip")
    assert analysers.text == "not looked at; first mend: sandbox"
