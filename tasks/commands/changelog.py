"""Proposes an entry for the repository's changelog, in its own style; nothing is committed."""

import json
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from bot.errors import UserError
from tasks.commands.patience import told_to_wait
from tasks.commands.reading.change import look_at_change, require_pull_request
from tasks.commands.reading.changelog_entry import examples, place_entry
from tasks.commands.reading.changelog_style import TOWNCRIER, find_style
from tasks.commands.reading.question import Prompt, Question, without_thoughts
from tasks.commands.registry import command
from tasks.commands.templates import render
from tasks.commands.work import Work
from tasks.model import Completion, Message
from tasks.quoting import as_data, first_characters
from tasks.review.listing import Listing

LONGEST_BODY, LONGEST_ENTRY = 4_000, 500  # characters
_MOST_NAMES = 20
_FENCES = {".md": "markdown", ".rst": "rst"}


@command("changelog", help="propose an entry for the changelog about this pull request, in the repository's own style")
def changelog(work: Work) -> str:
    """Look, ask once, show the entry and where it belongs."""
    require_pull_request(work, "changelog")
    with told_to_wait(work):
        return _Story(work).tell()


class _Story:
    """One entry, from the diff to the comment that shows it."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.question = Question(work)
        self.change = look_at_change(work)
        self.style = find_style(self.change.tree, work.config.opens)
        self.issue = work.event.issue

    def tell(self) -> str:
        if not self.change.chosen:
            raise UserError(
                "nothing in this pull request can be read by a model", mend="Write the entry by hand, or leave it out."
            )
        prompt = self.question.fit(self.change.listings, self._messages)
        said, completion = self.question.ask(prompt.chunk.messages, self._read, schema=self._schema())
        self.work.check()
        self.work.publisher.reply(render("changelog/entry.md.j2", **self._values(prompt, said, completion)))
        return f"proposed an entry for {self.style.path or 'a changelog'}"

    def _messages(self, listings: Sequence[Listing]) -> Sequence[Message]:
        user = render(
            "changelog/user.j2",
            examples=[as_data(each) for each in examples(self.style)],
            title=as_data(self.issue.title),
            body=as_data(first_characters(self.issue.body.replace("\r\n", "\n"), LONGEST_BODY)),
            change="\n\n".join(listing.text for listing in listings),
        )
        language = self.work.config.model.language
        system = render("changelog/system.j2", categories=self.style.categories, language=language)
        return [Message("system", system), Message("user", user)]

    def _schema(self) -> Mapping[str, Any]:
        parts: dict[str, Any] = {"entry": {"type": "string"}}
        if self.style.categories:
            parts["category"] = {"type": "string", "enum": list(self.style.categories)}
        return {"type": "object", "properties": parts, "required": list(parts), "additionalProperties": False}

    def _read(self, completion: Completion) -> tuple[str, str] | None:
        """Return entry and category; None where either is not to be used."""
        text = without_thoughts(completion.text)
        try:
            value, _ = json.JSONDecoder(strict=False).raw_decode(text, max(text.find("{"), 0))
            entry, category = value["entry"], value["category"] if self.style.categories else ""
        except (ValueError, KeyError, TypeError, RecursionError):
            return None
        line = " ".join(str(entry).replace("<!--", "").split()).lstrip("-*+ ")
        known = {each.lower(): each for each in ("", *self.style.categories)}
        kind = known.get(str(category).lower())
        return (line, kind) if line and len(line) <= LONGEST_ENTRY and kind is not None else None

    def _values(self, prompt: Prompt, said: tuple[str, str], completion: Completion) -> Mapping[str, object]:
        entry = place_entry(self.style, said[1], said[0], self.issue.number)
        return {
            "path": entry.path,
            "where": entry.where,
            "text": entry.text,
            "style": self.style.name,
            "language": _FENCES.get(PurePosixPath(entry.path).suffix, ""),
            "there": self._there(),
            "unread": [*prompt.unread, *self.change.skipped],
            "most": _MOST_NAMES,
            "asker": self.work.event.asker.login,
            **self.question.foot(completion),
        }

    def _there(self) -> str:
        """Return the file with which the pull request tells of itself already; empty if there is none."""
        style, paths = self.style, [file.path for file in self.change.files]
        if style.name == TOWNCRIER:
            return next((path for path in paths if path.startswith(f"{style.path}/")), "")
        return style.path if style.path in paths else ""
