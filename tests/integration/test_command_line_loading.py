"""What our programs load: help and refusals none of the libraries that work is done with, work only what it needs."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import pytest

from actions.cli import cli

HEAVY = [
    *("a2wsgi", "alembic", "celery", "cryptography", "flask", "github", "gitlab", "graphql", "gunicorn", "httpx2"),
    *("huggingface_hub", "jinja2", "json_repair", "jwt", "kombu", "markdown_it", "psutil", "psycopg", "pydantic"),
    *("rapidfuzz", "requests", "rich", "sqlalchemy", "tree_sitter", "urllib3", "uvicorn", "werkzeug", "xllamacpp"),
    *("bot.ledger.ledger", "bot.settings", "tasks.commands", "tasks.patch"),
]
WRONG = [
    *("", "--wrong", "dcotor", "run implement", "run implement --issue nowhere.md", "run review", "run review --wrong"),
    *("run review --base main --repo .", "jobs list --state lost", "jobs show x", "jobs dead --yes", "apply"),
    *("apply nowhere.md", "findings --limit 0", "doctor --config nowhere.toml", "ledger --wrong", "locate --limit 0"),
    *("demo --forge hub", "up --no-engine --model m.gguf", "serve --port x", "work --slots 0", "sweep --wrong"),
    *("engine --host 10.0.0.1", "practice-forge --host 10.0.0.1", "setup github", "setup gitlab --project ann/kit"),
    "practice-forge --dialect gitlab --app-key-file key",
]
# Runs command lines, one after the other, and says of each how it ended and which of the heavy are loaded by then.
LINES = """
import json, sys
from actions.cli import main
lines, heavy = json.load(sys.stdin)
found = []
for line in lines:
    try:
        main(line)
    except SystemExit as leaving:
        found.append([" ".join(line), leaving.code, sorted(set(heavy) & sys.modules.keys())])
print(json.dumps(found), file=sys.stderr)
"""
MODULES = "import importlib, json, sys; importlib.import_module(sys.argv[1]); print(json.dumps(sorted(sys.modules)))"


def after_each(folder: Path, lines: Sequence[Sequence[str]]) -> list[Any]:
    argv = [sys.executable, "-I", "-c", LINES]
    given = json.dumps([lines, HEAVY])
    done = subprocess.run(argv, input=given, capture_output=True, text=True, check=True, cwd=folder)
    return list(json.loads(done.stderr.splitlines()[-1]))


def named(group: click.Group, names: Sequence[str] = ()) -> Iterator[list[str]]:
    """Yield the words of every command below a group."""
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        yield [*names, name]
        if isinstance(found, click.Group):
            yield from named(found, [*names, name])


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    lines = [["--version"], ["--help"], *([*words, "--help"] for words in named(cli))]
    assert len(lines) > 20
    assert after_each(tmp_path, lines) == [[" ".join(line), 0, []] for line in lines]


def test_wrong_usage_is_refused_without_anything_heavy(tmp_path: Path) -> None:
    assert after_each(tmp_path, [line.split() for line in WRONG]) == [[line, 2, []] for line in WRONG]


def test_the_control_work_loads_what_it_is_done_with(tmp_path: Path) -> None:
    lines = [["locate", "--issue", "nowhere.md"], ["doctor", "--settings"]]
    (_, _, before), (_, code, after) = after_each(tmp_path, lines)
    assert (code, before) == (0, [])
    assert after == ["bot.settings", "pydantic"]


@pytest.mark.parametrize(
    ("module", "needed", "idle"),
    [
        ("bot.web.start", {"flask", "celery", "sqlalchemy"}, {"github", "gitlab", "alembic", "huggingface_hub"}),
        ("tasks.worker_start", {"huggingface_hub", "tasks.commands"}, {"github", "gitlab", "alembic", "flask"}),
        ("tasks.sweep_start", {"celery"}, {"github", "gitlab", "alembic", "huggingface_hub", "tasks.commands"}),
        ("actions.local_job", {"sqlalchemy"}, {"celery", "github", "alembic", "flask", "huggingface_hub", "xllamacpp"}),
        ("actions.local_review", {"jinja2"}, {"celery", "github", "flask", "huggingface_hub", "sqlalchemy"}),
        ("actions.story", {"rich"}, {"celery", "github", "flask", "huggingface_hub", "sqlalchemy"}),
        ("actions.job_orders", {"sqlalchemy"}, {"celery", "github", "alembic", "flask", "tasks", "requests"}),
        ("actions.apply_reply", {"rapidfuzz"}, {"sqlalchemy", "pydantic", "tree_sitter", "requests"}),
        ("infra.practice_forge.start", {"werkzeug"}, {"graphql", "sqlalchemy", "pydantic"}),
    ],
)
def test_a_program_loads_only_what_it_needs(module: str, needed: set[str], idle: set[str]) -> None:
    argv = [sys.executable, "-I", "-c", MODULES, module]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    assert needed <= loaded
    assert not loaded & idle
