"""The README says what is true."""

import re
from pathlib import Path

from actions.cli import SUBCOMMANDS
from bot.settings import PREFIX, Settings
from tasks.commands.registry import discover

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def settings_table() -> str:
    """Make the table from the settings themselves; a secret and the file that may hold it share a row."""
    rows = ["| `CODEX_BOT_…` | default | meaning |", "| --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        if name.removesuffix("_file") in Settings.model_fields.keys() - {name}:
            continue
        default = "" if field.default_factory or field.default is None else str(field.get_default())
        twin = ", `…_FILE`" if f"{name}_file" in Settings.model_fields else ""
        rows.append(f"| `{name.upper()}`{twin} | {f'`{default}`' if default else ''} | {field.description} |")
    return "\n".join(rows)


def test_the_settings_table_is_the_settings() -> None:
    assert settings_table() in README, f"put this into README.md:\n\n{settings_table()}"


def test_every_variable_that_is_named_exists() -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    assert set(re.findall(r"CODEX_BOT_[A-Z_]+", README)) <= known


def test_every_command_is_named() -> None:
    assert all(f"/codex {name}" in README for name in discover())
    assert all(re.search(rf"`{name}\b|codex-bot {name}\b", README) for name in SUBCOMMANDS)


def test_it_is_short_and_the_first_command_comes_soon() -> None:
    lines = README.splitlines()
    first = lines.index("```")
    words = " ".join(line for line in lines[:first] if not line.startswith("#")).split()
    assert len(lines) <= 150
    assert first < 20
    assert len(words) <= 60


def test_every_file_that_is_linked_is_there() -> None:
    links = re.findall(r"\]\(([^)#]+)\)|(?:src|srcset)=\"([^\"]+)\"", README)
    assert all((ROOT / (one or other)).exists() for one, other in links)
