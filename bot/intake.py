"""Decides what starts work: a verified delivery becomes one job, or a reason why it does not."""

import dataclasses
import hashlib

from pydantic import TypeAdapter

from bot.commands import CONTROL, Command, find_command
from bot.errors import RefusalError, UserError
from bot.events import Account, Event, Permission, Unwanted
from bot.forges.protocol import Forge
from bot.ledger import Lane, Ledger, NewDelivery, NewJob, TakenIn, Wanted
from bot.repo_config import FILE, RepoConfig

EVENT = TypeAdapter(Event)
LABEL = "codex"  # put on an issue, it asks for what `/codex implement` does
_CONTROL_FIRST = -100
_QUIET_SECONDS = 10.0  # people push twice in a row


@dataclasses.dataclass(frozen=True, slots=True)
class Taken:
    """What the door answers: "accepted", "duplicate" or "ignored", with the job or the reason."""

    verdict: str
    job_id: int | None = None
    reason: str = ""


def asks(event: Event | Unwanted, body: bytes) -> Wanted | Taken:
    """Return the delivery and the job that an event asks for, or that it asks for nothing. Makes no call at all."""
    if isinstance(event, Unwanted):
        return Taken("ignored", reason=event.reason)
    command = _command(event)
    if isinstance(command, str):
        return Taken("ignored", reason=command)
    control = command.name in CONTROL
    is_push = event.kind == "pull_request" and event.is_unasked
    place = f"{event.repo.path}{event.issue.subject}"
    return (
        NewDelivery(forge=event.forge, guid=event.guid, kind=event.kind, body=body),
        NewJob(
            forge=event.forge,
            tenant=event.repo.owner,
            subject=f"{event.forge}:{place}",
            kind=command.name,
            argument=command.text,
            event=EVENT.dump_json(event).decode(),
            dedupe_key=_request_key(event, command),
            lane=Lane.CONTROL if control else Lane.WORK,
            priority=_CONTROL_FIRST if control else 0,
            supersedes=is_push,
            quiet_seconds=_QUIET_SECONDS if is_push else 0.0,
        ),
    )


def _command(event: Event) -> Command | str:
    """Return what an event asks for, or why it asks for nothing."""
    if event.comment is None:
        return _silent_command(event)
    command = find_command(event.comment.body)
    if command is None:
        return "the comment holds no /codex command"
    if event.action == "edited" and find_command(event.before) == command:
        return "the edit asks for nothing new"
    return command


def _silent_command(event: Event) -> Command | str:
    """Return what is asked for without a word, or why nothing is."""
    if event.kind == "check":
        return f"no command answers a check that is {event.action}"
    if event.kind == "pull_request":
        return Command("review", "")
    if event.kind == "assignment" or LABEL in event.labels:
        return Command("implement", "")
    return f"the label {', '.join(map(repr, event.labels))} asks for nothing"


def _request_key(event: Event, command: Command) -> str:
    """Name the request: the same words in the same comment ask once, also when they are edited away and back."""
    if event.comment is None:
        what = {"label": LABEL, "pull_request": event.action}.get(event.kind, event.kind)
        place = f"{'pull' if event.issue.is_pull_request else 'issue'}-{event.issue.number}"
        return f"{event.forge}:{event.repo.path}:{place}:{what}:{event.moment or event.guid}"
    key = f"{event.forge}:{event.repo.path}:comment-{event.comment.id}:{command.name}"
    return f"{key}:{hashlib.sha256(command.text.encode()).hexdigest()[:12]}" if command.text else key


def answer(taken: TakenIn) -> Taken:
    """Return what is said of what the ledger has taken in."""
    return Taken("duplicate" if taken.duplicate else "accepted", job_id=taken.job_id)


def take_in(ledger: Ledger, event: Event | Unwanted, body: bytes) -> Taken:
    """Queue the job that an event asks for, if it asks for one.

    Raises `RetryableError` when the ledger cannot promise to keep the job.
    """
    asked = asks(event, body)
    return asked if isinstance(asked, Taken) else answer(ledger.take_in(*asked))


def require_permission(forge: Forge, event: Event, command: str) -> None:
    """Raise `RefusalError` unless the forge says that the commenter may write to the repository.

    Asked when the job runs, of the forge itself: what a payload claims about its author is not proof,
    and rights may have been taken away since. Of an edited comment both may: who wrote it and who edited it.
    Where a pull request's commits come from another repository, its author must, too, before work is done with them.
    """
    for account in _askers(event):
        if not account.is_listed and forge.permission(event.repo, account.login) < Permission.WRITE:
            raise RefusalError(
                f"@{account.login} may not give commands in {event.repo.path}.",
                mend="Somebody with write access can ask for the same.",
            )
    if event.issue.is_pull_request and command not in CONTROL:
        _require_known_author(forge, event)


def _require_known_author(forge: Forge, event: Event) -> None:
    asked = forge.issue(event.repo, event.issue.subject)
    author = asked.author.login
    if asked.is_from_outside and forge.permission(event.repo, author) < Permission.WRITE:
        raise RefusalError(
            f"This comes from outside: @{author} may not write to {event.repo.path}, and their code is not worked on.",
            mend="Somebody with write access can push the commits to a branch of this repository.",
        )


def require_leave(forge: Forge, event: Event, config: RepoConfig, command: str) -> None:
    """Raise `RefusalError` unless the repository's own rules let these people give this command.

    These rules only narrow what `require_permission` allows.
    """
    if not config.answers(command):
        raise RefusalError(
            f"`/codex {command}` is switched off in {event.repo.path}.",
            mend=f"`commands` in `{FILE}` of the default branch says which commands are on.",
        )
    for account in _askers(event):
        if config.access.who == "write" or config.access.names(account.login):
            continue
        if forge.permission(event.repo, account.login) < Permission.ADMIN:
            raise RefusalError(
                f"@{account.login} may not give `/codex {command}` in {event.repo.path}.",
                mend=f"`access.who` in `{FILE}` of the default branch says who may.",
            )


def require_config(event: Event, *, is_there: bool) -> None:
    """Raise `UserError` unless the repository has a `.codex.toml`: for bots that do nothing before it is merged."""
    if not is_there:
        raise UserError(
            f"nothing is done in {event.repo.path} before its default branch has a `{FILE}`.",
            mend="`/codex configure` opens a pull request that adds one.",
        )


def _askers(event: Event) -> list[Account]:
    return list(dict.fromkeys((event.asker, event.sender)))
