"""The whole story in front of your eyes: what `codex-bot demo` does."""

import contextlib
import dataclasses
import shutil
import signal
import tempfile
import time
from importlib.resources import files
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown
from rich.markup import escape
from rich.syntax import Syntax

from actions.console import Exit, printable, say
from actions.practice import Practice, free_ports, wait_for
from actions.stages import Stages
from actions.supervisor import Supervisor
from actions.visits.protocol import PullRequest, Visitor
from bot.errors import UserError
from bot.settings import read_settings
from tasks.wiring import make_sandbox

_REPOSITORY = "numberkit"
_FILES = ("numberkit.py", "test_numberkit.py", "README.md")


@dataclasses.dataclass(slots=True)
class Story:
    """What has been seen so far; times are seconds since the comment."""

    repo: str
    issue: int
    command: int
    started: float
    eyes: float | None = None
    status: str = ""
    pull_request: PullRequest | None = None

    def look(self, visitor: Visitor) -> bool:
        """Look at the forge again; True when the job has ended one way or the other."""
        if self.eyes is None and visitor.is_noticed(self.repo, self.issue, self.command):
            self.eyes = time.monotonic() - self.started
        comments = visitor.comments(self.repo, self.issue)
        self.status = next((body for body in comments if "<!-- codex-bot:" in body), "")
        pulls = visitor.pull_requests(self.repo)
        self.pull_request = pulls[0] if pulls else None
        return bool(self.status) and "**Codex Bot is " not in self.status  # it works, or waits

    def checklist(self) -> str:
        """Return the steps so far, in the form of the status comment."""
        seen = "" if self.eyes is None else f"- [x] Delivered: eyes on the comment after {self.eyes:.1f} s"
        return f"{self.status}\n{seen}"


def show(forge: str, model: str | None, seconds: float, *, keep: bool) -> int:
    """Play the story at a forge (one of `actions.practice.STAGES`), print what happens and return the exit code."""
    console = Console()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix="codex-bot-demo-"))
    verified = False
    try:
        verified = _play(folder, forge, model, seconds, console, keep=keep)
    finally:
        if verified and not keep:
            shutil.rmtree(folder)
        else:
            say(f"Ledger, logs and repositories: {folder}")
    return Exit.DONE if verified else Exit.NOT_SO


def _play(folder: Path, forge: str, model: str | None, seconds: float, console: Console, *, keep: bool) -> bool:
    logs = folder / "logs"
    logs.mkdir()
    with Supervisor(logs=logs, tell=say) as supervisor:
        try:
            practice = Practice(folder, supervisor, ports=free_ports(), forge=forge)
            _start(practice, model, console)
            story = _ask(practice.visitor(), console)
            verified = _watch(story, practice.visitor(), supervisor, seconds)
            _tell(story, practice.visitor(), console, verified=verified)
            if keep:
                _stay(practice, story, supervisor, console)
        finally:
            with Stages("ending every part"):
                supervisor.close()
    return verified


def _start(practice: Practice, model: str | None, console: Console) -> None:
    with Stages("starting the practice forge"):
        practice.start_forge()
    console.print(f"[green]✓[/] practice forge  {practice.forge_url}")
    engine_log = practice.folder / "logs" / "engine.log"
    with Stages(f"loading {model} (its progress: {engine_log})" if model else "loading the model"):
        practice.start_engine(model)
    console.print(f"[green]✓[/] engine          {practice.engine_url}  {escape(model or 'SmolLM2-135M-Instruct')}")
    if model is None:
        console.print("  [dim]A model this small shows that everything works; real work needs a real one (--model).[/]")
    with Stages("starting web, worker and sweeper"):
        practice.start_bot()
    console.print(f"[green]✓[/] the bot         {practice.web_url}")
    proven = make_sandbox(read_settings()).prove()
    if proven.ok:
        console.print("[green]✓[/] sandbox         no network, no host files, no tokens inside")
    else:
        console.print(f"[yellow]![/] no sandbox: {escape(proven.reason)}; nothing will be run, so nothing verified")
        console.print(f"  mend: {escape(proven.mend)}")


def _ask(visitor: Visitor, console: Console) -> Story:
    sample = files("actions") / "sample"
    texts = {name: (sample / name).read_text(encoding="utf-8") for name in _FILES}
    title, _, body = (sample / "issue.md").read_text(encoding="utf-8").partition("\n")
    repo = visitor.make_repository(_REPOSITORY, texts)
    issue = visitor.open_issue(repo, title.removeprefix("# "), body.strip())
    console.print(f"\n[bold]{repo}#{issue}[/] {title.removeprefix('# ')}")
    console.print(Markdown(body.strip()))
    started = time.monotonic()
    command = visitor.comment(repo, issue, "/codex implement")
    console.print("[bold]ann:[/] /codex implement\n")
    return Story(repo, issue, command, started)


def _watch(story: Story, visitor: Visitor, supervisor: Supervisor, seconds: float) -> bool:
    with Stages("waiting for the bot") as stages:

        def between() -> None:
            supervisor.keep_alive()
            stages.hear(story.checklist())

        ended = wait_for(lambda: story.look(visitor), seconds=seconds, between=between)
    if not ended:
        raise UserError(f"no result after {seconds:.0f} s", mend="Look into the logs in the folder named here.")
    pull_request = story.pull_request
    return pull_request is not None and not pull_request.is_draft and "| check |" in pull_request.body


def _tell(story: Story, visitor: Visitor, console: Console, *, verified: bool) -> None:
    seconds = time.monotonic() - story.started
    if story.pull_request is None:
        console.print(Markdown(printable(story.status).split("<!--")[0]))
        console.print(f"[red]No pull request came of it[/] ({seconds:.0f} s).")
        return
    number, url = story.pull_request.number, story.pull_request.url
    console.print(f"\n[bold]Pull request[/] {url}  ({seconds:.0f} s)\n")
    diff = printable(visitor.diff(story.repo, number).expandtabs(4))
    shown = "\n".join(line for line in diff.splitlines() if not line.startswith(("diff --git ", "index ")))
    console.print(Syntax(shown, "diff", background_color="default", word_wrap=True))
    console.print(Markdown(printable(story.pull_request.body).split("<details>")[0]))
    if verified:
        console.print("[green]✓ verified:[/] the tests were run before and after the change, in a sandbox.")
    else:
        console.print(
            "[yellow]Not verified:[/] the pull request is a draft and says why. If it is the model, run it again or"
        )
        console.print("give it a larger one (--model); if it is this machine, `codex-bot doctor` names the mend.")


def _stay(practice: Practice, story: Story, supervisor: Supervisor, console: Console) -> None:
    console.print("\nEverything keeps running. Open this in a browser; Ctrl-C here ends it:\n")
    console.print(f"  {practice.issue_page(story.repo, story.issue)}\n")
    console.print("Write an issue of your own, comment [bold]/codex implement[/], and watch.")
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            supervisor.keep_alive()
            time.sleep(0.5)
