"""Answers a question about an issue, a pull request or a line of one, and says which lines it has read for that."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.diff import Side
from bot.errors import UserError
from bot.events import Comment
from bot.review import Thread
from tasks.commands.patience import told_to_wait
from tasks.commands.reading.change import Change, check_out_commit, look_at_change
from tasks.commands.reading.claims import made_up
from tasks.commands.reading.pages import lines_read, page
from tasks.commands.reading.question import Prompt, Question, without_thoughts
from tasks.commands.registry import command
from tasks.commands.templates import render
from tasks.commands.work import Work
from tasks.context.index import Place
from tasks.context.retrieve import choose_files
from tasks.effects import MARK
from tasks.model import Completion, Message
from tasks.quoting import as_data, first_characters
from tasks.review.listing import Listing
from tasks.review.prose import prose
from tasks.review.selection import Chosen

MOST_FILES = 8
LONGEST_QUESTION, LONGEST_BODY, LONGEST_REMARK = 4_000, 4_000, 1_000  # characters
_MOST_REMARKS, _MOST_NAMES = 10, 20


@command("ask", help="answer a question about this issue, pull request or line: `/codex ask why is ...?`")
def ask(work: Work) -> str:
    """Look, ask the model once, answer where the question stands."""
    if not work.job.argument.strip():
        raise UserError("`/codex ask` came without a question", mend="Write it behind the command, in your own words.")
    with told_to_wait(work):
        return _Story(work).tell()


class _Story:
    """One question, from what it is about to the answer."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.issue = work.event.issue
        self.thread = self._find_thread()
        self.question = Question(work)
        self.change: Change | None = None
        self.sha = ""

    def tell(self) -> str:
        prompt = self._prompt()
        text, completion = self.question.ask(prompt.chunk.messages, _words, schema=None)
        self.work.check()
        self.work.publisher.reply(render("ask/answer.md.j2", **self._values(prompt, text, completion)))
        return f"answered from {len(set(prompt.chunk.paths))} files"

    def _find_thread(self) -> Thread | None:
        """Return the conversation that the question stands in; one that is gone meanwhile counts as none."""
        event = self.work.event
        if not event.thread:
            return None
        return self.work.forge.reviews.thread(event.repo, event.issue.number, event.thread)

    def _prompt(self) -> Prompt:
        listings = self._change_listings() if self.issue.is_pull_request else []
        tree = self.change.tree if self.change else self._tree()
        listings += [found for place in self._places(tree) if (found := page(tree, place))]
        if not listings:
            raise UserError(
                "nothing in the repository seems to belong to this question",
                mend="Name a file or a function in it, then ask again.",
            )
        return self.question.fit(listings, self._messages)

    def _change_listings(self) -> list[Listing]:
        """Return the diff as the question needs it: its own lines first, then files that it names, then the others."""
        self.change = change = look_at_change(self.work)
        self.sha = change.compared.head
        asked = self.work.job.argument
        path = self.thread.path if self.thread else ""

        def order(chosen: Chosen) -> tuple[bool, bool]:
            return chosen.file.path != path, chosen.file.path not in asked

        near = [found for each in change.chosen if each.file.path == path and (found := _nearest(each, self.thread))]
        rest = [each for each in sorted(change.chosen, key=order) if each not in near]
        return [*map(change.listing, near), *self._whole(change, path), *map(change.listing, rest)]

    def _whole(self, change: Change, path: str) -> list[Listing]:
        """Return the file that a conversation is about, or its part around the line."""
        if self.thread is None or not self.work.config.opens(path):
            return []
        found = page(change.tree, Place(path, "", self.thread.line or 1, 0))
        return [found] if found else []

    def _tree(self) -> Path:
        """Check out the default branch as it was when this was asked first."""
        forge, repo = self.work.forge, self.work.event.repo
        self.sha = self.work.once("tip", lambda: forge.head(repo, forge.default_branch(repo)) or "")
        if not self.sha:
            raise UserError("the repository is empty", mend="Push a first commit, then ask again.")
        return check_out_commit(self.work, self.sha)

    def _places(self, tree: Path) -> Sequence[Place]:
        asked = f"{self.work.job.argument}\n{self.issue.title}\n{self.issue.body}"
        shown = {each.file.path for each in self.change.chosen} if self.change else set()
        found = choose_files(tree, asked, MOST_FILES + len(shown), self.work.config.opens)
        return [place for place in found if place.path not in shown][:MOST_FILES]

    def _messages(self, listings: Sequence[Listing]) -> Sequence[Message]:
        thread = self.thread
        remarks = self._remarks(thread)[-_MOST_REMARKS:] if thread else ()
        values: dict[str, Any] = {
            "is_pull_request": self.issue.is_pull_request,
            "title": as_data(self.issue.title),
            "body": _cut(self.issue.body, LONGEST_BODY),
            "material": "\n\n".join(listing.text for listing in listings),
            "where": as_data(
                f"line {thread.line} of {thread.path}" if thread and thread.line else thread.path if thread else ""
            ),
            "said": [{"login": each.author.login, "text": _cut(each.body, LONGEST_REMARK)} for each in remarks],
            "question": _cut(self.work.job.argument, LONGEST_QUESTION),
        }
        system = render("ask/system.j2", language=self.work.config.model.language)
        return [Message("system", system), Message("user", render("ask/user.j2", **values))]

    def _remarks(self, thread: Thread) -> Sequence[Comment]:
        """Return what was said there but the answer of an earlier attempt, which would make it another question."""
        own = f"{MARK}{self.work.publisher.key} "
        return [each for each in thread.comments if each.author.login != thread.us or own not in each.body]

    def _values(self, prompt: Prompt, text: str, completion: Completion) -> Mapping[str, object]:
        read = lines_read(prompt.chunk.listings)
        skipped = self.change.skipped if self.change else ()
        return {
            "answer": text,
            "made_up": made_up(text, read),
            "is_cut": completion.finish_reason == "length",
            "most_tokens": self.question.answer_tokens,
            "sha": self.sha,
            "read": [{"path": path, "ranges": _in_words(ranges)} for path, ranges in read.items()],
            "unread": [*prompt.unread, *skipped],
            "most": _MOST_NAMES,
            **self.question.foot(completion),
        }


def _words(completion: Completion) -> str | None:
    said = without_thoughts(completion.text)
    return prose(said) if said else None


def _nearest(chosen: Chosen, thread: Thread | None) -> Chosen | None:
    """Return the file with the one hunk that holds the thread's line; None if no hunk does."""
    line = thread.line if thread else None
    hunks = tuple(hunk for hunk in chosen.hunks if any(each.number(Side.NEW) == line for each in hunk.lines))
    return dataclasses.replace(chosen, hunks=hunks[:1]) if hunks and line else None


def _cut(text: str, limit: int) -> str:
    return as_data(first_characters(text.replace("\r\n", "\n"), limit))


def _in_words(ranges: Sequence[tuple[int, int]]) -> str:
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)
