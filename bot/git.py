"""Runs git without trusting the machine's settings, hooks or prompts, and without a secret in its arguments."""

import contextlib
import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from bot.errors import RetryableError, UserError
from bot.events import Clone

# All that git may inherit. Above all no GIT_*: a GIT_DIR left over from somebody's hook would redirect every call.
_INHERITED = (
    *("PATH", "HOME", "XDG_CONFIG_HOME", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("http_proxy", "https_proxy", "no_proxy", "all_proxy", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"),
)
_FIXED = {
    "LC_ALL": "C",  # messages are read below
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
}
# No program that a configuration names may start: no monitor, no hook, no credential helper.
# And no split index, whose other half would stay behind in the repository.
_SAFE_SETTINGS = (
    *("core.fsmonitor=false", "core.hooksPath=/dev/null", "credential.helper=", "core.askPass="),
    "core.splitIndex=false",
)

_AWAY = re.compile(
    r"could not resolve|failed to connect|connection (?:refused|reset|timed out)|couldn't connect|operation timed out"
    r"|early eof|hung up unexpectedly|returned error: (?:429|5\d\d)|error: RPC failed|gnutls|SSL_",
    re.IGNORECASE,
)
# A refusal of the other side's, though what git says after it sounds like a lost connection.
_REFUSED = re.compile(r"(?:HTTP|returned error:) 4(?!08|29)\d\d")
_CREDENTIAL = re.compile(r"(?i)(authorization:\s*)[^\r\n]+|(://)[^/@\s]+@")
_SHOWN_LINES = 5
_LOOK_SECONDS = 0.5


def _never() -> bool:
    return False


def run_git(
    args: Sequence[str],
    *,
    cwd: Path | None = None,
    env_extra: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    timeout: float = 60.0,
    cancelled: Callable[[], bool] = _never,
    ok: Sequence[int] = (0,),
) -> bytes:
    """Run `git ARGS` and return its standard output.

    Args:
        args: what follows `git`, no secrets among them; put `--` before anything that a stranger named.
        cwd: the folder to run in.
        env_extra: variables for this one process, such as those of `header_environment`.
        stdin: bytes for git to read; without them its input is empty.
        timeout: seconds after which git and all that it started are killed.
        cancelled: asked twice a second; once it is true, they are killed as well.
        ok: the exit statuses that are an answer and no failure.

    Raises:
        RetryableError: the other side is away, the time is up, or it was cancelled.
        UserError: git refused; the text is the end of what it said, without credentials.

    """
    extra = dict(env_extra or {})
    what = f"git {_subcommand(args)}"
    settings = [word for setting in _SAFE_SETTINGS for word in ("-c", setting)]
    try:
        with _started(["git", *settings, *args], cwd, _environment(extra), stdin) as process:
            output, complaint = _communicate(process, timeout, cancelled)
        status = process.returncode
    except subprocess.TimeoutExpired:
        # `from None`: the other exception holds the whole command and its output.
        reason = "was cancelled" if cancelled() else f"took longer than {timeout:g} s and was stopped"
        raise RetryableError(f"{what} {reason}") from None
    if status in ok:
        return output
    text = _scrub(_last_lines(complaint), extra) or f"exit status {status}"
    if _AWAY.search(text) and not _REFUSED.search(text):
        raise RetryableError(f"{what} could not reach the other side: {text}")
    raise UserError(f"{what} failed: {text}", mend="Check the repository and what the bot may do in it.")


def header_environment(clone: Clone) -> dict[str, str]:
    """Return the environment that makes one git process send `clone.headers`, to that repository's URL alone.

    With `clone.ca_file` it also names the certificates that git checks the server against.

    Git reads settings from GIT_CONFIG_COUNT, _KEY_n and _VALUE_n
    (https://git-scm.com/docs/git-config#ENVIRONMENT), so no credential stands in an argument list or a file.
    """
    environment = {"GIT_CONFIG_COUNT": str(len(clone.headers))}
    for number, (name, value) in enumerate(clone.headers.items()):
        if "\n" in value or "\r" in value:
            raise ValueError(f"the value of header {name} holds a line break")
        environment[f"GIT_CONFIG_KEY_{number}"] = f"http.{clone.url}.extraHeader"
        environment[f"GIT_CONFIG_VALUE_{number}"] = f"{name}: {value}"
    if clone.ca_file:
        environment["GIT_SSL_CAINFO"] = clone.ca_file
    return environment


def _environment(extra: Mapping[str, str]) -> dict[str, str]:
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return {**inherited, **_FIXED, **extra}


@contextlib.contextmanager
def _started(
    argv: Sequence[str], cwd: Path | None, environment: Mapping[str, str], stdin: bytes
) -> Iterator[subprocess.Popen[bytes]]:
    """Start git; when the context is left, it and all that it started are gone."""
    try:
        # A file, because `communicate` forgets the rest of what a pipe did not take before its first time-out.
        with tempfile.TemporaryFile() as given:
            given.write(stdin)
            given.seek(0)
            process = subprocess.Popen(
                argv,
                cwd=cwd,
                env=environment,
                stdin=given,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
    except FileNotFoundError as error:
        missing = "git" if error.filename == "git" else str(error.filename)
        raise UserError(f"{missing} was not found.", mend="Install git, or name a folder that exists.") from error
    with process:
        try:
            yield process
        finally:
            _end(process)


def _communicate(
    process: subprocess.Popen[bytes], timeout: float, cancelled: Callable[[], bool]
) -> tuple[bytes, bytes]:
    deadline = time.monotonic() + timeout
    while True:
        left = deadline - time.monotonic()
        try:
            return process.communicate(timeout=max(0.0, min(left, _LOOK_SECONDS)))
        except subprocess.TimeoutExpired:
            if left <= _LOOK_SECONDS or cancelled():
                raise


def _end(process: subprocess.Popen[bytes]) -> None:
    # Git's transport helpers are processes of their own that would keep the pipes open: end the whole group.
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)


def _subcommand(args: Sequence[str]) -> str:
    words = list(args)
    while words[:1] == ["-c"]:
        words = words[2:]
    return words[0] if words else ""


def _last_lines(complaint: bytes) -> str:
    lines = [line.strip() for line in complaint.decode(errors="replace").splitlines() if line.strip()]
    return "\n".join(lines[-_SHOWN_LINES:])


def _scrub(text: str, environment: Mapping[str, str]) -> str:
    values = [value for name, value in environment.items() if name.startswith("GIT_CONFIG_VALUE_")]
    for value in values:
        for part in (value, *value.split()):
            if len(part) > len("Authorization:"):
                text = text.replace(part, "***")
    return _CREDENTIAL.sub(lambda match: f"{match[1] or match[2]}***{'@' if match[2] else ''}", text)
