"""The words of `codex-bot up`; what it does is `actions.whole_service`."""

import click


@click.command()
@click.option(
    "--model",
    metavar="PATH.gguf|hf:OWNER/REPO[:FILE]",
    help="What the embedded engine serves; a small practice model by default.",
)
@click.option("--no-engine", is_flag=True, help="The model is served elsewhere, at CODEX_BOT_MODEL_URL.")
def up(model: str | None, *, no_engine: bool) -> None:
    """Run web, worker, sweeper and the embedded engine; restart what dies.

    \b
    Examples:
      codex-bot up                               with the small practice model
      codex-bot up --model ~/models/coder.gguf   with a model of yours
      codex-bot up --no-engine                   with TGI or vLLM at CODEX_BOT_MODEL_URL

    The practice model shows that everything works; real work needs a real model. Ends cleanly on Ctrl-C or
    SIGTERM; jobs that were running are taken up again at the next start. `codex-bot doctor` says beforehand
    what is missing.
    """
    if model and no_engine:
        raise click.UsageError("--model is what the embedded engine serves, and --no-engine leaves it out.")
    from actions.whole_service import run_service  # noqa: PLC0415  # help and refusals need none of it

    run_service(model, engine=not no_engine)
