"""`codex-bot locate`: names the places of a repository that an issue is about, without any model."""

from dataclasses import asdict
from pathlib import Path

import click

from actions.console import Exit, print_json
from actions.reading import check_folder, read_text
from bot.errors import UserError
from tasks.context.index import Place
from tasks.context.retrieve import choose_places

_HELP = """\b
Examples:
  codex-bot locate --issue bug.md                  the ten most likely functions
  codex-bot locate --repo app --issue - < bug.md   the issue from standard input
  codex-bot locate --issue bug.md --json           with line numbers and scores

Print the places that an issue is about, best first, as path::symbol. Files that the issue names come first, then
source, then tests.
"""


@click.command(help=_HELP)
@click.option(
    "--repo",
    type=click.Path(path_type=Path),
    default=".",
    show_default="here",
    callback=check_folder,
    help="The working tree to search.",
)
@click.option(
    "--issue", metavar="FILE", required=True, help="A file with the text of the issue, or - for standard input."
)
@click.option("--limit", type=click.IntRange(1, 1000), default=10, show_default=True, help="The most places to print.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def locate(repo: Path, issue: str, *, limit: int, as_json: bool) -> int:
    """Print the places that an issue is about."""
    text = read_text(issue, "--issue", "the text of an issue")
    if not text.strip():
        raise click.BadParameter("the issue is empty; give a file with its title and text.", param_hint="--issue")
    places = choose_places(repo, text, limit)
    if not places:
        raise UserError(f"no place in {repo} fits the issue", mend="Name a file or a function in the issue.")
    if as_json:
        print_json({"items": [asdict(place) for place in places]})
    else:
        for place in places:
            click.echo(_line(place))
    return Exit.DONE


def _line(place: Place) -> str:
    return f"{place.path}::{place.symbol}" if place.symbol else place.path
