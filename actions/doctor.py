"""The words of `codex-bot doctor`; what it does is `actions.diagnosis`, `settings_table` and `config_check`."""

from pathlib import Path

import click


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
    # Help and refusals need none of these, and each only its own: the checks know every room.
    if show_settings:
        from actions import settings_table  # noqa: PLC0415

        return settings_table.show_settings(as_json=as_json)
    if config_file is not None:
        from actions import config_check  # noqa: PLC0415

        return config_check.examine_config(config_file, as_json=as_json)
    from actions import diagnosis  # noqa: PLC0415

    return diagnosis.examine_service(as_json=as_json)
