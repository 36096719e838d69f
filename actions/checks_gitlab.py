"""What `codex-bot doctor` asks GitLab: its version, the bot's token and role, and webhooks with their deliveries.

Only Maintainers see webhooks, and the bot is none: without a Maintainer's eyes they are unseen, which is no failure.
"""

import collections
import dataclasses
import datetime as dt
import os
import re
from collections.abc import Callable, Iterator, Sequence

from actions.findings import FAIL, OK, SKIP, WARN, Check, Finding
from actions.setup.gitlab import VARIABLE
from bot.forges.gitlab.access import GitLabAccess
from bot.forges.gitlab.account import GitLabAccount, ProjectFacts, require_gitlab
from bot.forges.gitlab.permissions import CONFIDENTIAL, MAINTAINER, lacking_flags, lacking_role, lacking_scopes
from bot.forges.gitlab.project_hooks import Attempt, HookFacts, ProjectHooks, hook_url
from bot.forges.registry import gitlab_access
from bot.settings import PREFIX, Settings

_SECONDS = 10  # nobody waits longer for one answer
_LOOKED_AT = 20  # deliveries of a webhook, and projects
_WARN_DAYS, _HURRY_DAYS = 30, 7
_LEAST_VERSION = (17, 4)  # before, nothing tells a delivery that is sent again from a new one but its text
_SETUP = "codex-bot setup gitlab"

Hooked = tuple[ProjectFacts, HookFacts]
Look = Callable[[GitLabAccess, Settings], Iterator[Finding]]


def gitlab_checks() -> Sequence[Check]:
    """Return the checks of GitLab; where no token is configured, the first one says so and the others are silent."""
    return (
        Check("gitlab.server", _server, needs=("access",)),
        _of_gitlab("gitlab.token", _token, "gitlab.server"),
        _of_gitlab("gitlab.role", _role, "gitlab.token"),
        _of_gitlab("gitlab.hooks", _hooks, "gitlab.role"),
        _of_gitlab("gitlab.deliveries", _deliveries, "gitlab.role"),
    )


def _of_gitlab(name: str, look: Look, *needs: str) -> Check:
    def ask(settings: Settings) -> Iterator[Finding]:
        access = _access(settings)
        if access.token:
            yield from look(access, settings)

    return Check(name, ask, needs=needs)


def _access(settings: Settings) -> GitLabAccess:
    return dataclasses.replace(gitlab_access(settings), timeout_s=_SECONDS)


def _server(settings: Settings) -> Iterator[Finding]:
    name, access = "gitlab.server", _access(settings)
    if not access.token:
        yield Finding(name, SKIP, "no GitLab is configured")
        return
    require_gitlab(access)
    version = GitLabAccount(access).version()
    text = f"GitLab {version} at {access.web_url}"
    if tuple(int(part) for part in re.findall(r"\d+", version)[:2]) < _LEAST_VERSION:
        so = "a delivery that is sent again is known by its text alone"
        yield Finding(name, WARN, f"{text} is old", "update it to 17.4 or newer; 19.0 signs its deliveries", so=so)
    else:
        yield Finding(name, OK, text)


def _token(access: GitLabAccess, _settings: Settings) -> Iterator[Finding]:
    name, told = "gitlab.token", GitLabAccount(access).token()
    mend = f"{_SETUP} --project PATH makes a new one"
    lacks = list(lacking_scopes(told.scopes))
    for lack in lacks:
        yield Finding(name, FAIL, lack.what, mend, so=lack.otherwise)
    days = told.days_left(dt.datetime.now(dt.UTC).date())
    if days is not None and days <= _WARN_DAYS:
        so = "then the bot neither reads nor answers" + (", and that is soon" if days <= _HURRY_DAYS else "")
        yield Finding(name, WARN, f"{told.login}'s token ends in {days} days ({told.last_day})", mend, so=so)
    elif not lacks:
        yield Finding(name, OK, f"{told.login}, {f'good until {told.last_day}' if told.last_day else 'never ends'}")


def _role(access: GitLabAccess, _settings: Settings) -> Iterator[Finding]:
    name, found = "gitlab.role", GitLabAccount(access).projects(_LOOKED_AT)
    lacks = [(project, lack) for project in found for lack in lacking_role(project.level, project.path)]
    for project, lack in lacks:
        mend = f"open {project.web_url}/-/project_members and make it Developer"
        yield Finding(name, FAIL, lack.what, mend, so=lack.otherwise)
    fine = [project.path for project in found if project.path not in {each.path for each, _ in lacks}]
    if not found:
        yield Finding(name, FAIL, "the bot is in no project", f"{_SETUP} --project PATH", so="no command is obeyed")
    elif fine:
        yield Finding(name, OK, f"in {', '.join(fine)}")


def _seen(access: GitLabAccess, settings: Settings) -> Iterator[tuple[ProjectFacts, list[HookFacts] | None]]:
    """Yield the bot's projects, and their webhooks to us as far as somebody may see them."""
    eyes = os.environ.get(VARIABLE, "").strip() or access.token
    hooks = ProjectHooks(dataclasses.replace(access, token=eyes))
    for project in GitLabAccount(access).projects(_LOOKED_AT):
        is_blind = eyes == access.token and project.level < MAINTAINER
        yield project, None if is_blind else hooks.to(project, hook_url(settings.public_url))


def _hooks(access: GitLabAccess, settings: Settings) -> Iterator[Finding]:
    name = "gitlab.hooks"
    if not settings.public_url:
        text = f"without {PREFIX}PUBLIC_URL none is looked for; new comments are, every {settings.missed_seconds:g} s"
        yield Finding(name, SKIP, text)
        return
    for project, found in _seen(access, settings):
        again = f"{_SETUP} --project {project.path} --public-url {settings.public_url}"
        if found is None:
            text = f"those of {project.path} are seen by its Maintainers only"
            yield Finding(name, SKIP, text, f"to look at them, set {VARIABLE} to a token of one, for this command only")
        elif not found:
            text = f"none of {project.path} points to {hook_url(settings.public_url)}"
            yield Finding(name, FAIL, text, again, so="no command given there is heard")
        else:
            yield from _of_hook(project, found[0], again)


def _of_hook(project: ProjectFacts, hook: HookFacts, again: str) -> Iterator[Finding]:
    name, where = "gitlab.hooks", f"the webhook {hook.id} of {project.path}"
    found = [
        Finding(name, FAIL if lack.vital else WARN, f"{where} {lack.what}", again, so=lack.otherwise)
        for lack in lacking_flags(hook.flags)
    ]
    if hook.alert != "executable":
        until = f" until {hook.rests_until:%Y-%m-%d %H:%M} UTC" if hook.rests_until else " for good"
        page = f"{project.web_url}/-/hooks/{hook.id}/edit"
        mend = f"see that the bot is reached, then open {page} and press Test: a success turns it on again"
        found.append(Finding(name, FAIL, f"{where} is switched off{until}", mend, so="no command given there is heard"))
    leaking = [flag for flag in CONFIDENTIAL if hook.flags.get(flag)]
    if leaking:
        so = "what is confidential is sent out, and the bot leaves it alone"
        found.append(Finding(name, WARN, f"{where} tells {', '.join(leaking)}", again, so=so))
    if not hook.is_signed:
        what = "is proved by a secret token, not signed" if hook.has_token else "proves nothing"
        so = "whoever reads one delivery can make others up" if hook.has_token else "every delivery is refused"
        found.append(Finding(name, WARN if hook.has_token else FAIL, f"{where} {what}", again, so=so))
    if not hook.checks_certificate and hook.url.startswith("https:"):
        so = "somebody on the way can read along"
        found.append(Finding(name, WARN, f"{where} does not check our certificate", again, so=so))
    yield from found or [Finding(name, OK, f"{where} is signed and tells what is needed")]


def _deliveries(access: GitLabAccess, settings: Settings) -> Iterator[Finding]:
    name = "gitlab.deliveries"
    eyes = ProjectHooks(dataclasses.replace(access, token=os.environ.get(VARIABLE, "").strip() or access.token))
    hooked = [(project, hook) for project, found in _seen(access, settings) for hook in found or ()]
    if not hooked:
        yield Finding(name, SKIP, "no webhook of ours is seen")
    for project, hook in hooked:
        found = eyes.attempts(project, hook.id, _LOOKED_AT)
        if not found:
            told = (
                "has delivered nothing for a week" if found is not None else "keeps no list (GitLab 17.3 and newer do)"
            )
            yield Finding(name, SKIP, f"{project.path} {told}")
        else:
            yield _of_attempts(project, found)


def _of_attempts(project: ProjectFacts, found: Sequence[Attempt]) -> Finding:
    name, last = "gitlab.deliveries", f"the last {len(found)} of {project.path}"
    failed = [attempt for attempt in found if not attempt.went_well]
    if not failed:
        return Finding(name, OK, f"{last} came through")
    reasons = collections.Counter(attempt.status for attempt in failed)
    text = f"{len(failed)} of {last} failed: {', '.join(f'{n} x {reason}' for reason, n in reasons.most_common())}"
    if found[0].went_well:
        return Finding(name, OK, f"the newest came through; {text}")
    so = "after four failures in a row GitLab delivers nothing for a while, after forty never again"
    return Finding(name, WARN, text, _mend(found[0]), so=so)


def _mend(newest: Attempt) -> str:
    if newest.status in {"401", "403"}:
        return f"the secrets differ: run {_SETUP} for that project again, and start `codex-bot serve` anew"
    return "see that `codex-bot serve` runs, and that GitLab's own machine reaches it"
