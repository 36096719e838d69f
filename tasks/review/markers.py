"""The names of findings, hidden at the end of what we say: found again even by a bot whose ledger is lost. Pure."""

import dataclasses
import functools
import re
from collections.abc import Iterable

from markdown_it import MarkdownIt

from bot.memory import KeptFinding
from bot.review import Thread
from tasks.quoting import closed

_MARK = "<!-- codex-bot:finding {} -->"
_MARKS = re.compile(r"<!-- codex-bot:finding ([0-9a-f]{20}) -->")


def marked(body: str, fingerprints: Iterable[str]) -> str:
    """Return a text with the names of the findings it is about; what others wrote in it must be defused before."""
    return "\n".join([f"{closed(body)}\n", *(_MARK.format(each) for each in fingerprints)])


def names_in(body: str) -> tuple[str, ...]:
    """Return the findings that a text of our own is about, in their order.

    What people wrote must not be asked: whoever can write a text can write a marker. In our own, code is passed over:
    it is quoted as it is, a suggestion too.
    """
    if "codex-bot:finding" not in body:
        return ()
    tokens = _markdown().parse(body)
    inner = (each for token in tokens for each in (token, *(token.children or ())))
    hidden = [each.content for each in inner if each.type in {"html_block", "html_inline"}]
    return tuple(dict.fromkeys(name for text in hidden for name in _MARKS.findall(text)))


@functools.cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark")


def conversations(threads: Iterable[Thread]) -> dict[str, Thread]:
    """Return the newest conversation of ours about each finding, by fingerprint; `threads` come the oldest first."""
    return {name: thread for thread in threads for name in names_of(thread)}


def names_of(thread: Thread) -> tuple[str, ...]:
    """Return the findings that a conversation of ours is about; none of anybody else's.

    Only the comment with which it began counts: answers may quote anything.
    """
    return names_in(thread.comments[0].body) if thread.is_ours else ()


def recovered(known: Iterable[KeptFinding], threads: Iterable[Thread], summaries: Iterable[str]) -> list[KeptFinding]:
    """Return what is known of a pull request's findings, from the ledger and from what stands on the forge.

    Of those that the ledger has lost only the name is left, and where they stand. Each gets its conversation.
    `summaries` are texts of our own account only.
    """
    talks = conversations(threads)
    left = {each.fingerprint: each for each in known}
    for name, thread in talks.items():
        left.setdefault(name, _only_named(name, thread.path))
    for name in (name for summary in summaries for name in names_in(summary)):
        left.setdefault(name, _only_named(name, ""))
    return [_in(each, talks.get(each.fingerprint)) for each in left.values()]


def _only_named(name: str, path: str) -> KeptFinding:
    return KeptFinding(fingerprint=name, rule="", source="", category="", severity="", path=path, title="")


def _in(kept: KeptFinding, thread: Thread | None) -> KeptFinding:
    return kept if thread is None or kept.thread else dataclasses.replace(kept, thread=thread.id)
