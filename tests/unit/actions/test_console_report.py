"""How any subcommand leaves: its exit code, its streams, and what an error looks like."""

import json
from collections.abc import Callable

import click
import pytest

from actions.console import print_json, printable, report, say
from bot.errors import PolicyError, RetryableError, SettingsError, UserError


def command(act: Callable[[], object]) -> click.Command:
    @click.command()
    @click.option("--json", "as_json", is_flag=True)
    @click.argument("words", nargs=-1)
    def asked(*, as_json: bool, words: tuple[str, ...]) -> object:
        return act()

    return asked


def fail_with(error: BaseException) -> click.Command:
    def act() -> None:
        raise error

    return command(act)


FAILURES = [
    (UserError("no such branch", mend="Make it."), 1, "refused"),
    (PolicyError("too large", mend="Ask for less."), 1, "refused"),
    (SettingsError("CODEX_BOT_WEB_PORT is wrong", mend="Set it."), 2, "settings"),
    (click.BadParameter("not a number"), 2, "usage"),
    (click.ClickException("cannot listen"), 1, "refused"),
    (RetryableError("the model is away"), 3, "away"),
    (FileNotFoundError(2, "No such file or directory", "bug.md"), 1, "system"),
    (OSError("odd"), 1, "system"),
    (KeyError("lost"), 1, "defect"),
    (RecursionError("deep"), 1, "defect"),
    (KeyboardInterrupt(), 130, "interrupted"),
    (click.Abort(), 130, "interrupted"),
]


@pytest.mark.parametrize(("error", "status", "code"), FAILURES, ids=lambda value: type(value).__name__)
def test_a_failure_has_its_exit_code_and_speaks_on_stderr(
    capsys: pytest.CaptureFixture[str], error: BaseException, status: int, code: str
) -> None:
    assert report(fail_with(error), []) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert "error: " in err
    assert "Traceback" not in err


@pytest.mark.parametrize(("error", "status", "code"), FAILURES, ids=lambda value: type(value).__name__)
def test_with_json_a_failure_is_one_document_on_stdout(
    capsys: pytest.CaptureFixture[str], error: BaseException, status: int, code: str
) -> None:
    assert report(fail_with(error), ["--json"]) == status
    document = json.loads(capsys.readouterr().out)
    assert list(document) == ["error"]
    assert list(document["error"]) == ["code", "message", "mend"]
    assert document["error"]["code"] == code
    assert document["error"]["message"]


def test_the_mend_is_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    report(fail_with(UserError("no such branch", mend="Make it.")), [])
    assert capsys.readouterr().err == "error: no such branch\nhint: Make it.\n"


def test_a_missing_file_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    report(fail_with(FileNotFoundError(2, "No such file or directory", "bug.md")), [])
    assert "bug.md: No such file or directory" in capsys.readouterr().err


def test_the_traceback_is_there_for_those_who_ask(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEX_BOT_DEBUG", "1")
    report(fail_with(KeyError("lost")), ["--json"])
    out, err = capsys.readouterr()
    assert "Traceback" in err
    assert json.loads(out)["error"]["code"] == "defect"


def test_data_goes_to_stdout_and_all_else_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    def act() -> None:
        say("working")
        print_json({"done": True})

    assert report(command(act), []) == 0
    out, err = capsys.readouterr()
    assert (json.loads(out), err) == ({"done": True}, "working\n")


def test_a_json_that_is_no_option_does_not_count(capsys: pytest.CaptureFixture[str]) -> None:
    report(fail_with(UserError("no")), ["--", "--json"])
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("returned", "status"), [(None, 0), (0, 0), (1, 1), ("text", 0)])
def test_a_command_may_choose_its_code(returned: object, status: int) -> None:
    assert report(command(lambda: returned), []) == status


@pytest.mark.parametrize(
    ("wishes", "coloured"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": ""}, True),
        ({"TERM": "dumb"}, False),
    ],
    ids=["pipe", "forced", "refused", "empty wish", "dumb"],
)
def test_colour_is_what_the_environment_wants(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *, wishes: dict[str, str], coloured: bool
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in wishes.items():
        monkeypatch.setenv(name, value)
    report(command(lambda: click.secho("red", fg="red")), [])
    report(fail_with(UserError("no")), [])
    out, err = capsys.readouterr()
    assert ("\x1b[" in out, "\x1b[" in err) == (coloured, coloured)


def test_a_strangers_words_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    report(fail_with(UserError("bad \x1b[2J\x07 branch\u202e\nsecond line")), [])
    assert capsys.readouterr().err == "error: bad \\x1b[2J\\x07 branch\\u202e\nsecond line\n"


def test_ordinary_words_stay_as_they_are() -> None:
    assert printable("grün ✓ 東京\n") == "grün ✓ 東京\n"


def test_json_survives_every_byte_of_a_path(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"path": "caf\udce9", "sign": "✓"})
    out = capsys.readouterr().out
    assert out.isascii()
    assert json.loads(out)["sign"] == "✓"
