"""The words of `codex-bot engine`: one model on this machine's processor, for this machine only."""

import ipaddress
import os

import click

from infra.engine import parent
from infra.engine.errors import EngineError

_EITHER = -1  # --die-with-parent without a number: whoever started us


def _loopback(_context: click.Context, _parameter: click.Parameter, host: str) -> str:
    address = "127.0.0.1" if host == "localhost" else host
    try:
        if ipaddress.ip_address(address).is_loopback:
            return address
    except ValueError:
        pass
    raise click.BadParameter("the engine asks nobody for a password, so it listens on loopback addresses only")


@click.command()
@click.option("--model", metavar="PATH.gguf|hf:OWNER/REPO[:FILE]", help="What to serve; a small toy model by default.")
@click.option("--host", default="127.0.0.1", show_default=True, callback=_loopback, help="Loopback address.")
@click.option("--port", default=8322, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option(
    "--context",
    "context_tokens",
    default=8192,
    show_default=True,
    type=click.IntRange(256),
    help="Tokens per request, answer included.",
)
@click.option("--threads", type=click.IntRange(1), help="Processor threads; by default all cores but one.")
@click.option("--slots", default=1, show_default=True, type=click.IntRange(1), help="Requests at a time.")
@click.option(
    "--die-with-parent",
    "guardian",
    is_flag=False,
    flag_value=_EITHER,
    type=int,
    metavar="[PID]",
    help="End when the process that started this one ends; PID is that process, if it knows.",
)
@click.option("--verbose", is_flag=True, help="Show llama.cpp's own log.")
@click.pass_context
def engine(
    context: click.Context,
    *,
    model: str | None,
    host: str,
    port: int,
    context_tokens: int,
    threads: int | None,
    slots: int,
    guardian: int | None,
    verbose: bool,
) -> None:
    """Serve one model on this machine's processor, for this machine only.

    \b
    Examples:
      codex-bot engine                                          the toy model that came along
      codex-bot engine --model ~/models/qwen.gguf --slots 2     a file on this disk
      codex-bot engine --model hf:OWNER/REPO-GGUF               from the Hugging Face Hub, downloaded once
    """
    try:
        if guardian is not None:
            parent.die_with(os.getppid() if guardian == _EITHER else guardian)
        from infra.engine import models, server, start  # noqa: PLC0415  # help and refusals need none of it

        options = server.Options(
            host=host,
            port=port,
            context=context_tokens,
            threads=threads or server.default_threads(),
            slots=slots,
            verbose=verbose,
        )
        start.serve(models.resolve(model), options)
    except EngineError as error:
        click.echo(f"{click.style('error:', fg='red', bold=True)} {error.message}", err=True)
        click.echo(f"{click.style('hint:', fg='cyan', bold=True)} {error.mend}", err=True)
        context.exit(1)
