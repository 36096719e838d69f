"""Connects the bot to GitHub: `codex-bot setup github`."""

from pathlib import Path

import click

_HOUR = 3600
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.option("--public-url", metavar="URL", help="Where GitHub reaches the bot, e.g. https://codex.example.org.")
@click.option("--no-public-url", is_flag=True, help="Nothing reaches the bot: it fetches what could not be delivered.")
@click.option("--org", default="", help="The organisation that shall own the App; default: you.")
@click.option("--url", metavar="URL", help="GitHub, or your Enterprise Server.  [default: CODEX_BOT_GITHUB_URL]")
@click.option("--name", default="", help="The App's name, unique on GitHub; you can still change it in the browser.")
@click.option("--public", is_flag=True, help="Let other accounts install the App, too.")
@click.option("--app-id", help="Connect an App that is there already: its id or client id.")
@click.option("--key-file", type=_FILE, help="The private key of that App (PEM).")
@click.option("--update", "is_update", is_flag=True, help="Compare the App that is set up with what is needed.")
@click.option("--secrets-dir", type=click.Path(path_type=Path), help="Where keys go.  [default: CODEX_BOT_DATA_DIR]")
@click.option("--unproved", is_flag=True, help="Take the public URL without the round trip.")
@click.option("--no-browser", is_flag=True, help="Only print the links.")
@click.option("--page-port", default=0, type=click.IntRange(0, 65535), help="Port of the form on loopback; 0: any.")
@click.option("--wait", default=900, show_default=True, type=click.IntRange(1, _HOUR), help="Seconds to wait for you.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def github(
    *,
    public_url: str | None,
    no_public_url: bool,
    org: str,
    url: str | None,
    name: str,
    public: bool,
    app_id: str | None,
    key_file: Path | None,
    is_update: bool,
    secrets_dir: Path | None,
    unproved: bool,
    no_browser: bool,
    page_port: int,
    wait: int,
    as_json: bool,
) -> int:
    """Make the bot's GitHub App in your browser, keep its keys, and see the first delivery.

    \b
    Examples:
      codex-bot setup github --public-url https://codex.example.org
      codex-bot setup github --no-public-url --org acme
      codex-bot setup github --public-url https://codex.example.org --url https://github.example.org
      codex-bot setup github --public-url https://codex.example.org --app-id 123456 --key-file app.pem
      codex-bot setup github --update

    The public URL is proved by a round trip first. The App's key and secret become files for you alone, and
    `github.env` beside them names them; the same lines go to stdout. --update shows what the App that is set up lacks
    for this version; with --public-url it also points the App's webhook there.
    """
    _require_sense(public_url, no_public_url=no_public_url, is_update=is_update)
    if not is_update and bool(app_id) != bool(key_file):
        raise click.UsageError("--app-id and --key-file belong together.")
    from actions.setup import connect, door, update  # noqa: PLC0415  # help and refusals need none of it
    from actions.setup.asked import Asked  # noqa: PLC0415
    from bot.settings import read_settings  # noqa: PLC0415

    settings = read_settings(github_url=url, public_url=public_url, github_app_id=app_id, github_app_key_file=key_file)
    if public_url:
        door.require_public(settings.public_url, settings.github_url, connect.WAYS)
    asked = Asked(
        settings=settings,
        public_url=settings.public_url if public_url else "",
        org=org,
        name=name,
        public=public,
        folder=secrets_dir or settings.data_dir,
        proves=not unproved,
        opens=not no_browser,
        page_port=page_port,
        seconds=wait,
        as_json=as_json,
    )
    if is_update:
        return update.update(asked)
    return connect.adopt(asked) if app_id else connect.register(asked)


def _require_sense(public_url: str | None, *, no_public_url: bool, is_update: bool) -> None:
    if is_update and no_public_url:
        raise click.UsageError("--no-public-url does not go with --update.")
    if not is_update and bool(public_url) == no_public_url:
        raise click.UsageError("Give --public-url URL, or --no-public-url where nothing can reach the bot.")
