"""The end of a set-up at GitLab: a test delivery for each webhook, what to tell the bot, and whether all is well."""

import dataclasses
import datetime as dt
import shlex
from collections.abc import Sequence
from typing import Any

from actions.console import Exit, print_json, printable, say
from actions.setup.asked import show_settings
from actions.setup.gitlab_asked import GitLabAsked
from actions.setup.gitlab_token import SOON_DAYS
from actions.setup.waiting import wait_for
from bot.forges.gitlab.account import ProjectFacts, TokenFacts
from bot.forges.gitlab.project_hooks import Attempt, HookFacts, ProjectHooks

_MOST = 20
_PUSH = "push_"
_EMPTY = "Ensure the project has"  # GitLab has nothing to make a test of


@dataclasses.dataclass(frozen=True, slots=True)
class Proof:
    """A webhook and what came of its test: `ok` is None where there was nothing to test with."""

    project: ProjectFacts
    hook: HookFacts
    ok: bool | None
    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class Connected:
    """What was set up; without a public URL there are no proofs."""

    version: str
    bot: TokenFacts
    projects: Sequence[ProjectFacts]
    proofs: Sequence[Proof]


def tested(asked: GitLabAsked, hooks: ProjectHooks, project: ProjectFacts, hook: HookFacts) -> Proof:
    """Let GitLab make a test delivery and return what came of it; says so, too."""
    proof = Proof(project, hook, *_outcome(asked, hooks, project, hook))
    sign = {True: "✓", False: "✗", None: "!"}[proof.ok]
    say(f"{sign} {printable(project.path)}: {printable(proof.text)}")
    return proof


def _outcome(
    asked: GitLabAsked, hooks: ProjectHooks, project: ProjectFacts, hook: HookFacts
) -> tuple[bool | None, str]:
    last = _newest(hooks, project, hook.id)
    complaint = hooks.test(project, hook.id)
    if complaint.startswith(_EMPTY):
        return None, f"no test delivery yet; GitLab says: {complaint}"
    seconds = 0.0 if complaint else float(asked.seconds)
    attempt = wait_for(
        lambda: _newest(hooks, project, hook.id, after=last.id if last else 0), what="a test delivery", seconds=seconds
    )
    if attempt is not None and attempt.went_well:
        return True, f"a test delivery came through ({attempt.status})"
    if attempt is not None:
        return False, f"the test delivery failed ({attempt.status}){_why(attempt)}"
    if complaint:
        return False, f"the test delivery failed: {complaint}"
    if hooks.attempts(project, hook.id, 1) is None:
        return True, "GitLab says that the test delivery came through"  # before 17.3 it keeps no list
    return False, f"no test delivery came within {asked.seconds} s; `codex-bot doctor` looks again"


def _newest(hooks: ProjectHooks, project: ProjectFacts, hook: int, after: int = 0) -> Attempt | None:
    found = hooks.attempts(project, hook, _MOST) or []
    return next((each for each in found if each.id > after and each.trigger.startswith(_PUSH)), None)


def _why(attempt: Attempt) -> str:
    match attempt.status:
        case "401" | "403":
            return ": who answers there has another secret. Start `codex-bot serve` anew, with the settings above"
        case status if status.isdecimal():
            return ": see that the reverse proxy passes deliveries on to the bot"
        case _:
            return ": GitLab's own machine does not reach the public URL, though this one does"


def finish(asked: GitLabAsked, connected: Connected) -> int:
    """Print the settings or the document; return the exit code: not so, where a test delivery failed."""
    environment = asked.environment(connected.bot.login)
    if asked.as_json:
        print_json(_document(asked, connected))
    else:
        show_settings(environment, asked.environment_file)
    _tell_of_end(connected.bot)
    if any(proof.ok is False for proof in connected.proofs):
        return Exit.NOT_SO
    say(f"Done. Start it with:  set -a; . {shlex.quote(str(asked.environment_file))}; set +a; codex-bot up")
    return Exit.DONE


def _tell_of_end(bot: TokenFacts) -> None:
    days = bot.days_left(dt.datetime.now(dt.UTC).date())
    if days is None:
        say("! The bot's token never ends; one that does is safer")
    elif days < SOON_DAYS:
        say(f"! The bot's token ends in {days} days ({bot.last_day}): run this again then")


def _document(asked: GitLabAsked, connected: Connected) -> dict[str, Any]:
    bot = connected.bot
    return {
        "server": {"url": asked.settings.gitlab_url, "version": connected.version},
        "bot": {"login": bot.login, "expires_at": f"{bot.last_day}" if bot.last_day else None},
        "environment": asked.environment(bot.login),
        "projects": [project.path for project in connected.projects],
        "webhooks": [
            {
                "project": proof.project.path,
                "id": proof.hook.id,
                "proof": "signing_token" if proof.hook.is_signed else "token",
                "delivery": {"ok": proof.ok, "text": proof.text},
            }
            for proof in connected.proofs
        ],
    }
