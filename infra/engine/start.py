"""Serves one model until somebody has seen enough: what `codex-bot engine` does."""

import os
import queue
import signal
import sys

import click

from infra.engine import models, server


def serve(model: models.ModelFile, options: server.Options) -> None:
    """Load, listen, and leave the process with 0 on SIGTERM or Ctrl-C. Raises `EngineError`."""
    megabytes = model.path.stat().st_size / 1e6
    click.echo(f"Loading {model.name} ({megabytes:.0f} MB) from {model.path}", err=True)
    if model.is_default:
        click.echo(models.TOY_NOTE, err=True)
    running = server.start(model, options)
    # Not an Event: the handler runs inside whatever the main thread does, and there it may hold the Event's own lock.
    told = queue.SimpleQueue[int]()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda sent, _frame: told.put(sent))
    click.echo(
        f"Listening on {running.listening_address}: {options.slots} request(s) at a time of up to {options.context} "
        f"tokens, {options.threads} thread(s).",
        err=True,
    )
    told.get()
    click.echo("Stopped.", err=True)
    sys.stderr.flush()
    # The library's own teardown waits for answers in progress, which takes up to minutes. Nothing here needs saving.
    os._exit(0)
