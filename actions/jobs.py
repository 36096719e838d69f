"""The words of `codex-bot jobs`; what its commands do is `actions.job_orders`."""

import sys
from collections.abc import Sequence

import click

from bot.ledger import JobState

_LARGEST_ID = 2**31 - 1  # of PostgreSQL's integer
_JOB = click.IntRange(1, _LARGEST_ID)


@click.group()
def jobs() -> None:
    """Look at what was asked and what came of it; stop it, or try it again.

    \b
    Examples:
      codex-bot jobs list          the newest jobs
      codex-bot jobs show 42       one job with its steps and effects
      codex-bot jobs cancel 42     stop it
      codex-bot jobs dead          those that were given up, and why
      codex-bot jobs retry 42      try one of them once more
    """


@jobs.command("list")
@click.option("--state", type=click.Choice([state.value for state in JobState]), help="Only jobs in this state.")
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="How many, the newest first."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def list_jobs(state: str | None, limit: int, *, as_json: bool) -> None:
    """List jobs, the newest first.

    \b
    Examples:
      codex-bot jobs list
      codex-bot jobs list --state queued --limit 100
      codex-bot jobs list --json | jq '.items[].outcome'

    queued waits, leased is being worked on, publishing is becoming visible on the forge, done has an outcome,
    dead was given up, cancelled was stopped by somebody, superseded left its place to a newer job. On a narrow
    terminal some columns are left out; --json has everything.
    """
    from actions.job_orders import list_newest  # noqa: PLC0415  # help and refusals need none of it

    list_newest(state, limit, as_json=as_json)


@jobs.command()
@click.argument("job_id", metavar="JOB", type=_JOB)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def show(job_id: int, *, as_json: bool) -> None:
    """Show one job with its steps (checkpoints) and effects (what became visible on the forge).

    \b
    Examples:
      codex-bot jobs show 42
      codex-bot jobs show 42 --json | jq -r '.steps[].output'    what each step left, in full
    """
    from actions.job_orders import show_job  # noqa: PLC0415  # help and refusals need none of it

    show_job(job_id, as_json=as_json)


@jobs.command()
@click.argument("job_ids", metavar="JOB...", type=_JOB, nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def cancel(job_ids: Sequence[int], *, as_json: bool) -> int:
    """Stop jobs: one that waits at once, one that is being worked on within seconds.

    \b
    Examples:
      codex-bot jobs cancel 42
      codex-bot jobs cancel 42 43 44

    What stands on the forge by then stays there. A running job stops at its worker's next sign of life, and its
    model's answer and its tests with it. `codex-bot jobs retry` takes a cancelled job up again. Leaves with 1 when
    one of the jobs had ended already; the others are stopped all the same.
    """
    from actions.job_orders import cancel_jobs  # noqa: PLC0415  # help and refusals need none of it

    return cancel_jobs(job_ids, as_json=as_json)


@jobs.command()
@click.argument("job_ids", metavar="JOB...", type=_JOB, nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def retry(job_ids: Sequence[int], *, as_json: bool) -> int:
    """Try jobs once more that were given up (dead) or cancelled.

    \b
    Examples:
      codex-bot jobs retry 42
      codex-bot jobs retry 42 43 44

    They go on after the last step that they finished: a model's answer that is there is not paid twice. Leaves
    with 1 when one of the jobs is in another state; the others are queued all the same.
    """
    from actions.job_orders import retry_jobs  # noqa: PLC0415  # help and refusals need none of it

    return retry_jobs(job_ids, as_json=as_json)


@jobs.command()
@click.option("--retry-all", is_flag=True, help="Try every one of them once more, after a question.")
@click.option("--yes", is_flag=True, help="Answer the question of --retry-all beforehand.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def dead(*, retry_all: bool, yes: bool, as_json: bool) -> int:
    """List the jobs that were given up: why, when, after how many tries, and what to type to try once more.

    \b
    Examples:
      codex-bot jobs dead
      codex-bot jobs dead --json | jq -r '.items[] | [.id, .outcome] | @tsv'
      codex-bot jobs dead --retry-all --yes    after the cause is mended
    """
    if yes and not retry_all:
        raise click.UsageError("--yes answers the question of --retry-all, which is not there.")
    if retry_all and not yes and not sys.stdin.isatty():
        raise click.UsageError("--retry-all asks first, and nobody can be asked here: add --yes.")
    from actions.job_orders import list_dead  # noqa: PLC0415  # help and refusals need none of it

    return list_dead(retry_all=retry_all, yes=yes, as_json=as_json)
