"""How the bot gets its GitHub App: a new one made in the browser, or one that is there already."""

import contextlib
import dataclasses
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path

from actions.checks_github import permission_findings
from actions.console import say
from actions.findings import FAIL, shown
from actions.setup.asked import ENVIRONMENT_FILE, KEY_FILE, SECRET_FILE, Asked, environment_text
from actions.setup.browsing import show_link
from actions.setup.door import Stand, standing, ways_in
from actions.setup.ending import Connected, finish
from actions.setup.page import SetupPage
from actions.setup.secret_files import SecretFolder
from actions.setup.waiting import interruption_put_off, wait_for
from bot.errors import CodexBotError, UserError
from bot.forges.github.access import GitHubAccess
from bot.forges.github.app import GitHubApp
from bot.forges.github.manifest import (
    HOOK_PATH,
    LONGEST_NAME,
    NewApp,
    exchange,
    form_address,
    hook_url,
    manifest,
    require_github,
)
from bot.forges.registry import github_access

_LOOK_SECONDS = 0.2
_INSTEAD = "Use --update to change the App that is set up, or "
_NEWS = ("ping", "installation", "installation_repositories")
WAYS = ways_in("--no-public-url, which fetches what could not be delivered")


def register(asked: Asked) -> int:
    """Make a new App from a manifest, in the person's browser; return the exit code."""
    folder = SecretFolder(asked.folder)
    folder.require_room(KEY_FILE, SECRET_FILE, ENVIRONMENT_FILE, instead=_INSTEAD)
    access = GitHubAccess(web_url=asked.web_url, ca_file=asked.ca_file)
    say(f"Looking for GitHub at {asked.web_url}")
    require_github(access)
    with reached(asked) as can_hear:
        app = _made_in_browser(asked, access, folder)
        access = dataclasses.replace(access, app_id=app.id, private_key=app.key)
        environment = asked.environment(app.id, folder.path / KEY_FILE)
        connected = Connected(
            GitHubApp(access), app.name, app.slug, app.html_url, environment, can_hear=can_hear, is_new=True
        )
        return finish(connected, dataclasses.replace(asked, opens=False))  # the browser is sent on by the page


def _made_in_browser(asked: Asked, access: GitHubAccess, folder: SecretFolder) -> NewApp:
    page = SetupPage(asked.page_port)
    name = asked.name or f"Codex Bot {asked.org or secrets.token_hex(3)}"[:LONGEST_NAME].rstrip()
    wanted = manifest(name=name, public_url=asked.public_url, redirect_url=page.redirect_url, public=asked.public)
    page.offer(wanted, form_address(asked.web_url, org=asked.org, state=page.state))
    with page.serving():
        show_link("Make the App here, in a browser on this machine", page.link, opens=asked.opens)
        say(f"  from another machine, first: ssh -L {page.port}:127.0.0.1:{page.port} THIS-HOST")
        code = wait_for(lambda: _code(page), what="the browser", seconds=asked.seconds, every=_LOOK_SECONDS)
        if code is None:
            raise UserError("Nobody made the App in the browser.", mend="Start again; --wait gives you more time.")
        say("Fetching the App's key")
        try:
            with interruption_put_off():
                app = exchange(access, code)
                _keep(asked, folder, app)
        except CodexBotError as error:
            page.tell(str(error))
            raise
        page.send_on(app.install_url)
    return app


def _code(page: SetupPage) -> str | None:
    return page.code.result() if page.code.done() else None


def _keep(asked: Asked, folder: SecretFolder, app: NewApp) -> None:
    environment = environment_text(asked.environment(app.id, folder.path / KEY_FILE))
    try:
        folder.store({KEY_FILE: app.key, SECRET_FILE: app.webhook_secret, ENVIRONMENT_FILE: environment})
    except OSError as error:
        raise UserError(
            f"The App {app.slug} was made, but its key could not be kept in {folder.path}: {error.strerror}",
            mend=f"Delete the App in its settings at GitHub ({app.html_url}), make room, and start again.",
        ) from error
    say(f"Kept {KEY_FILE}, {SECRET_FILE} and {ENVIRONMENT_FILE} in {folder.path}, for you alone")


def adopt(asked: Asked) -> int:
    """Connect an App that is there already: its hook gets our address and a new secret; return the exit code."""
    folder = SecretFolder(asked.folder)
    folder.require_room(SECRET_FILE, ENVIRONMENT_FILE, instead=_INSTEAD)
    access = github_access(asked.settings)
    app = GitHubApp(access)
    say(f"Asking {asked.web_url} about the App {access.app_id}")
    facts = app.facts()
    for finding in permission_findings(facts, app.installations(), asked.web_url):
        if finding.state == FAIL:
            say(shown(finding))
    key = (asked.settings.github_app_key_file or Path()).absolute()
    environment = asked.environment(access.app_id, key)
    with reached(asked) as can_hear:
        secret = secrets.token_hex(32)
        with interruption_put_off():
            app.point_hook(hook_url(asked.public_url), secret=secret)
            folder.store({SECRET_FILE: secret, ENVIRONMENT_FILE: environment_text(environment)})
        say(f"Kept {SECRET_FILE} and {ENVIRONMENT_FILE} in {folder.path}, for you alone")
        return finish(
            Connected(app, facts.name, facts.slug, facts.html_url, environment, can_hear=can_hear, is_new=False), asked
        )


@contextlib.contextmanager
def reached(asked: Asked) -> Iterator[bool]:
    """Prove the public URL, and stand there until the end of the block; yield whether a delivery would be heard."""
    if not asked.public_url:
        yield False
        return
    settings = asked.settings
    stand = Stand(asked.public_url, settings.web_host, settings.web_port, HOOK_PATH, WAYS, asked.ca_file)
    with standing(stand, _is_news, proves=asked.proves):
        yield True


def _is_news(headers: Mapping[str, str], _body: bytes) -> bool:
    return headers.get("x-github-event") in _NEWS
