"""How the bot is connected to projects at GitLab: its token, a webhook in each, and a delivery that proves it."""

import functools
from collections.abc import Mapping, Sequence

from actions.console import printable, say
from actions.setup.door import Stand, standing, ways_in
from actions.setup.gitlab_asked import LOOK_SECONDS, SECRET_FILE, TOKEN_FILE, GitLabAsked, Kept
from actions.setup.gitlab_ending import Connected, finish, tested
from actions.setup.gitlab_token import bots_token, maintained
from actions.setup.waiting import interruption_put_off
from bot.forges.gitlab.account import GitLabAccount, ProjectFacts, require_gitlab
from bot.forges.gitlab.hooks import GitLabHooks
from bot.forges.gitlab.project_hooks import HOOK_PATH, HookFacts, ProjectHooks, hook_url

WAYS = ways_in("--no-public-url, with which the bot looks for new comments by itself")
_PUSH = "Push Hook"


def connect(asked: GitLabAsked) -> int:
    """Connect the bot; asked twice, nothing is made twice. Return the exit code."""
    kept = Kept(asked)
    say(f"Looking for GitLab at {asked.settings.gitlab_url}")
    require_gitlab(asked.access)
    person = GitLabAccount(asked.access)
    version = person.version()
    say(f"  GitLab {printable(version)}")
    projects = maintained(asked, person)
    if not asked.public_url:
        bot = bots_token(asked, person, projects, kept)
        say(
            f"No public URL: no webhook is made, and `codex-bot sweep` looks for new comments every {LOOK_SECONDS} s.\n"
            "! Labels, assignments, edited comments and new merge requests are not found that way. A public URL brings "
            "them: by a tunnel or relay that you trust (it reads what is delivered), or in GitLab's own network."
        )
        return finish(asked, Connected(version, bot, projects, ()))
    known = GitLabHooks(f"{kept.secrets.signing} {kept.secrets.plain}")
    settings = asked.settings
    stand = Stand(asked.public_url, settings.web_host, settings.web_port, HOOK_PATH, WAYS, asked.ca_file)
    with standing(stand, functools.partial(_is_test, known), proves=asked.proves):
        bot = bots_token(asked, person, projects, kept)
        hooks = ProjectHooks(asked.access)
        made = [(project, _hook(asked, hooks, project, kept)) for project in projects]
        say(f"Kept {TOKEN_FILE} and {SECRET_FILE} in {asked.folder.absolute()}, for you alone")
        proofs = [tested(asked, hooks, project, hook) for project, hook in made]
    return finish(asked, Connected(version, bot, projects, proofs))


def _is_test(known: GitLabHooks, headers: Mapping[str, str], body: bytes) -> bool:
    """Return whether a delivery is a push that is proved by our secrets: the bot makes nothing of those."""
    return headers.get("x-gitlab-event") == _PUSH and known.verify(headers, body)


def _hook(asked: GitLabAsked, hooks: ProjectHooks, project: ProjectFacts, kept: Kept) -> HookFacts:
    """Make or change a project's webhook so that its secret is known here before GitLab uses it."""
    url = hook_url(asked.public_url)
    before = [hook_url(kept.public_url)] if kept.public_url else []
    known: Sequence[HookFacts] = hooks.to(project, url, *before) or ()
    with interruption_put_off():
        hook = hooks.keep(project, url, known[0] if known else None, {"signing_token": kept.secrets.signing})
        if not hook.is_signed:
            kept.store_plain()
            hook = hooks.keep(project, url, hook, {"token": kept.secrets.plain})
    say(f"{'Changed' if known else 'Made'} the webhook {hook.id} of {printable(project.path)}")
    if not hook.is_signed:
        say("  ! this GitLab takes no signing token (19.0 and newer do): a secret token proves its deliveries instead")
    for other in known[1:]:
        say(f"  ! the webhook {other.id} points here, too: remove it, or the bot hears everything twice")
    return hook
