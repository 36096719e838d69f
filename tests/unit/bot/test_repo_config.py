"""A repository's `.codex.toml`: what each key means, and what is said of a wrong one."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bot.errors import UserError
from bot.repo_config import DEFAULTS, LARGEST, RepoConfig, schema
from bot.repo_config_text import read_config

SCHEMA = Path(__file__).parents[3] / "bot" / "codex.schema.json"
COMMANDS = ["implement", "review"]
WHOLE = """#:schema codex.schema.json
languages = ["python", "c++"]

[commands]
enabled = ["implement"]
disabled = []

[access]
who = ["ann", "bob-2"]
refusals = "silent"

[paths]
include = ["src/", "docs/**"]
exclude = ["*.lock"]
protected = ["src/secrets/"]

[review]
automatic = ["ready"]
floor = "major"
confidence = 0.7
most = 5
refute = false
tools = false
fail_on = "critical"
incomplete = "failure"

[describe]
labels = false

[model]
profile = "large"
language = "German"

[tests]
command = ["pytest", "-q"]
"""


def read(text: str) -> RepoConfig:
    return read_config(text.encode(), COMMANDS)


def problems(text: str | bytes) -> list[str]:
    with pytest.raises(UserError) as caught:
        read_config(text if isinstance(text, bytes) else text.encode(), COMMANDS)
    assert caught.value.mend.startswith("Nothing was done. Correct the file")
    head, _, listed = caught.value.message.partition("\n\n")
    assert head == "`.codex.toml` of the default branch cannot be used:"
    return [line.removeprefix("- ") for line in listed.splitlines()]


def test_an_empty_file_changes_nothing() -> None:
    assert read("") == read("# nothing\n[paths]\n") == DEFAULTS
    assert DEFAULTS.opens("src/a.py")
    assert DEFAULTS.answers("implement")
    assert not DEFAULTS.protects("src/a.py")


def test_every_key_is_read() -> None:
    config = read(WHOLE)
    assert (config.languages, config.model.profile) == (("python", "c++"), "large")
    assert config.tests.command == ("pytest", "-q")
    assert (config.access.refusals, config.access.names("ANN"), config.access.names("eve")) == ("silent", True, False)


def test_a_file_is_open_if_it_is_included_and_not_excluded_and_in_one_of_the_languages() -> None:
    config = read(WHOLE)
    opened = ["src/a.py", "src/deep/a.h", "docs/a.md", "src/secrets/key.py"]
    shut = ["a.py", "src/a.go", "src/x.lock", "other/src.py"]
    assert [path for path in opened + shut if config.opens(path)] == opened
    assert [path for path in opened + shut if config.protects(path)] == ["src/secrets/key.py"]


def test_an_empty_list_of_what_is_included_opens_nothing() -> None:
    assert not read("[paths]\ninclude = []").opens("a.py")


@pytest.mark.parametrize(
    ("table", "on"),
    [
        ("", ["implement", "review"]),
        ('enabled = ["review"]', ["review"]),
        ("enabled = []", []),
        ('disabled = ["review"]', ["implement"]),
        ('enabled = ["implement", "review"]\ndisabled = ["implement"]', ["review"]),
    ],
)
def test_commands_are_switched_on_and_off(table: str, on: list[str]) -> None:
    config = read(f"[commands]\n{table}")
    assert [name for name in COMMANDS if config.answers(name)] == on


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\ncomands = {}", "line 2: unknown key `comands`; did you mean `commands`?"),
        ("[comands]\n", "line 1: unknown key `comands`; did you mean `commands`?"),
        ('[paths]\nexclud = ["a"]', "line 2: unknown key `paths.exclud`; did you mean `paths.exclude`?"),
        ('paths.exclud = ["a"]', "line 1: unknown key `paths.exclud`; did you mean `paths.exclude`?"),
        ('protected = ["a"]', "line 1: unknown key `protected`; did you mean `paths.protected`?"),
        (
            "[model]\nzzz = 1",
            "line 2: unknown key `model.zzz`; known here: `profile`, `language`",
        ),
        ("[commands]\ndisabled = true", 'line 2: `commands.disabled` must be a list, such as ["a", "b"]'),
        ("[commands]\nenabled = [3]", "line 2: `commands.enabled` must hold nothing but texts in quotes"),
        ('[tests]\ncommand = "pytest -q"', 'line 2: `tests.command` must be a list, such as ["a", "b"]'),
        ("[tests]\ncommand = []", "line 2: `tests.command` must not be empty"),
        ("paths = 3", "line 1: `paths` must be a table"),
        ('[access]\nrefusals = "none"', "line 2: `access.refusals` should be 'comment' or 'silent'"),
        (
            '[access]\nwho = "everybody"',
            'line 2: `access.who` must be "write", "admin" or a list of account names without @',
        ),
        (
            '[access]\nwho = ["@ann"]',
            'line 2: `access.who` must be "write", "admin" or a list of account names without @',
        ),
        (
            '[paths]\nprotected = ["../x"]',
            "line 2: `paths.protected` must not hold . or .. as a folder; paths begin at the top of the repository",
        ),
        (
            '[commands]\ndisabled = ["implment"]',
            "line 2: `implment` in `commands.disabled` cannot be switched on or off; did you mean `implement`?",
        ),
        (
            '[commands]\nenabled = ["help"]',
            "line 2: `help` in `commands.enabled` cannot be switched on or off; these can: `implement`, `review`",
        ),
        ("paths = ", "this is no TOML: Invalid value"),
        ("a = 1\nb c", "line 2: this is no TOML: Expected '=' after a key in a key?value pair"),
        ("x = " + "[" * 20_000, "its values are nested too deeply"),
        (b"\xff", "it is no UTF-8 text"),
        (b"#" * (LARGEST + 1), f"it has more than {LARGEST} bytes"),
    ],
)
def test_a_wrong_file_is_named_by_line_and_key_with_the_mend(text: str | bytes, said: str) -> None:
    assert problems(text) == [said]


def test_an_unknown_language_is_answered_with_those_that_are_known() -> None:
    (said,) = problems('languages = ["pyhton", "Go"]')
    assert said.startswith("line 1: `languages` must name languages of this list, in lower case: c, c++,")


def test_all_problems_are_told_at_once_up_to_five() -> None:
    assert len(problems("a = 1\nb = 2\nc = 3\n[paths]\nd = 4")) == 4
    assert problems("a = 1\nb = 2\nc = 3\nd = 4\ne = 5\nf = 6\ng = 7")[5:] == ["and 2 more"]


@pytest.mark.parametrize("text", ['"@everyone" = 1', '[paths]\n"#1 @bob" = 1', 'x = {"<!-- @bob"=1,"<!-- @bob"=2}'])
def test_no_key_acts_in_the_comment_that_names_it(text: str) -> None:
    (said,) = problems(text)
    assert not {"@", "#", "<"} & set(said)


def test_the_published_schema_is_that_of_the_code() -> None:
    made = json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
    assert SCHEMA.read_text(encoding="utf-8") == made, f"put this into {SCHEMA}:\n\n{made}"


@pytest.mark.parametrize(("text", "valid"), [(WHOLE, True), ("lang = []", False), ("[paths]\ninclude = 3", False)])
def test_the_schema_holds_files_to_the_same_rules(tmp_path: Path, text: str, *, valid: bool) -> None:
    (tmp_path / "codex.toml").write_text(text)
    argv = [sys.executable, "-m", "check_jsonschema", "--schemafile", str(SCHEMA), str(tmp_path / "codex.toml")]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) is valid, done.stdout + done.stderr
