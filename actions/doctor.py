"""Says what is missing or set up wrongly, and the mend: `codex-bot doctor`."""

import dataclasses
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from actions.checks import checks
from actions.console import Exit, print_json
from actions.findings import FAIL, OK, Finding, examine, shown, skipped
from bot.errors import SettingsError
from bot.repo_config import FILE, LARGEST
from bot.repo_config_text import RepoConfigError, read_config
from bot.settings import PREFIX, Settings, read_settings
from tasks.commands.registry import switchable
from tasks.sandbox import self_test
from tasks.wiring import make_sandbox


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--settings", "show_settings", is_flag=True, help="Show every setting, its value and where it came from.")
@click.option(
    "--config", "config_file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Check a repository's .codex.toml instead.",
)  # fmt: skip
def doctor(*, as_json: bool, show_settings: bool, config_file: Path | None) -> int:
    """Check what the service needs, one line a finding, with the mend.

    \b
    Examples:
      codex-bot doctor               every check
      codex-bot doctor --settings    every setting with its value; secrets are shown as stars
      codex-bot doctor --json        for machines
      codex-bot doctor --config .codex.toml    a repository's own rules, before they are merged

    Looks at the settings, the files with secrets, data folder, ledger, hint carrier, git, sandbox, the tools that
    reviews use, forge, clock, GitHub App (permissions, installations, hook, last deliveries), GitLab (version,
    token, role, webhooks, last deliveries) and model server. Changes nothing but an empty data folder and ledger,
    which it makes. Leaves with 0 when nothing failed (! is a warning), with 1 when something did.
    """
    if show_settings:
        _show_settings(read_settings(), as_json=as_json)
        return Exit.DONE
    if config_file is not None:
        return _report(_examine_config(config_file), "The file can be used.", as_json=as_json)
    return _report(diagnose(), "The service can run.", as_json=as_json)


def _report(findings: Iterable[Finding], fine: str, *, as_json: bool) -> int:
    found: list[Finding] = []
    for finding in findings:
        found.append(finding)
        if not as_json:
            click.echo(shown(finding))  # at once: a later check may have to wait for a time-out
    failed = sum(finding.state == FAIL for finding in found)
    if as_json:
        print_json({"ok": not failed, "items": [dataclasses.asdict(finding) for finding in found]})
    else:
        things = f"{failed} thing{'s' if failed > 1 else ''} to mend."
        click.echo(f"\n{things if failed else fine}")
    return Exit.NOT_SO if failed else Exit.DONE


def diagnose() -> Iterator[Finding]:
    """Read the settings and run every check; settings that cannot be read are a finding too."""
    try:
        settings = read_settings()
    except SettingsError as error:
        yield Finding("settings", FAIL, error.message, error.mend)
        yield from (skipped(check.name, "settings") for check in checks(self_test) if check.name != "settings")
    else:
        yield from examine(settings, checks(make_sandbox(settings).prove))


def _examine_config(path: Path) -> Iterator[Finding]:
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
    try:
        read_config(content, switchable())
    except RepoConfigError as error:
        yield from (Finding(FILE, FAIL, problem) for problem in error.problems)
    else:
        yield Finding(FILE, OK, "every key is known, every value fits")


def _show_settings(settings: Settings, *, as_json: bool) -> None:
    rows = [
        {
            "name": PREFIX + name.upper(),
            "value": "" if getattr(settings, name) is None else str(getattr(settings, name)),
            "from": "environment" if name in settings.model_fields_set else "default",
            "meaning": field.description or "",
        }
        for name, field in Settings.model_fields.items()
    ]
    if as_json:
        print_json({"items": rows})
        return
    for row in rows:
        click.echo(f"{row['name']:38} {row['value']:24} {row['from']:12} {row['meaning']}")
