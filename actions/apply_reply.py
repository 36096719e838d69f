"""Puts a model's reply into a working tree, all of it or nothing: what `codex-bot apply` does."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from actions.console import Exit, print_json, say
from actions.edited_file import EditedFile, edited_files
from actions.worktree import Worktree
from actions.writing import write_files
from bot.errors import UserError
from tasks.patch import Patch, PatchRefused, RefusedBlock, make_patch

_MOST_ROWS = 8  # lines of a file that are shown beside a reason


def apply_reply(text: str, repo: Path, *, check: bool, partial: bool, as_json: bool) -> int:
    """Apply a reply's text to a working tree (or, with `check`, only print how), and return the exit code.

    Raises `UserError` when it is refused and nothing was changed.
    """
    before = Worktree(repo)
    patch = _patch(text, before, partial=partial)
    edited = list(edited_files(patch.contents, patch.renamed, before))
    if not check:
        write_files(repo, (write for one in edited for write in one.writes()), before)
    if as_json:
        print_json(_document(edited, patch, written=not check and bool(edited)))
    elif check:
        click.echo(b"".join(one.diff_bytes() for one in edited), nl=False)
    else:
        for one in edited:
            click.echo(_line(one))
    if not as_json:
        _tell_refused(patch)
        if not edited and not patch.refused:
            say("nothing to do: the reply is applied already")
    return Exit.NOT_SO if patch.refused else Exit.DONE


def _patch(reply: str, before: Worktree, *, partial: bool) -> Patch:
    try:
        return make_patch(reply, before, before.others, partial=partial)
    except PatchRefused as refused:
        reasons = "".join(f"\n  {_reason(block)}" for block in refused.refused)
        raise UserError(
            f"the reply was refused and nothing was changed:{reasons}",
            mend="Mend the reply, or send these reasons back to the model.",
        ) from refused


def _tell_refused(patch: Patch) -> None:
    for block in patch.refused:
        say(f"refused: {_reason(block)}")
    if patch.refused:
        say("hint: send these reasons back to the model, for the rest.")


def _reason(block: RefusedBlock) -> str:
    """Say why a block is refused, and show the lines of the file that come closest to it."""
    near = next((excerpt for excerpt in block.excerpts if excerpt.lines), None)
    rows = list(enumerate(near.lines, near.first_line))[:_MOST_ROWS] if near else []
    notes = [note for excerpt in block.excerpts[:1] for note in excerpt.note.splitlines()]
    shown = [f"{number:>8} | {_shown(line)}" for number, line in rows]
    return "\n".join([f"{_shown(block.label())}: {_shown(block.reason)}", *shown, *(f"    {_shown(n)}" for n in notes)])


def _document(edited: Sequence[EditedFile], patch: Patch, *, written: bool) -> dict[str, Any]:
    return {
        "items": [_item(one) for one in edited],
        "refused": [{"block": one.number, "path": one.path, "reason": one.reason} for one in patch.refused],
        "diff": "".join(one.diff() for one in edited),
        "written": written,
    }


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
