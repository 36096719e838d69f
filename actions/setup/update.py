"""Looks at the GitHub App that is set up: points its hook to a new address, and shows what it lacks."""

import dataclasses

import click

from actions.checks_github import permission_findings
from actions.console import Exit, print_json, say
from actions.findings import FAIL, Finding, shown
from actions.setup.asked import ENVIRONMENT_FILE, Asked, environment_text
from actions.setup.browsing import show_link
from actions.setup.connect import reached
from actions.setup.secret_files import SecretFolder
from bot.errors import SettingsError
from bot.forges.github.app import AppFacts, GitHubApp
from bot.forges.github.manifest import hook_url, settings_address
from bot.forges.registry import github_access
from bot.settings import PREFIX


def update(asked: Asked) -> int:
    """Return the exit code: not so, while the App lacks something that only people can grant."""
    access = github_access(asked.settings)
    if not (access.app_id and access.private_key):
        raise SettingsError(
            "No GitHub App is set up here.",
            mend=f"Load {ENVIRONMENT_FILE} (set -a; . FILE; set +a), or set {PREFIX}GITHUB_APP_ID and "
            f"{PREFIX}GITHUB_APP_KEY_FILE, or give --app-id and --key-file.",
        )
    app = GitHubApp(access)
    say(f"Asking {asked.web_url} about the App {access.app_id}")
    facts = app.facts()
    if asked.public_url:
        _point(asked, app)
    found = list(permission_findings(facts, app.installations(), asked.web_url))
    lacks = [finding for finding in found if finding.state == FAIL]
    if asked.as_json:
        print_json({"ok": not lacks, "hook": app.hook_url(), "items": [dataclasses.asdict(each) for each in found]})
    else:
        _tell(found, lacks, asked, facts)
    return Exit.NOT_SO if lacks else Exit.DONE


def _point(asked: Asked, app: GitHubApp) -> None:
    with reached(asked):
        app.point_hook(hook_url(asked.public_url))
    say(f"GitHub delivers to {hook_url(asked.public_url)} from now on")
    folder, key = SecretFolder(asked.folder), asked.settings.github_app_key_file
    if key and (folder.path / ENVIRONMENT_FILE).exists():
        environment = asked.environment(asked.settings.github_app_id, key.absolute())
        folder.store({ENVIRONMENT_FILE: environment_text(environment)})
        say(f"{folder.path / ENVIRONMENT_FILE} says so, too; start the bot with it anew")


def _tell(found: list[Finding], lacks: list[Finding], asked: Asked, facts: AppFacts) -> None:
    for finding in found:
        click.echo(shown(finding))
    if lacks:
        # No API changes what an App asks for: https://docs.github.com/apps/maintaining-github-apps
        page = settings_address(asked.web_url, slug=facts.slug, org=facts.org)
        show_link("Grant it here; then the owner of each installation accepts", page, opens=asked.opens)
