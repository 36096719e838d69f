"""Connects the bot to a forge: `codex-bot setup FORGE`."""

import click

from actions.setup.github import github


@click.group()
def setup() -> None:
    """Connect the bot to a forge: make its account there, keep the keys, and see a first delivery.

    \b
    Example:
      codex-bot setup github --public-url https://codex.example.org
    """


setup.add_command(github)
