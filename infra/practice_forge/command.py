"""The words of `codex-bot practice-forge`, for trying the bot without GitHub or GitLab."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from infra.practice_forge.loopback import is_loopback

Command = Callable[..., Any]
_STRANGERS = {"github": "bot_token_file", "gitlab": "app_key_file"}  # what the other dialect's bot has


def _loopback(_context: click.Context, _parameter: click.Parameter, host: str) -> str:
    if not is_loopback(host):
        raise click.BadParameter("only loopback addresses, such as 127.0.0.1: the practice forge guards no secrets.")
    return host


def _seeds(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> list[tuple[str, Path]]:
    seeds = []
    for value in values:
        name, _, folder = value.partition("=")
        if not name or not folder or not Path(folder).is_dir():
            raise click.BadParameter(f"{value} is not NAME=FOLDER with a folder that is there.")
        seeds.append((name, Path(folder)))
    return seeds


def _file_option(name: str, words: str) -> Callable[[Command], Command]:
    return click.option(name, type=click.Path(path_type=Path, dir_okay=False), help=words)


@click.command(name="practice-forge")
@click.option(
    "--dialect", default="github", show_default=True, type=click.Choice(["github", "gitlab"]), help="Whose API."
)
@click.option("--host", default="127.0.0.1", show_default=True, callback=_loopback, help="Loopback address to bind.")
@click.option("--port", default=8470, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--data-dir", type=click.Path(path_type=Path, file_okay=False), help="Where git repositories lie.")
@click.option("--repo", "seeds", multiple=True, callback=_seeds, metavar="NAME=FOLDER", help="Make ann/NAME of files.")
@click.option("--webhook-url", default="", help="Where the bot listens, e.g. http://127.0.0.1:8321/webhooks/github.")
@_file_option("--secret-file", "What webhooks are signed with.")
@_file_option("--owner-token-file", "API token of ann.")
@_file_option("--app-key-file", "GitHub: private key of the App, PEM.")
@_file_option("--bot-token-file", "GitLab: API token of the account codex-bot.")
def practice_forge(
    *,
    dialect: str,
    host: str,
    port: int,
    data_dir: Path | None,
    seeds: list[tuple[str, Path]],
    webhook_url: str,
    **files: Path | None,
) -> None:
    """Run a small forge on this machine that speaks GitHub's API, or GitLab's: for practice only.

    Files named by an option are made with mode 0600 when they are missing; the bot reads the same files. Issues
    and comments live in memory; git repositories stay in --data-dir, or in a folder that goes with the process.

    On GitHub the bot is an App, whose one hook tells of every repository. On GitLab it is the account codex-bot,
    a developer in ann's projects, and each --repo gets a hook.

    \b
    Examples:
      codex-bot practice-forge
      codex-bot practice-forge --repo demo=./demo --webhook-url http://127.0.0.1:8321/webhooks/github \\
          --secret-file webhook.secret --app-key-file app.pem --owner-token-file ann.token
      codex-bot practice-forge --dialect gitlab --repo demo=./demo \\
          --webhook-url http://127.0.0.1:8321/webhooks/gitlab \\
          --secret-file hook.secret --bot-token-file bot.token --owner-token-file ann.token

    \b
    The bot beside the last one, in two more terminals (and `codex-bot engine` for a model):
      export CODEX_BOT_GITLAB_URL=http://127.0.0.1:8470
      export CODEX_BOT_GITLAB_TOKEN_FILE=bot.token
      export CODEX_BOT_GITLAB_WEBHOOK_SECRET_FILE=hook.secret
      export CODEX_BOT_LOGIN=codex-bot
      codex-bot serve
      codex-bot work
    """
    wrong = _STRANGERS[dialect]
    if files[wrong] is not None:
        raise click.UsageError(f"--{wrong.replace('_', '-')} is not for {dialect}.")
    from infra.practice_forge import opening, start  # noqa: PLC0415  # help and refusals need none of it

    with tempfile.TemporaryDirectory(prefix="practice-forge-") as scratch:
        place = Path(scratch)
        wish = opening.Wish(data_dir or place, place, host, port, webhook_url, seeds, **files)
        start.serve_wish(dialect, wish)
