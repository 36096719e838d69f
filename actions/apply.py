"""`codex-bot apply`: puts a model's reply into a working tree, all of it or nothing."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from actions.console import Exit, print_json, say
from actions.reading import check_folder, read_text
from actions.worktree import Worktree, write_files
from bot.errors import UserError
from tasks.patch import PatchRefused, apply_reply
from tasks.patch.align import kept_lines


@dataclass(frozen=True, slots=True)
class Change:
    """One changed file, with the numbers of lines that came and went."""

    path: str
    added: int
    removed: int


_HELP = """\b
Examples:
  codex-bot apply reply.md                    apply a model's reply to this repository
  codex-bot apply --check reply.md            show what it would change
  llm "fix it" | codex-bot apply --repo app - apply what comes in

Apply the model's answer in REPLY (a file, or - for standard input) to a working tree. SEARCH/REPLACE blocks and
whole files are understood. All of it is applied or nothing; what is applied already is no error.
"""


@click.command(help=_HELP)
@click.option(
    "--repo",
    type=click.Path(path_type=Path),
    default=".",
    show_default="here",
    callback=check_folder,
    help="The working tree to change.",
)
@click.option("--check", is_flag=True, help="Write nothing; print the change as a diff.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.argument("reply")
def apply(repo: Path, reply: str, *, check: bool, as_json: bool) -> int:
    """Apply a model's reply to a working tree."""
    text = read_text(reply, "REPLY", "a model's reply")
    before = Worktree(repo)
    changed = _changed(text, before)
    changes = [_count(path, before.get(path, ""), content) for path, content in sorted(changed.items())]
    diff = "".join(line for path in sorted(changed) for line in unified_diff(path, before.get(path), changed[path]))
    if not check:
        write_files(repo, changed, before)
    if as_json:
        items = [{"path": one.path, "added": one.added, "removed": one.removed} for one in changes]
        print_json({"items": items, "diff": diff, "written": not check and bool(items)})
    elif check:
        click.echo(diff, nl=False)
    else:
        for one in changes:
            click.echo(f"{one.path} +{one.added} -{one.removed}")
    if not changes and not as_json:
        say("nothing to do: the reply is applied already")
    return Exit.DONE


def unified_diff(path: str, before: str | None, after: str) -> Iterator[str]:
    """Yield the lines of a diff that `git apply` and `patch` take; `before` is None for a new file."""
    # git reads a line of its own kind before each file, and needs it for an empty new one.
    yield f"diff --git a/{path} b/{path}\n"
    if before is None:
        yield "new file mode 100644\n"
    old, new = _split(before or ""), _split(after)
    for line in difflib.unified_diff(old, new, "/dev/null" if before is None else f"a/{path}", f"b/{path}"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _changed(reply: str, before: Mapping[str, str]) -> Mapping[str, str]:
    try:
        return apply_reply(reply, before)
    except PatchRefused as refused:
        reasons = "".join(f"\n  {_shown(block.label())}: {_shown(block.reason)}" for block in refused.refused)
        raise UserError(
            f"the reply was refused and nothing was changed:{reasons}",
            mend="Mend the reply, or send these reasons back to the model.",
        ) from refused


def _count(path: str, before: str, after: str) -> Change:
    old, new = _split(before), _split(after)
    kept = len(kept_lines(old, new))
    return Change(path, len(new) - kept, len(old) - kept)


def _split(content: str) -> list[str]:
    lines = content.split("\n")
    last = lines.pop()
    return [line + "\n" for line in lines] + ([last] if last else [])


def _shown(text: str) -> str:
    """Return a text from a model without the control characters that could steer a terminal."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)
