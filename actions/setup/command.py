"""Connects the bot to a forge: `codex-bot setup FORGE`."""

import click

from actions.setup.github import github
from actions.setup.gitlab import gitlab


@click.group()
def setup() -> None:
    """Connect the bot to a forge: make its account there, keep the keys, and see a first delivery.

    \b
    Examples:
      codex-bot setup github --public-url https://codex.example.org
      codex-bot setup gitlab --public-url https://codex.example.org --project acme/api --token-file token
    """


setup.add_command(github)
setup.add_command(gitlab)
