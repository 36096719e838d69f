"""A job on a local repository, without server, queue or forge: what `codex-bot run implement` does."""

import contextlib
import dataclasses
import json
import logging
import tempfile
from collections.abc import Callable
from pathlib import Path

import click

from actions.console import Exit, is_debugging, print_json, printable, say
from actions.stages import Stages
from bot.errors import RetryableError, UserError
from bot.events import Comment, Event, Issue, Repo, Subject
from bot.forges.local import LocalForge
from bot.forges.protocol import Forge
from bot.git import run_git
from bot.intake import take_in
from bot.ledger import Job, JobState, open_ledger
from bot.settings import Settings, read_settings
from tasks.commands.registry import discover
from tasks.commands.work import Hands
from tasks.running import Runner
from tasks.wiring import hands_of, make_sandbox

_WAITING = "working; how long it takes depends on the model and the tests"


def implement_here(root: Path, issue: Issue, ask: str, target: Path, *, as_json: bool) -> int:
    """Make a branch of an issue in the repository at `root`, and a file `target` with the pull request's text.

    Prints what came of it and returns the exit code. Raises `RetryableError` when the model server is away, before
    anything is written.
    """
    settings = read_settings()
    hands = _hands(settings)
    _warn(root, hands)
    with Stages(_WAITING) as stages:
        forge = _Narrator(root, issue, target, stages.hear)
        result = _run_job(forge, _event(root, issue, ask), hands, settings)
    _print(result, target, as_json=as_json)
    return Exit.DONE if result.verified else Exit.NOT_SO


@dataclasses.dataclass(frozen=True, slots=True)
class _Result:
    """What came of a job; `branch` and `base` are empty when nothing was proposed."""

    job: Job
    branch: str = ""
    base: str = ""

    @property
    def verified(self) -> bool:
        return self.job.outcome.startswith("verified")


class _Narrator(LocalForge):
    """The repository as a forge; what the job's comments say is heard at the terminal too."""

    __slots__ = ("_hear",)

    def __init__(self, root: Path, issue: Issue, out: Path, hear: Callable[[str], None]) -> None:
        super().__init__(root, issue, out)
        self._hear = hear

    def create_comment(self, repo: Repo, subject: Subject, body: str) -> Comment:
        self._hear(body)
        return super().create_comment(repo, subject, body)

    def edit_comment(self, repo: Repo, comment_id: str, body: str) -> None:
        self._hear(body)
        super().edit_comment(repo, comment_id, body)


def _hands(settings: Settings) -> Hands:
    """Make the tools of one job; raises now, before anything is written, when the model server is away."""
    hands = hands_of(settings, make_sandbox(settings).prove())
    hands.model.served()
    return hands


def _warn(root: Path, hands: Hands) -> None:
    if run_git(["status", "--porcelain"], cwd=root):
        say("note: there are uncommitted changes; the last commit is read")
    if not hands.self_test.ok:
        say(f"warning: no tests will be run: {hands.self_test.reason}. {hands.self_test.mend}")


def _event(root: Path, issue: Issue, ask: str) -> Event:
    comment = Comment("0", f"/codex implement {' '.join(ask.split())}".strip(), issue.author)
    repo = Repo(root.parent.name or "local", root.name)
    return Event("local", "local", "comment", "created", repo, issue, comment, issue.author)


def _run_job(forge: Forge, event: Event, hands: Hands, settings: Settings) -> _Result:
    """Run one job through the same ledger and runner as the service, in a database that is thrown away."""
    _keep_log()
    with (
        tempfile.TemporaryDirectory(prefix="codex-bot-ledger-") as folder,
        contextlib.closing(open_ledger(f"sqlite:///{folder}/ledger.db")) as ledger,
    ):
        take_in(ledger, event, b"")
        runner = Runner(
            ledger=ledger,
            connect=lambda _name, _installation: forge,
            hands=hands,
            commands=discover(),
            worker="terminal",
            job_seconds=settings.job_seconds,
        )
        for job_id in ledger.due():
            runner.run(job_id)
        [job] = ledger.jobs()
        place = json.loads(ledger.step(job.id, "place") or "{}")
    _raise_unless_done(job)
    made = bool(place) and forge.find_pull_request(event.repo, place["branch"]) is not None
    return _Result(job, place["branch"], place["base"]) if made else _Result(job)


def _keep_log() -> None:
    # The worker's log is for those who run a service; here its warnings would come on top of our own words.
    if is_debugging():
        logging.basicConfig(level=logging.INFO)
    else:
        logging.getLogger().addHandler(logging.NullHandler())


def _raise_unless_done(job: Job) -> None:
    """Raise what the service would try again later: at a terminal the person decides."""
    kind, _, words = job.outcome.partition(": ")
    if job.state is JobState.DONE and kind != "refused":
        return
    if kind == "refused":
        raise UserError(words, mend="Mend that, then run it again.")
    if kind == RetryableError.__name__:
        raise RetryableError(words)
    raise UserError(f"the job failed: {job.outcome}", mend="Run it again with CODEX_BOT_DEBUG=1 to see where.")


def _print(result: _Result, target: Path, *, as_json: bool) -> None:
    job, word = result.job, "verified" if result.verified else "unverified"
    if as_json:
        print_json({
            "outcome": word if result.branch else job.outcome,
            "verified": result.verified,
            "branch": result.branch or None,
            "base": result.base or None,
            "text": str(target),
            "tokens_in": job.tokens_in,
            "tokens_out": job.tokens_out,
        })  # fmt: skip
        return
    click.echo(printable(f"{word}: {result.branch}" if result.branch else job.outcome))
    if result.branch:
        say(printable(f"Look at it: git diff {result.base}...{result.branch}"))
        say(printable(f"Take it:    git merge {result.branch}"))
    say(f"The whole story: {target}")
