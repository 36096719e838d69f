"""The list of subcommands, and the help of each: one voice, examples everywhere, nothing loaded without need."""

import inspect
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from actions.cli import SUBCOMMANDS, cli
from actions.demo import FORGES
from actions.local_review import WRITERS
from actions.practice import STAGES
from actions.run_review import FORMS


def every_command() -> Iterator[tuple[str, click.Command]]:
    for name, found in SUBCOMMANDS.items():
        command = found.load()
        yield name, command
        if isinstance(command, click.Group):
            yield from ((f"{name} {inner}", child) for inner, child in command.commands.items())


ALL = dict(every_command())


def ask(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(cli, list(words), prog_name="codex-bot")
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_the_line_in_the_list_is_the_first_line_of_the_command(name: str) -> None:
    documentation = inspect.getdoc(ALL[name].callback) or ""
    assert documentation.splitlines()[0] == SUBCOMMANDS[name].help


def test_the_list_names_every_subcommand() -> None:
    status, out, _ = ask("--help")
    assert status == 0
    assert all(f"\n  {name} " in out for name in SUBCOMMANDS)


@pytest.mark.parametrize("name", ALL)
def test_every_help_has_examples_that_name_the_command_and_explains_each_option(name: str) -> None:
    status, out, err = ask(*name.split(), "--help")
    assert (status, err) == (0, "")
    assert "Example" in out
    assert f"\n    codex-bot {name}" in out
    for parameter in ALL[name].params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name
            assert parameter.help.endswith((".", "]")), parameter.name


def test_options_offer_what_there_is() -> None:
    # Their words stand apart from what does the work, which is loaded later.
    assert set(FORGES) == set(STAGES)
    assert set(FORMS) == set(WRITERS)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [(["dcotor"], "doctor"), (["job"], "jobs"), (["practice-frog"], "practice-forge"), (["jobs", "lsit"], "list")],
)
def test_an_unknown_command_is_answered_with_the_one_that_was_meant(typed: list[str], meant: str) -> None:
    status, out, err = ask(*typed)
    assert (status, out) == (2, "")
    assert f"Did you mean '{meant}'?" in err


def test_a_word_that_is_like_nothing_is_just_unknown() -> None:
    status, _, err = ask("zzzzzz")
    assert status == 2
    assert "No such command 'zzzzzz'" in err
    assert "Did you mean" not in err


def test_an_unknown_option_is_answered_with_the_one_that_was_meant() -> None:
    status, _, err = ask("jobs", "list", "--jsno")
    assert status == 2
    assert "Did you mean '--json'?" in err


def test_the_version_is_told() -> None:
    status, out, _ = ask("--version")
    assert status == 0
    assert out.startswith("codex-bot, version ")
