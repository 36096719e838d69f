"""What `codex-bot doctor` asks GitHub about the App: its permissions, installations, hook and deliveries."""

import collections
import dataclasses
from collections.abc import Callable, Iterator, Sequence

from actions.findings import FAIL, OK, SKIP, WARN, Check, Finding
from bot.forges.github.app import AppFacts, Attempt, GitHubApp, Installed
from bot.forges.github.manifest import hook_url, settings_address
from bot.forges.github.permissions import Lack, lacking_events, lacking_permissions
from bot.forges.registry import github_access
from bot.settings import PREFIX, Settings

_SECONDS = 10  # nobody waits longer for one answer
_LOOKED_AT = 20  # deliveries
_UPDATE = "codex-bot setup github --update"

Look = Callable[[GitHubApp, Settings], Iterator[Finding]]


def github_checks() -> Sequence[Check]:
    """Return the checks of the App; where none is configured, the first one says so and the others are silent."""
    return (
        Check("github.app", _app, needs=("access", "forge")),
        _of_app("github.permissions", _permissions),
        _of_app("github.installations", _installations),
        _of_app("github.hook", _hook),
        _of_app("github.deliveries", _deliveries),
    )


def _of_app(name: str, look: Look) -> Check:
    def ask(settings: Settings) -> Iterator[Finding]:
        if settings.github_app_id:
            yield from look(_asked(settings), settings)

    return Check(name, ask, needs=("github.app",))


def _asked(settings: Settings) -> GitHubApp:
    return GitHubApp(dataclasses.replace(github_access(settings), timeout_s=_SECONDS))


def _app(settings: Settings) -> Iterator[Finding]:
    if not settings.github_app_id:
        yield Finding("github.app", SKIP, "no GitHub App is configured")
        return
    facts = _asked(settings).facts()
    yield Finding("github.app", OK, f"{facts.name} ({facts.html_url})")


def _permissions(app: GitHubApp, settings: Settings) -> Iterator[Finding]:
    yield from permission_findings(app.facts(), app.installations(), settings.github_url)


def permission_findings(facts: AppFacts, installed: Sequence[Installed], web_url: str) -> Iterator[Finding]:
    """Compare the App and each of its installations with the table of what this version needs.

    An installation is not blamed for what the App itself does not ask for yet.
    """
    name, page = "github.permissions", settings_address(web_url, slug=facts.slug, org=facts.org)
    own = list(lacking_permissions(facts.permissions, "of the App"))
    wanting = {lack.permission for lack in own}
    found = [
        _lacks(name, lack, f"open {page} and grant it, or run: {_UPDATE}")
        for lack in [*own, *lacking_events(facts.events)]
    ]
    for each in installed:
        mend = f"open {each.html_url} and accept, or run: {_UPDATE}"
        lacking = lacking_permissions(each.permissions, f"on installation {each.account}")
        found += [_lacks(name, lack, mend) for lack in lacking if lack.permission not in wanting]
    yield from found
    if not found:
        yield Finding(name, OK, f"all that this version needs, of the App and of its {len(installed)} installations")


def _lacks(name: str, lack: Lack, mend: str) -> Finding:
    return Finding(name, FAIL, lack.what, mend, so=lack.otherwise)


def _installations(app: GitHubApp, _settings: Settings) -> Iterator[Finding]:
    name, found = "github.installations", app.installations()
    for each in found:
        if each.is_suspended:
            mend = f"open {each.html_url} and unsuspend it"
            yield Finding(name, WARN, f"suspended on {each.account}", mend, so="nothing that is asked there is heard")
    active = [each.account for each in found if not each.is_suspended]
    if active:
        yield Finding(name, OK, f"on {', '.join(active)}")
    elif not found:
        mend = f"open {app.facts().install_url} and install it"
        yield Finding(name, FAIL, "the App is installed nowhere", mend, so="no command is heard")


def _hook(app: GitHubApp, settings: Settings) -> Iterator[Finding]:
    name, points_to = "github.hook", app.hook_url()
    if points_to == hook_url(settings.public_url):
        nowhere = f"to nobody, as wished: failures are fetched every {settings.missed_seconds:g} s"
        yield Finding(name, OK, f"points {'here: ' + points_to if settings.public_url else nowhere}")
    elif settings.public_url:
        mend = f"{_UPDATE} --public-url {settings.public_url}"
        text = f"points to {points_to or 'nowhere'}, not to {hook_url(settings.public_url)}"
        yield Finding(name, FAIL, text, mend, so="no delivery reaches this bot")
    else:
        text = f"points to {points_to or 'nowhere'}; with {PREFIX}PUBLIC_URL set it would be compared"
        yield Finding(name, SKIP, text)


def _deliveries(app: GitHubApp, settings: Settings) -> Iterator[Finding]:
    name, found = "github.deliveries", app.deliveries(_LOOKED_AT)
    failed = [attempt for attempt in found if not attempt.went_well]
    last = f"the last {len(found)}"
    if not found:
        yield Finding(name, SKIP, "GitHub has delivered nothing yet")
    elif not failed:
        yield Finding(name, OK, f"{last} came through")
    elif app.hook_url() == hook_url(""):
        yield Finding(name, OK, f"{len(failed)} of {last} failed, as they must without a public URL; they are fetched")
    elif found[0].went_well:
        yield Finding(name, OK, f"the newest came through; {len(failed)} of {last} failed: {_reasons(failed)}")
    else:
        text = f"{len(failed)} of {last} failed: {_reasons(failed)}"
        yield Finding(name, WARN, text, _mend(found[0]), so=f"what is asked waits up to {settings.missed_seconds:g} s")


def _reasons(failed: Sequence[Attempt]) -> str:
    counted = collections.Counter(attempt.status for attempt in failed)
    return ", ".join(f"{number} x {reason}" for reason, number in counted.most_common())


def _mend(newest: Attempt) -> str:
    if newest.status_code in {401, 403}:
        return (
            "the webhook's secrets differ: let GitHub and the bot have the same one, and start `codex-bot serve` anew"
        )
    return "see that `codex-bot serve` runs, and that the reverse proxy passes deliveries on to it"
