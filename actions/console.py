"""How every subcommand speaks: data on stdout, all else on stderr, errors with a hint, fixed exit codes."""

import dataclasses
import enum
import io
import itertools
import json
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from typing import Any

import click

from bot.errors import RetryableError, SettingsError, UserError

DEBUG = "CODEX_BOT_DEBUG"


class Exit(enum.IntEnum):
    """The exit codes of every subcommand."""

    DONE = 0
    NOT_SO = 1  # the asked thing is not so: a job failed, doctor found something, a patch was refused
    USAGE = 2  # wrong options or settings
    AWAY = 3  # a needed service is away; trying again may help
    INTERRUPTED = 130


def say(text: str) -> None:
    """Print one line of progress or explanation on stderr."""
    click.echo(text, err=True)


def print_json(document: Mapping[str, Any]) -> None:
    """Print exactly one JSON document on stdout, in ASCII: it survives every locale and every stray byte of a path."""
    click.echo(json.dumps(document, indent=2, default=str))


def printable(text: str) -> str:
    """Return a stranger's text without the control characters that could steer a terminal; line breaks stay."""
    return "".join(sign if sign.isprintable() or sign == "\n" else ascii(sign)[1:-1] for sign in text)


def wants_colour() -> bool | None:
    """Say what the environment wants: colour, none, or (None) colour where a terminal shows it.

    https://no-color.org and https://force-color.org; a wish for none wins.
    """
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return False if os.environ.get("TERM") == "dumb" else None


def is_debugging() -> bool:
    """Return whether the person wants tracebacks and logs."""
    return os.environ.get(DEBUG) == "1"


def report(command: click.Command, arguments: Sequence[str]) -> int:
    """Run a click command; turn every outcome into an exit code and, on failure, an error with a hint.

    With `--json` among the arguments a failure too is one JSON document on stdout. `CODEX_BOT_DEBUG=1`
    adds the traceback.
    """
    try:
        return _run(command, arguments)
    except BrokenPipeError:
        # Whoever read our output has left. Python would complain once more when it flushes at its own end.
        _silence_streams()
        return Exit.NOT_SO


def _run(command: click.Command, arguments: Sequence[str]) -> int:
    _print_what_the_locale_can()
    try:
        result = command.main(args=list(arguments), prog_name="codex-bot", standalone_mode=False, color=wants_colour())
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return Exit.USAGE
    except (KeyboardInterrupt, Exception) as error:  # noqa: BLE001  # an entrance: nobody above would explain it
        failure = _read(error)
        _explain(failure, as_json="--json" in itertools.takewhile(lambda word: word != "--", arguments))
        return failure.status
    return int(result) if isinstance(result, int) else Exit.DONE


@dataclasses.dataclass(frozen=True, slots=True)
class _Failure:
    status: int
    code: str  # one word for machines
    message: str
    mend: str = ""


def _read(error: BaseException) -> _Failure:
    match error:
        case KeyboardInterrupt() | click.exceptions.Abort():
            failure = _Failure(Exit.INTERRUPTED, "interrupted", "interrupted")
        case SettingsError():
            failure = _Failure(Exit.USAGE, "settings", error.message, error.mend)
        case UserError():
            failure = _Failure(Exit.NOT_SO, "refused", error.message, error.mend)
        case RetryableError():
            mend = "Try again when it is back; `codex-bot doctor` looks closer."
            failure = _Failure(Exit.AWAY, "away", str(error), mend)
        case click.UsageError():
            asked = error.ctx.command_path if error.ctx else "codex-bot"
            mend = f"`{asked} --help` says what can be given."
            failure = _Failure(Exit.USAGE, "usage", error.format_message(), mend)
        case click.ClickException():
            failure = _Failure(error.exit_code, "refused", error.format_message())
        case OSError():
            words = ": ".join(str(part) for part in (error.filename, error.strerror) if part) or str(error)
            mend = "Check the path, its permissions and the free disk space."
            failure = _Failure(Exit.NOT_SO, "system", words, mend)
        case _:
            words = f"a defect in Codex Bot: {type(error).__name__}: {error}"
            failure = _Failure(Exit.NOT_SO, "defect", words, f"Run it again with {DEBUG}=1 and report what it prints.")
    return failure


def _explain(failure: _Failure, *, as_json: bool) -> None:
    if is_debugging():
        traceback.print_exc(file=sys.stderr)
    if as_json:
        print_json({"error": {"code": failure.code, "message": failure.message, "mend": failure.mend}})
        return
    _label("error:", "red", failure.message)
    if failure.mend:
        _label("hint:", "cyan", failure.mend)


def _label(word: str, colour: str, text: str) -> None:
    click.echo(f"{click.style(word, fg=colour, bold=True)} {printable(text)}", err=True, color=wants_colour())


def _print_what_the_locale_can() -> None:
    # A sign that the terminal's encoding lacks becomes a question mark, not an exception.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def _silence_streams() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
