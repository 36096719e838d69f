"""The words of `codex-bot findings`; what it does is `actions.finding_counts`."""

import click


@click.command()
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="How many, the newest review first."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def findings(limit: int, *, as_json: bool) -> None:
    """Count what became of the findings that reviews told, by pull request.

    \b
    Examples:
      codex-bot findings
      codex-bot findings --json | jq '.total.addressed_share'

    told counts remarks; open, fixed (by a later commit), dismissed (by a person) and cannot tell (their file was not
    read again) count findings. repeated counts remarks that said what stood there already, and should be 0. The last
    line is about all pull requests, however many are listed.
    """
    from actions.finding_counts import print_counts  # noqa: PLC0415  # help and refusals need none of it

    print_counts(limit, as_json=as_json)
