"""Whose tokens they are and what they may do: the maintainer's, used once, and the bot's, which is kept."""

import dataclasses
import datetime as dt
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from actions.console import printable, say
from actions.setup.gitlab_asked import TOKEN_FILE, GitLabAsked, Kept
from actions.setup.waiting import interruption_put_off
from bot.errors import UserError
from bot.forges.gitlab.account import GitLabAccount, NewToken, ProjectFacts, TokenFacts
from bot.forges.gitlab.permissions import MAINTAINER, lacking_role, lacking_scopes, role

SOON_DAYS = 30
_BY_HAND = (
    "Make an account for the bot, invite it as Developer, and give a token of it that has the scopes `api` and "
    "`write_repository` with --bot-token-file."
)


def maintained(asked: GitLabAsked, person: GitLabAccount) -> list[ProjectFacts]:
    """Return the projects; raises `UserError` where the person's token or role is not enough to make hooks in them."""
    told = person.token()
    say(f"Asking as {printable(told.login)}, with the token {printable(told.name)!r}, which is not kept")
    if "api" not in told.scopes:
        raise UserError(
            f"The token has the scopes {', '.join(told.scopes) or 'none'}, and needs api.",
            mend=f"Make one with the scope `api` at {asked.settings.gitlab_url}/-/user_settings/personal_access_tokens",
        )
    projects = [person.project(path) for path in dict.fromkeys(asked.projects)]
    lacking = [each for each in projects if each.level < MAINTAINER and not told.is_admin]
    if lacking:
        raise UserError(
            "; ".join(f"{told.login} is {role(each.level)} in {each.path}" for each in lacking),
            mend="Webhooks and access tokens are made by Maintainers: ask one of them, or for that role.",
        )
    return projects


def bots_token(asked: GitLabAsked, person: GitLabAccount, projects: Sequence[ProjectFacts], kept: Kept) -> TokenFacts:
    """Keep a token for the bot (the given one, the one of an earlier set-up, or a new one); return what it is."""
    found = _given(asked, projects) or _kept(asked, projects, kept)
    token = asked.bot_token or kept.token
    if found is None:
        with interruption_put_off():
            token = _made(asked, person, projects, kept)
        found = _account(asked, token).token()
    kept.store(token, found.login)
    return found


def _given(asked: GitLabAsked, projects: Sequence[ProjectFacts]) -> TokenFacts | None:
    if not asked.bot_token:
        return None
    if asked.bot_token == asked.token:
        raise UserError("The bot's token is the Maintainer's, which is not kept.", mend=_BY_HAND)
    account = _account(asked, asked.bot_token)
    found = account.token()
    lacks = list(_lacks(found, account, projects))
    if lacks:
        raise UserError(f"The bot's token does not do: {'; '.join(lacks)}.", mend=_BY_HAND)
    return found


def _kept(asked: GitLabAsked, projects: Sequence[ProjectFacts], kept: Kept) -> TokenFacts | None:
    """Return what an earlier set-up's token is, None where there is none that still does."""
    if not kept.token:
        return None
    account = _account(asked, kept.token)
    try:
        found = account.token()
        lacks = list(_lacks(found, account, projects))
    except UserError as error:
        lacks = [error.message]
    if not lacks:
        say(f"The token in {TOKEN_FILE} still does")
        return found
    say(printable(f"The token in {TOKEN_FILE} is replaced: {'; '.join(lacks)}"))
    return None


def _lacks(found: TokenFacts, account: GitLabAccount, projects: Sequence[ProjectFacts]) -> Iterator[str]:
    yield from (lack.what for lack in lacking_scopes(found.scopes))
    days = found.days_left(_today())
    if days is not None and days < SOON_DAYS:
        yield f"it ends in {days} days"
    for project in projects:
        try:
            level = account.project(project.path).level
        except UserError:  # not a member: a private project is not seen
            level = 0
        yield from (lack.what for lack in lacking_role(level, project.path))


def _made(asked: GitLabAsked, person: GitLabAccount, projects: Sequence[ProjectFacts], kept: Kept) -> str:
    place = _place(asked, projects)
    try:
        made = person.make_token(place, _today())
    except UserError as error:
        raise UserError(
            error.message, mend=f"GitLab.com asks for Premium, a group for its Owner. {_BY_HAND}"
        ) from error
    _store(made, person, kept)
    say(f"Made an access token for the bot, good until {made.last_day}")
    return made.secret


def _store(made: NewToken, person: GitLabAccount, kept: Kept) -> None:
    try:
        kept.store(made.secret, "")
    except OSError as error:
        person.revoke(made)
        raise UserError(
            f"The bot's new token could not be kept and was revoked: {error.strerror}",
            mend="Make room, or name another folder with --secrets-dir, and start again.",
        ) from error


def _place(asked: GitLabAsked, projects: Sequence[ProjectFacts]) -> str:
    if asked.group:
        return f"groups/{quote(asked.group, safe='')}"
    if len(projects) > 1:
        raise UserError(
            "A project's token reaches that project alone, and there are several.",
            mend=f"Give --group PATH, a group above them all that you own. Or: {_BY_HAND}",
        )
    return f"projects/{projects[0].id}"


def _account(asked: GitLabAsked, token: str) -> GitLabAccount:
    return GitLabAccount(dataclasses.replace(asked.access, token=token))


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()
