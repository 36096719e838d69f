"""Shows every setting, its value and where it came from: what `codex-bot doctor --settings` does."""

import click

from actions.console import Exit, print_json
from bot.settings import PREFIX, Settings, read_settings


def show_settings(*, as_json: bool) -> int:
    """Print every setting with its value, where that comes from and what it means; returns the exit code."""
    settings = read_settings()
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
        return Exit.DONE
    for row in rows:
        click.echo(f"{row['name']:38} {row['value']:24} {row['from']:12} {row['meaning']}")
    return Exit.DONE
