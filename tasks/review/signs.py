"""What people say about a finding without arguing: that it is not wanted. Pure."""

import enum
import re
from collections.abc import Callable, Iterable

from bot.commands import find_command
from bot.review import Thread
from tasks.review.markers import names_of


class Dismissal(enum.StrEnum):
    """How somebody dismissed a finding."""

    SAID = "said"  # in words, by a thumb down or by command
    SETTLED = "settled"  # by settling the conversation, as people also do after they mended it


COMMAND = "dismiss"
_QUOTE = re.compile(r"^\s*>.*$", re.MULTILINE)
_LEAD = (
    r"(?:(?:no|nope|sorry|thanks|but|i think|i'd say|ok|well)[,:\s]+)*"
    r"(?:(?:this|that|it)(?:'s| is)\s+|we |i )?(?:just |really )?"
)
_VERDICT = (
    r"(?:(?:a )?(?:wo(?:n'?|n\u2019)t|will not|not going to) ?fix|wontfix|not an? (?:issue|bug|problem|defect|error)"
    r"|(?:a )?false[ -](?:positive|alarm)|(?:by design|as designed|intended|intentional|on purpose|deliberate)"
    r"|works as (?:intended|designed|expected)|dismiss(?:ed)?)"
)
_END = r"(?=\s*(?:$|[.!,;:()\u2013-]|this\b|that\b|it\b|here\b|because\b|since\b|as\b|for\b|in\b))"
_WORDS = re.compile(f"{_LEAD}{_VERDICT}{_END}", re.IGNORECASE)
_SENTENCE = re.compile(r"[^.!?\n]*[.!?\n]?")


def dismissals(threads: Iterable[Thread], may: Callable[[str], bool]) -> dict[str, Dismissal]:
    """Return how people dismissed findings, by fingerprint; `threads` come the oldest first, `may` as below.

    A finding may have more than one conversation, if it came back: a word in any of them holds for good, to settle one
    says something of the newest only.
    """
    found: dict[str, Dismissal] = {}
    for thread in threads:
        how = dismissal(thread, may)
        for name in names_of(thread):
            if how is not None and found.get(name) is not Dismissal.SAID:
                found[name] = how
            elif found.get(name) is Dismissal.SETTLED:
                del found[name]
    return found


def dismissal(thread: Thread, may: Callable[[str], bool]) -> Dismissal | None:
    """Return how people dismissed what we said in a conversation of ours; None where nobody did.

    `may` says of a login whether that account may write to the repository: nobody else's word counts.
    """
    if not thread.is_ours:
        return None
    words = [said.author.login for said in thread.comments if not said.author.is_bot and is_dismissal(said.body)]
    if any(login != thread.us and may(login) for login in dict.fromkeys([*thread.thumbs_down, *words])):
        return Dismissal.SAID
    settler = thread.resolved_by if thread.is_resolved else ""
    return Dismissal.SETTLED if settler and settler != thread.us and may(settler) else None


def is_dismissal(reply: str) -> bool:
    """Return whether a reply begins by dismissing what it answers: "won't fix", "not an issue", `/codex dismiss`.

    Only its first sentence counts, quotes aside, and a question dismisses nothing.
    """
    command = find_command(reply)
    if command is not None:
        return command.name == COMMAND
    said = _QUOTE.sub("", reply).strip()
    first = _SENTENCE.match(said)
    sentence = first[0].strip().strip("*_`") if first else ""
    return not sentence.endswith("?") and _WORDS.match(sentence) is not None
