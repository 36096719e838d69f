"""What commands on this machine read: a text from a file or standard input, a folder that must be there."""

import os
import sys
from pathlib import Path

import click

from bot.errors import UserError
from bot.git import run_git

LARGEST = 16 * 1024 * 1024  # bytes; more is not a reply or an issue


def read_text(source: str, name: str, what: str) -> str:
    """Return the UTF-8 text of a file, or of standard input for `-`.

    `name` is the argument as help shows it, `what` says what the file should hold. Raises click.BadParameter.
    """
    if source == "-":
        content = sys.stdin.buffer.read(LARGEST + 1)
    else:
        try:
            with Path(source).open("rb") as file:
                content = file.read(LARGEST + 1)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            message = f"cannot read {source}: {reason}. Give a file with {what}, or - for standard input."
            raise click.BadParameter(message, param_hint=name) from error
    if len(content) > LARGEST:
        raise click.BadParameter(f"more than 16 MiB; give a file with {what}.", param_hint=name)
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise click.BadParameter(f"this is not UTF-8 text; give a file with {what}.", param_hint=name) from error


def check_folder(_context: click.Context, parameter: click.Parameter, folder: Path) -> Path:
    """Refuse a folder that does not exist; for use as a click callback."""
    if not folder.is_dir():
        message = f"{folder} is not a folder. Give the folder of a repository's working tree."
        raise click.BadParameter(message, param=parameter)
    return folder


def top_of(path: Path) -> Path:
    """Return the folder of the work tree that a path is in."""
    try:
        return Path(os.fsdecode(run_git(["rev-parse", "--show-toplevel"], cwd=path)).removesuffix("\n"))
    except UserError as error:
        message = f"{path} is no git repository with a work tree. {error.message}"
        raise click.BadParameter(message, param_hint="--repo") from error
