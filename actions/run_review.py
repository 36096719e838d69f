"""The words of `codex-bot run review`; what it does is `actions.local_review`."""

import signal
from collections.abc import Sequence
from pathlib import Path

import click

from actions.reading import check_folder, top_of
from tasks.review.finding import Severity

FORMS = ("markdown", "sarif", "code-quality")


@click.command()
@click.option(
    "--repo", "repo_path", default=".", show_default="here", type=click.Path(path_type=Path),
    callback=check_folder, help="A git repository. Nothing in it is changed.",
)  # fmt: skip
@click.option("--base", metavar="REF", help="Review what the last commit changes since it left this branch or commit.")
@click.option("--diff", "source", metavar="FILE", help="Review what `git diff` printed to a file; - is standard input.")
@click.option(
    "--findings", "reports", metavar="FILE", multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A SARIF or Code Quality report of another tool about the same files; may be repeated.",
)  # fmt: skip
@click.option(
    "--format", "form", default="markdown", show_default=True, type=click.Choice(FORMS), help="What to print."
)
@click.option(
    "--fail-on", default="never", show_default=True, type=click.Choice(["never", *(str(each) for each in Severity)]),
    help="Leave with 1 if something as severe as this is found.",
)  # fmt: skip
def review(
    *, repo_path: Path, base: str | None, source: str | None, reports: Sequence[Path], form: str, fail_on: str
) -> int:
    """Review a change on this machine with tools and the model, and print what was found.

    \b
    Examples:
      codex-bot run review --base main
      git diff | codex-bot run review --diff -
      codex-bot run review --base main --format sarif --findings eslint.sarif > review.sarif

    Needs a model server at CODEX_BOT_MODEL_URL (`codex-bot engine` starts one); without it only the tools
    look, and the review says so. Leaves with 1 if not everything could be looked at.
    """
    if (base is None) is (source is None):
        raise click.UsageError("Give either --base or --diff.")
    root = top_of(repo_path) if base is not None else repo_path.resolve()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # clears up as after Ctrl-C
    from actions.local_review import review_here  # noqa: PLC0415  # help and refusals need none of it

    return review_here(root, base, source or "-", reports, form=form, fail_on=fail_on)
