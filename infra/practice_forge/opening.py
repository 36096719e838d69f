"""Makes the practice forge that somebody at a terminal asks for, with the secrets that they and the bot share."""

import dataclasses
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path

from infra.practice_forge.app_keys import new_app_key
from infra.practice_forge.forge import AppSpec
from infra.practice_forge.gitlab import signing
from infra.practice_forge.gitlab.world import BOT
from infra.practice_forge.secret_files import keep_secret
from infra.practice_forge.server import PracticeForge

OWNER = "ann"
SECRET_BYTES = 32


@dataclasses.dataclass(frozen=True, slots=True)
class Wish:
    """What to make; a secret's file that is None is made in `scratch`, where nobody else finds it.

    `seeds` are repositories of ann's, each with the folder of its files. An empty `webhook_url` sends no webhooks.
    """

    data_dir: Path
    scratch: Path
    host: str
    port: int
    webhook_url: str
    seeds: Sequence[tuple[str, Path]]
    secret_file: Path | None
    owner_token_file: Path | None
    app_key_file: Path | None = None
    bot_token_file: Path | None = None

    def secret(self, path: Path | None, name: str, make: Callable[[], str]) -> str:
        """Return what the file holds, made first when it is missing."""
        return keep_secret(path or self.scratch / name, make)


def open_github(wish: Wish) -> PracticeForge:
    """Make a GitHub with its App; one hook tells of every repository.

    Raises `OSError` and `ValueError` for files that will not do, and `GitError`.
    """
    app = AppSpec(
        key_pem=wish.secret(wish.app_key_file, "app.pem", new_app_key),
        webhook_url=wish.webhook_url,
        webhook_secret=wish.secret(wish.secret_file, "webhook.secret", _random),
    )
    forge = PracticeForge(wish.data_dir, app=app, host=wish.host, port=wish.port)
    forge.token_for(OWNER, wish.secret(wish.owner_token_file, "ann.token", _random))
    for name, files in wish.seeds:
        forge.create_repo(OWNER, name, read_folder(files))
    return forge


def open_gitlab(wish: Wish) -> PracticeForge:
    """Make a GitLab with the bot's account; each project gets a hook of its own.

    Raises as `open_github`, and `RefusalError` for a `webhook_url` that GitLab would not take.
    """
    forge = PracticeForge(wish.data_dir, dialect="gitlab", host=wish.host, port=wish.port)
    forge.token_for(OWNER, wish.secret(wish.owner_token_file, "ann.token", _access_token))
    forge.token_for(BOT, wish.secret(wish.bot_token_file, "bot.token", _access_token))
    secret = wish.secret(wish.secret_file, "webhook.secret", signing.new_token)
    kind = "signing_token" if secret.startswith(signing.PREFIX) else "token"
    for name, files in wish.seeds:
        repo = forge.create_repo(OWNER, name, read_folder(files))
        if wish.webhook_url:
            forge.gitlab.add_hook(repo, wish.webhook_url, **{kind: secret})
    return forge


def _random() -> str:
    return secrets.token_urlsafe(SECRET_BYTES)


def _access_token() -> str:
    return f"glpat-{_random()}"


def read_folder(folder: Path) -> dict[str, bytes]:
    """Return the files below a folder by their path, without `.git` and without links."""
    found = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    names = {path.relative_to(folder): path for path in found}
    return {name.as_posix(): path.read_bytes() for name, path in names.items() if ".git" not in name.parts}
