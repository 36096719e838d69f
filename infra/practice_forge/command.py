"""The command `codex-bot practice-forge`: a forge on this machine, for trying the bot without GitHub."""

import secrets
import signal
import tempfile
import threading
from pathlib import Path
from types import FrameType

import click

from infra.practice_forge.app_keys import new_app_key
from infra.practice_forge.forge import AppSpec
from infra.practice_forge.guard import is_loopback
from infra.practice_forge.repos import GitError
from infra.practice_forge.secret_files import keep_secret
from infra.practice_forge.server import PracticeForge

SECRET_BYTES = 32


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


@click.command(name="practice-forge")
@click.option("--host", default="127.0.0.1", show_default=True, callback=_loopback, help="Loopback address to bind.")
@click.option("--port", default=8470, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--data-dir", type=click.Path(path_type=Path, file_okay=False), help="Where git repositories lie.")
@click.option("--webhook-url", default="", help="Where the bot listens, e.g. http://127.0.0.1:8080/webhooks/github.")
@click.option("--secret-file", type=click.Path(path_type=Path, dir_okay=False), help="Webhook secret, mode 0600.")
@click.option("--app-key-file", type=click.Path(path_type=Path, dir_okay=False), help="Private key of the App, PEM.")
@click.option("--owner-token-file", type=click.Path(path_type=Path, dir_okay=False), help="API token of ann.")
@click.option("--repo", "seeds", multiple=True, callback=_seeds, metavar="NAME=FOLDER", help="Make ann/NAME of files.")
def practice_forge(
    *,
    host: str,
    port: int,
    data_dir: Path | None,
    webhook_url: str,
    secret_file: Path | None,
    app_key_file: Path | None,
    owner_token_file: Path | None,
    seeds: list[tuple[str, Path]],
) -> None:
    """Run a small forge on this machine that speaks GitHub's API: for practice only.

    Files named by an option are made with mode 0600 when they are missing; the bot reads the same files. Issues
    and comments live in memory; git repositories stay in --data-dir, or in a folder that goes with the process.

    \b
    Examples:
      codex-bot practice-forge
      codex-bot practice-forge --repo demo=./demo --webhook-url http://127.0.0.1:8080/webhooks/github \\
          --secret-file webhook.secret --app-key-file app.pem --owner-token-file ann.token
    """
    with tempfile.TemporaryDirectory(prefix="practice-forge-") as scratch:
        folder = data_dir or Path(scratch)
        try:
            app = AppSpec(
                key_pem=_secret(app_key_file or Path(scratch) / "app.pem", key=True),
                webhook_url=webhook_url,
                webhook_secret=_secret(secret_file or Path(scratch) / "webhook.secret"),
            )
            forge = PracticeForge(folder, app=app, host=host, port=port)
            forge.token_for("ann", _secret(owner_token_file or Path(scratch) / "ann.token"))
            for name, files in seeds:
                forge.create_repo("ann", name, read_folder(files))
        except (OSError, ValueError, GitError) as error:
            raise click.ClickException(str(error)) from error
        _serve_until_told(forge)


def _secret(path: Path, *, key: bool = False) -> str:
    return keep_secret(path, new_app_key if key else lambda: secrets.token_urlsafe(SECRET_BYTES))


def read_folder(folder: Path) -> dict[str, bytes]:
    """Return the files below a folder by their path, without `.git` and without links."""
    found = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    names = {path.relative_to(folder): path for path in found}
    return {name.as_posix(): path.read_bytes() for name, path in names.items() if ".git" not in name.parts}


def _serve_until_told(forge: PracticeForge) -> None:
    """Serve until SIGTERM or Ctrl-C, then leave cleanly."""
    told = threading.Event()

    def tell(_signal: int, _frame: FrameType | None) -> None:
        told.set()

    signal.signal(signal.SIGTERM, tell)
    signal.signal(signal.SIGINT, tell)
    try:
        forge.start()
    except OSError as error:
        raise click.ClickException(f"cannot listen: {error}") from error
    try:
        click.echo(f"Practice forge at {forge.url} (for practice only, loopback only; Ctrl-C ends it)")
        told.wait()
    finally:
        forge.stop()
