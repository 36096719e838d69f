"""The words of `codex-bot run implement`; what it does is `actions.local_job`."""

import itertools
import os
import signal
from pathlib import Path

import click

from actions.reading import check_folder, read_text, top_of
from bot.events import Account, Issue

_PERSON = Account("you")


@click.command()
@click.option(
    "--repo", "repo_path", default=".", show_default="here", type=click.Path(path_type=Path),
    callback=check_folder, help="A git repository. Its last commit is read; its work tree and index are left alone.",
)  # fmt: skip
@click.option(
    "--issue", "source", metavar="FILE", required=True,
    help="A Markdown file, or - for standard input: a line with the title, then the text.",
)  # fmt: skip
@click.option("--number", default=1, show_default=True, type=click.IntRange(1), help="Names the branch codex/issue-N.")
@click.option(
    "--out", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path),
    help="Where the pull request's text goes.  [default: codex-issue-N.md beside the repository]",
)  # fmt: skip
@click.option("--ask", default="", help="Further instructions, as if written after `/codex implement`.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def implement(repo_path: Path, source: str, number: int, out: Path | None, ask: str, *, as_json: bool) -> int:
    """Turn an issue into a branch, with tests run before and after the change.

    \b
    Examples:
      codex-bot run implement --issue bug.md
      codex-bot run implement --repo ~/src/kit --issue bug.md --ask "only in kit.py"
      gh issue view 12 --json title,body -q '.title + "\\n\\n" + .body' \\
        | codex-bot run implement --issue - --number 12

    Needs a model server at CODEX_BOT_MODEL_URL (`codex-bot engine` starts one). A block of assertions
    or a test in the issue becomes the acceptance test. Makes the branch codex/issue-N, or codex/issue-N-2 and
    so on if that is taken. Leaves with 0 only if the branch is verified, with 3 if the model server is away.
    """
    issue = _read_issue(source, number)
    root = top_of(repo_path)
    target = _check_target(out) if out else _free_name(root.parent / f"codex-issue-{number}.md")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # clears up as after Ctrl-C
    from actions.local_job import implement_here  # noqa: PLC0415  # help and refusals need none of it

    return implement_here(root, issue, ask, target, as_json=as_json)


def _read_issue(source: str, number: int) -> Issue:
    title, _, body = read_text(source, "--issue", "the text of an issue").strip().partition("\n")
    title = title.lstrip("#").strip()
    if not title:
        message = "the issue is empty; write a title in the first line and what should change below it."
        raise click.BadParameter(message, param_hint="--issue")
    return Issue(number=number, title=title, body=body.strip(), author=_PERSON)


def _check_target(path: Path) -> Path:
    if not os.access(path.absolute().parent, os.W_OK):
        raise click.BadParameter(f"nothing can be written to {path.absolute().parent}.", param_hint="--out")
    return path


def _free_name(path: Path) -> Path:
    # The story of an earlier run is not written over, as its branch is not.
    names = (path.with_stem(f"{path.stem}-{number}") for number in itertools.count(2))
    return _check_target(next(name for name in itertools.chain([path], names) if not name.exists()))
