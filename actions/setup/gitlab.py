"""Connects the bot to GitLab: `codex-bot setup gitlab`."""

import os
import sys
from pathlib import Path

import click

from actions.reading import read_text

VARIABLE = "CODEX_BOT_SETUP_TOKEN"
_HOUR = 3600


@click.command()
@click.option("--project", "projects", metavar="PATH", multiple=True, required=True, help="A project; repeatable.")
@click.option("--public-url", metavar="URL", help="Where GitLab reaches the bot, e.g. https://codex.example.org.")
@click.option("--no-public-url", is_flag=True, help="Nothing reaches the bot: it looks for new comments itself.")
@click.option("--url", metavar="URL", help="GitLab, a path included.  [default: CODEX_BOT_GITLAB_URL]")
@click.option(
    "--token-file", "source", metavar="FILE", help=f"A Maintainer's token; - reads it from stdin.  [or: {VARIABLE}]"
)
@click.option("--token", "typed", metavar="-", help="The same as --token-file -, and nothing else.")
@click.option("--bot-token-file", metavar="FILE", help="A token of the bot's own account, instead of a new one.")
@click.option("--group", metavar="PATH", default="", help="Make the bot's token in this group, above all projects.")
@click.option("--secrets-dir", type=click.Path(path_type=Path), help="Where keys go.  [default: CODEX_BOT_DATA_DIR]")
@click.option("--unproved", is_flag=True, help="Take the public URL without the round trip.")
@click.option("--wait", default=30, show_default=True, type=click.IntRange(1, _HOUR), help="Seconds for a delivery.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def gitlab(
    *,
    projects: tuple[str, ...],
    public_url: str | None,
    no_public_url: bool,
    url: str | None,
    source: str | None,
    typed: str | None,
    bot_token_file: str | None,
    group: str,
    secrets_dir: Path | None,
    unproved: bool,
    wait: int,
    as_json: bool,
) -> int:
    """Make the bot's token and webhooks at GitLab with a Maintainer's token, and see a first delivery.

    \b
    Examples:
      codex-bot setup gitlab --project acme/api --no-public-url --token-file token
      codex-bot setup gitlab --project acme/api --public-url https://codex.example.org --token-file token
      pass gitlab | codex-bot setup gitlab --project acme/api --public-url https://codex.example.org --token -
      codex-bot setup gitlab --project acme/api --project acme/web --group acme --public-url https://codex.example.org
      codex-bot setup gitlab --project acme/api --public-url http://10.0.0.7:8321 --url https://git.example.org/gitlab

    The Maintainer's token needs the scope `api`, is used this once and never kept; the bot gets a Developer's. Run
    it again to add projects, to move the webhooks to another URL, or when the bot's token ends: what is there is
    taken or changed, and nothing is made twice.
    """
    if bool(public_url) == no_public_url:
        raise click.UsageError("Give --public-url URL, or --no-public-url where nothing can reach the bot.")
    paths = tuple(path.strip("/") for path in projects)
    _require_below(paths, group.strip("/"))
    from actions.setup import door, gitlab_connect  # noqa: PLC0415  # help and refusals need none of it
    from actions.setup.gitlab_asked import GitLabAsked  # noqa: PLC0415
    from bot.settings import read_settings  # noqa: PLC0415

    settings = read_settings(gitlab_url=url, public_url=public_url)
    if public_url:
        door.require_public(settings.public_url, settings.gitlab_url, gitlab_connect.WAYS)
    return gitlab_connect.connect(
        GitLabAsked(
            settings=settings,
            public_url=settings.public_url if public_url else "",
            projects=paths,
            group=group.strip("/"),
            folder=secrets_dir or settings.data_dir,
            proves=not unproved,
            seconds=wait,
            as_json=as_json,
            token=_maintainers(source, typed),
            bot_token=_read(bot_token_file, "--bot-token-file") if bot_token_file else "",
        )
    )


def _require_below(projects: tuple[str, ...], group: str) -> None:
    outside = [path for path in projects if group and not path.lower().startswith(f"{group.lower()}/")]
    if outside:
        raise click.UsageError(f"{', '.join(outside)} is not in the group {group}.")


def _maintainers(source: str | None, typed: str | None) -> str:
    if typed not in {None, "-"} or (typed and source):
        # What was typed is not repeated: everybody on this machine may see it, and the shell remembers it.
        raise click.UsageError(
            "--token takes nothing but - (standard input), because every user of this machine sees what a command "
            "line holds. If that was a token, revoke it; then use --token-file FILE."
        )
    source = source or typed
    if source:
        return _read(source, "--token-file")
    given = os.environ.get(VARIABLE, "").strip()
    if given:
        return given
    if sys.stdin.isatty():
        return str(click.prompt("A Maintainer's token, used once and not kept", hide_input=True, err=True)).strip()
    raise click.UsageError(f"Give a Maintainer's token with --token-file FILE, --token -, or {VARIABLE}.")


def _read(source: str, option: str) -> str:
    token = read_text(source, option, "a token").strip()
    if not token or not token.isascii() or len(token.split()) > 1:
        raise click.BadParameter("this holds no token: one word is expected.", param_hint=option)
    return token
