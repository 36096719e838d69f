"""The console script `codex-bot`: finds the asked subcommand and loads only that one.

A subcommand's own file holds its words: options, help, and what is refused at once. It imports click, our own console
and words such as `bot.events`, nothing that loads a library; what it works with it imports when it works. So help and
refusals come at once (`tests/integration/test_command_line_loading.py` holds it).
"""

import dataclasses
import importlib
import sys
from collections.abc import Sequence

import click

from actions.console import report


@dataclasses.dataclass(frozen=True, slots=True)
class Subcommand:
    """Where a subcommand lives, and the line about it in the list of all: `codex-bot --help` imports none of them."""

    place: str
    help: str

    def load(self) -> click.Command:
        """Import it."""
        module, name = self.place.split(":")
        command = getattr(importlib.import_module(module), name)
        if not isinstance(command, click.Command):
            raise TypeError(f"{self.place} is not a click command")
        return command


# What people need first stands first.
SUBCOMMANDS = {
    "demo": Subcommand("actions.demo:demo", "Watch an issue become a pull request, on this machine and nowhere else."),
    "run": Subcommand("actions.run:run", "Run one command here and now, on a repository on this machine."),
    "up": Subcommand("actions.up:up", "Run web, worker, sweeper and the embedded engine; restart what dies."),
    "setup": Subcommand(
        "actions.setup.command:setup",
        "Connect the bot to a forge: make its account there, keep the keys, and see a first delivery.",
    ),
    "doctor": Subcommand("actions.doctor:doctor", "Check what the service needs, one line a finding, with the mend."),
    "jobs": Subcommand("actions.jobs:jobs", "Look at what was asked and what came of it; stop it, or try it again."),
    "findings": Subcommand(
        "actions.review_findings:findings", "Count what became of the findings that reviews told, by pull request."
    ),
    "ledger": Subcommand("actions.ledger:ledger", "Look after the database of deliveries and jobs."),
    "locate": Subcommand("actions.locate:locate", "Print the places that an issue is about."),
    "apply": Subcommand("actions.apply:apply", "Apply a model's reply to a working tree."),
    "serve": Subcommand("bot.web.command:serve", "Take in webhooks: check, write down, answer 202."),
    "work": Subcommand("tasks.worker_command:work", "Run jobs: fetch, ask the model, verify, publish."),
    "sweep": Subcommand(
        "tasks.sweep_command:sweep", "Wake workers for forgotten jobs, and fetch deliveries that did not get through."
    ),
    "engine": Subcommand(
        "infra.engine.command:engine", "Serve one model on this machine's processor, for this machine only."
    ),
    "practice-forge": Subcommand(
        "infra.practice_forge.command:practice_forge",
        "Run a small forge on this machine that speaks GitHub's API, or GitLab's: for practice only.",
    ),
}


class LazyGroup(click.Group):
    """A click group whose subcommands are imported when they are asked for, and not to list them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Return the names in the order of the table."""
        return list(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one subcommand; None when there is none of that name."""
        found = SUBCOMMANDS.get(cmd_name)
        return found.load() if found else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the subcommand; an unknown one is answered with those that are spelled nearly so."""
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            # click looks for similar names among the commands that it has loaded: none.
            raise click.exceptions.NoSuchCommand(
                error.command_name, possibilities=list(SUBCOMMANDS), ctx=ctx
            ) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the subcommands with the lines of the table."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, found.help) for name, found in SUBCOMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="codex-bot", prog_name="codex-bot")
def cli() -> None:
    """A coding colleague for your own forge, with your own models.

    \b
    Examples:
      codex-bot demo                                   watch an issue become a tested pull request
      codex-bot run implement --repo . --issue bug.md  the same on a local repository, no server
      codex-bot setup github --public-url URL          connect it to a real forge
      codex-bot up                                     the service: web, worker, sweeper, engine
      codex-bot doctor                                 what is missing, and the mend

    Settings are environment variables; `codex-bot doctor --settings` shows them all. Data goes to stdout, all
    else to stderr. Leaves with 0 when done, 1 when the asked thing is not so, 2 for wrong usage or settings,
    3 when a needed service is away, 130 when interrupted.
    """


def main(argv: Sequence[str] | None = None) -> None:
    """Run the console script and leave with its exit code (see `actions.console` for the codes)."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    sys.exit(report(cli, arguments))
