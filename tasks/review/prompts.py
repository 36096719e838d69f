"""What a model is told: the listings of a chunk with everything that belongs to them, and findings to refute."""

import dataclasses
import functools
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Protocol

from jinja2 import Environment

from tasks.model import Message
from tasks.quoting import as_data, break_turns, fence, first_characters
from tasks.review.finding import Finding
from tasks.review.listing import Listing
from tasks.review.schema import MOST_FINDINGS
from tasks.templating import environment_of

LONGEST_BODY, LONGEST_GUIDANCE = 4_000, 8_000  # characters; of guidance, all files together


class Guidance(Protocol):
    """A text of the repository for those who work in and below `folder` ("" is the whole repository)."""

    @property
    def path(self) -> str:
        """The text's own path."""
        ...

    @property
    def folder(self) -> str:
        """The folder that it is meant for."""
        ...

    @property
    def text(self) -> str:
        """What it says."""
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class Brief:
    """What every prompt of a review tells: the author's words, the repository's, and the language of the answer."""

    title: str = ""
    body: str = ""
    guidance: Sequence[Guidance] = ()
    language: str = "English"


@dataclasses.dataclass(frozen=True, slots=True)
class _Told:
    path: str
    folder: str
    text: str


def reading(brief: Brief, listings: Sequence[Listing]) -> list[Message]:
    """Return the messages that ask for the findings of some listings."""
    notes = [f"{listing.name}, {note}" for listing in listings for note in listing.notes]
    user = _render(
        "read_user.j2",
        title=as_data(brief.title),
        body=as_data(first_characters(brief.body.replace("\r\n", "\n"), LONGEST_BODY)),
        guidance=_told(brief.guidance, listings),
        change="\n\n".join(listing.text for listing in listings),
        notes=notes,
    )
    system = _render("read_system.j2", most=MOST_FINDINGS, language=brief.language)
    return [Message("system", system), Message("user", user)]


def refuting(listings: Sequence[Listing], findings: Sequence[Finding]) -> list[Message]:
    """Return the messages that ask to refute findings about some listings, numbered from 1."""
    change = "\n\n".join(listing.text for listing in listings)
    said = [
        dataclasses.replace(
            finding, title=break_turns(finding.title), body=break_turns(finding.body), quote=break_turns(finding.quote)
        )
        for finding in findings
    ]
    user = _render("refute_user.j2", change=change, findings=said)
    return [Message("system", _render("refute_system.j2")), Message("user", user)]


def _told(guidance: Sequence[Guidance], listings: Sequence[Listing]) -> list[_Told]:
    """Return the guidance for any of the listings, within `LONGEST_GUIDANCE`; the nearest to the files counts most."""
    folders = {".", *(str(parent) for listing in listings for parent in PurePosixPath(listing.path).parents)}
    room = LONGEST_GUIDANCE
    told: list[_Told] = []
    for each in reversed(guidance):
        if (each.folder or ".") in folders and room > 0:
            text = first_characters(as_data(each.text), room)
            told.insert(0, _Told(as_data(each.path), as_data(each.folder), text))
            room -= len(text)
    return told


def _render(name: str, **values: object) -> str:
    return _templates().get_template(f"prompts/{name}").render(**values).strip()


@functools.cache
def _templates() -> Environment:
    return environment_of("tasks.review", (fence,))
