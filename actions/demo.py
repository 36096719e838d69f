"""The words of `codex-bot demo`; what it does is `actions.story`."""

import click

FORGES = ("github", "gitlab")


@click.command()
@click.option("--forge", default="github", show_default=True, type=click.Choice(FORGES), help="Whose API it speaks.")
@click.option("--keep", is_flag=True, help="Leave everything running and print the addresses.")
@click.option("--model", help="A GGUF file, or hf:owner/repo[:file]; default: the small practice model.")
@click.option("--seconds", default=240.0, show_default=True, help="Longest wait for the pull request.")
def demo(forge: str, model: str | None, seconds: float, *, keep: bool) -> int:
    """Watch an issue become a pull request, on this machine and nowhere else.

    \b
    Examples:
      codex-bot demo                            a practice forge, a small model, one issue
      codex-bot demo --forge gitlab             the same at a GitLab
      codex-bot demo --keep                     and then try it yourself in a browser
      codex-bot demo --model ~/models/m.gguf    with a model of yours

    Starts a practice forge, the service and the embedded engine on loopback, opens an issue, writes
    `/codex implement` below it and shows what happens. Exits 0 only if a verified pull request came
    of it. The patch is written by the model, token by token; nothing is prepared.
    """
    from actions.story import show  # noqa: PLC0415  # help and refusals need none of it

    return show(forge, model, seconds, keep=keep)
