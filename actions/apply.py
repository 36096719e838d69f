"""The words of `codex-bot apply`; what it does is `actions.apply_reply`."""

from pathlib import Path

import click

from actions.reading import check_folder, read_text

_HELP = """\b
Examples:
  codex-bot apply reply.md                    apply a model's reply to this repository
  codex-bot apply --check reply.md            show what it would change
  llm "fix it" | codex-bot apply --repo app - apply what comes in
  codex-bot apply --partial reply.md          apply the blocks that can be, and say which cannot

Apply the model's answer in REPLY (a file, or - for standard input) to a working tree. SEARCH/REPLACE blocks,
unified diffs, `*** Begin Patch` and whole files are understood. All of it is applied or nothing; what is applied
already is no error. Files keep their encoding, line endings and mode. Leaves with 1 when anything was refused.
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
@click.option("--partial", is_flag=True, help="Apply what can be applied, and leave with 1 if anything was refused.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.argument("reply")
def apply(repo: Path, reply: str, *, check: bool, partial: bool, as_json: bool) -> int:
    """Apply a model's reply to a working tree."""
    text = read_text(reply, "REPLY", "a model's reply")
    from actions.apply_reply import apply_reply  # noqa: PLC0415  # help and refusals need none of it

    return apply_reply(text, repo, check=check, partial=partial, as_json=as_json)
