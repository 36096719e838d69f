"""Starts the practice forge that somebody at a terminal asked for, and serves until they have seen enough."""

import queue
import signal
from types import FrameType

import click

from infra.practice_forge.opening import Wish, open_github, open_gitlab
from infra.practice_forge.refusals import RefusalError
from infra.practice_forge.repos import GitError
from infra.practice_forge.server import PracticeForge


def serve_wish(dialect: str, wish: Wish) -> None:
    """Make the forge and serve; raises click's errors for what was asked wrongly."""
    try:
        forge = open_gitlab(wish) if dialect == "gitlab" else open_github(wish)
    except (OSError, ValueError, GitError, RefusalError) as error:
        raise click.ClickException(str(error)) from error
    _serve_until_told(forge)


def _serve_until_told(forge: PracticeForge) -> None:
    """Serve until SIGTERM or Ctrl-C, then leave cleanly."""
    # Not an Event: the handler runs inside whatever the main thread does, and there it may hold the Event's own lock.
    told = queue.SimpleQueue[int]()

    def tell(number: int, _frame: FrameType | None) -> None:
        told.put(number)

    signal.signal(signal.SIGTERM, tell)
    signal.signal(signal.SIGINT, tell)
    try:
        forge.start()
    except OSError as error:
        raise click.ClickException(f"cannot listen: {error}") from error
    try:
        click.echo(f"Practice forge at {forge.url} (for practice only, loopback only; Ctrl-C ends it)")
        told.get()
    finally:
        forge.stop()
