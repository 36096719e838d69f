"""Events as the tests need them."""

import dataclasses

from bot.events import Account, Comment, Event, Issue, Repo

ANN = Account("ann")


def issue(title: str = "Add is_even", body: str = "Please.", number: int = 7) -> Issue:
    return Issue(number, title, body, ANN)


def label_event(label: str = "codex", *, guid: str = "g-1", moment: str = "2026-11-26T10:00:00Z") -> Event:
    event = command_event(guid=guid)
    return dataclasses.replace(event, kind="label", action="labeled", comment=None, labels=(label,), moment=moment)


def command_event(
    text: str = "/codex implement",
    *,
    guid: str = "g-1",
    comment: str = "55",
    asked: Issue | None = None,
    by: str = "ann",
) -> Event:
    who = Account(by)
    return Event(
        forge="github",
        guid=guid,
        kind="comment",
        action="created",
        repo=Repo("ann", "numberkit"),
        issue=asked or issue(),
        comment=Comment(comment, text, who),
        sender=who,
        installation="1",
    )
