"""`codex-bot apply`: puts a model's reply into a working tree, all of it or nothing."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from actions.console import Exit, print_json, say
from actions.edited_file import EditedFile, edited_files
from actions.reading import check_folder, read_text
from actions.worktree import Worktree
from actions.writing import write_files
from bot.errors import UserError
from tasks.patch import PatchRefused, apply_reply

_HELP = """\b
Examples:
  codex-bot apply reply.md                    apply a model's reply to this repository
  codex-bot apply --check reply.md            show what it would change
  llm "fix it" | codex-bot apply --repo app - apply what comes in

Apply the model's answer in REPLY (a file, or - for standard input) to a working tree. SEARCH/REPLACE blocks,
unified diffs, `*** Begin Patch` and whole files are understood. All of it is applied or nothing; what is applied
already is no error. Files keep their encoding, line endings and mode.
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
    edited = list(edited_files(_changed(text, before), {}, before))
    if not check:
        write_files(repo, (write for one in edited for write in one.writes()), before)
    if as_json:
        diff = "".join(one.diff() for one in edited)
        print_json({"items": [_item(one) for one in edited], "diff": diff, "written": not check and bool(edited)})
    elif check:
        click.echo(b"".join(one.diff_bytes() for one in edited), nl=False)
    else:
        for one in edited:
            click.echo(_line(one))
    if not edited and not as_json:
        say("nothing to do: the reply is applied already")
    return Exit.DONE


def _changed(reply: str, before: Mapping[str, str]) -> Mapping[str, str | None]:
    try:
        return apply_reply(reply, before)
    except PatchRefused as refused:
        reasons = "".join(f"\n  {_shown(block.label())}: {_shown(block.reason)}" for block in refused.refused)
        raise UserError(
            f"the reply was refused and nothing was changed:{reasons}",
            mend="Mend the reply, or send these reasons back to the model.",
        ) from refused


def _item(one: EditedFile) -> dict[str, Any]:
    added, removed = one.counts
    item: dict[str, Any] = {"path": one.path, "added": added, "removed": removed}
    if one.after is None:
        item["deleted"] = True
    if one.is_renamed:
        item["renamed_from"] = one.was
    return item


def _line(one: EditedFile) -> str:
    added, removed = one.counts
    name = f"{one.was} -> {one.path}" if one.is_renamed else one.path
    return f"{name} {'deleted' if one.after is None else f'+{added}'} -{removed}"


def _shown(text: str) -> str:
    """Return a text from a model without the control characters that could steer a terminal."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)
