"""Commands on a local repository, without server, queue or forge: `codex-bot run`."""

import click

from actions.run_implement import implement
from actions.run_review import review


@click.group()
def run() -> None:
    """Run one command here and now, on a repository on this machine.

    \b
    Examples:
      codex-bot run implement --repo . --issue bug.md
      codex-bot run review --base main
    """


run.add_command(review)
run.add_command(implement)
