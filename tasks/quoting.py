"""Makes text from strangers, tests and models safe to show in a comment."""

import functools
import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

LONGEST_BODY = 58_000  # characters; forges refuse 65,536 or more, and a cut must leave room for our own words

_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
# Tokenizers read these inside a message as control tokens, so an issue could put words into the bot's mouth.
_TURNS = re.compile(r"<\|[^|<>\n]{1,40}\|>|</?s>|\[/?INST\]|<(?:start|end)_of_turn>|<</?SYS>>")
_FENCED = re.compile(r"(?ms)(^(?:`{3,}|~{3,}).*?(?:^(?:`{3,}|~{3,})|\Z))")
_HIDDEN = re.compile(r"(?s)<!--.*?(?:-->|\Z)")
# What a forge shows as one of @ # ! / acts as one.
_ENTITY = re.compile(r"&(?=(?:#0*(?:64|35|33|47)|#x0*(?:40|23|21|2f)|commat|num|excl|sol)(?!\w))", re.IGNORECASE)
_BREAK = "\u200b"  # a zero-width space: the reader sees the same word, the forge sees no mention


def defuse(text: str) -> str:
    """Return text that pings nobody, links no issue, commands no bot and hides nothing."""
    plain = _INVISIBLE.sub("", text)
    plain = _ENTITY.sub("&amp;", plain)
    plain = re.sub(r"<!--", "&lt;!--", plain)
    plain = re.sub(r"@(?=\w)", f"@{_BREAK}", plain)
    plain = re.sub(r"(?<!&)#(?=\d)", f"#{_BREAK}", plain)
    plain = re.sub(r"!(?=\d)", f"!{_BREAK}", plain)  # a merge request
    plain = re.sub(r"\bGH-(?=\d)", f"GH-{_BREAK}", plain)
    # Quick actions of forges are commands to them, in upper case as well.
    return re.sub(r"(?m)^(\s*)/(?=[A-Za-z])", rf"\g<1>/{_BREAK}", plain)


def as_data(text: str) -> str:
    """Return text for a model: only what its reader at the forge sees too, and nothing that a chat template obeys.

    Hidden comments and invisible signs are dropped, outside code blocks, where they are visible.
    """
    parts = _FENCED.split(_INVISIBLE.sub("", text))
    plain = "".join(part if number % 2 else _HIDDEN.sub("", part) for number, part in enumerate(parts))
    return break_turns(plain)


def break_turns(plain: str) -> str:
    """Return text in which no chat template can see the end of a turn or the start of another speaker's."""
    return _TURNS.sub(lambda match: f"{match[0][0]}{_BREAK}{match[0][1:]}", plain)


def mend_turns(answer: str) -> str:
    """Return what a model copied from text that `break_turns` went over as it was before."""
    return re.sub(rf"(?<=[<\[]){_BREAK}", "", answer)


def one_line(text: str, limit: int = 120) -> str:
    """Return defused text on one line, with Markdown's signs taken away, cut at a word."""
    plain = defuse(text).replace("://", f":{_BREAK}//")  # "closes https://..." would act like "closes #1"
    line = " ".join(re.sub(r"[`*<>\[\]|]", "", plain).split())
    return line if len(line) <= limit else line[:limit].rsplit(" ", 1)[0] + "…"


def code(text: str, limit: int = 120) -> str:
    """Return text as inline code on one line, cut at `limit`, that nothing inside it can end."""
    line = " ".join(_INVISIBLE.sub("", text).split())
    shown = "".join(sign if sign.isprintable() else "?" for sign in line)
    shown = shown if len(shown) <= limit else shown[:limit] + "…"
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    ticks, space = "`" * (longest + 1), " " if longest or not shown else ""
    return f"{ticks}{space}{shown}{space}{ticks}"


def fence(text: str, language: str = "") -> str:
    """Put text into a code fence that nothing inside it can close."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks}{language}\n{text.rstrip()}\n{ticks}"


def cut(body: str, limit: int = LONGEST_BODY) -> str:
    """Keep a body of Markdown within a limit, saying at its top when something is missing.

    It is cut at the end of a line; code blocks and folds that are open there are closed, so that what follows the
    body is not swallowed by them.
    """
    if len(body) <= limit:
        return body
    notice = f"*Cut to {limit} characters.*\n\n"
    room = limit - len(notice)
    while True:
        # Empty lines at the end count as none to the parser, and a code block that ends with them would seem closed.
        kept = (body[:room].rpartition("\n")[0] or body[:room]).rstrip("\n")
        shown = f"{notice}{kept}{_ends(kept)}"
        if len(shown) <= limit:
            return shown
        room -= len(shown) - limit


def closed(text: str) -> str:
    """Return a text in which no code block and no fold is left open, so that what is put behind it is not in them."""
    return f"{text.rstrip()}{_ends(text.rstrip())}"


def _ends(kept: str) -> str:
    """Return what closes the code block and the folds that a text leaves open."""
    tokens = _markdown().parse(kept)
    inner = [child for token in tokens for child in [token, *(token.children or ())]]
    html = "".join(token.content for token in inner if token.type in {"html_block", "html_inline"})
    folds = html.count("<details") - html.count("</details>")
    code_end = _end_of_code(tokens[-1], kept.split("\n")) if tokens else ""
    return code_end + "\n\n</details>" * folds


def _end_of_code(last: Token, lines: Sequence[str]) -> str:
    # One inside a list or quote ends with it.
    if last.type != "fence" or last.level > 0 or last.map is None or last.map[1] < len(lines):
        return ""
    line = lines[-1].strip()
    is_closed = last.map[1] - last.map[0] > 1 and line.startswith(last.markup) and set(line) == {last.markup[0]}
    return "" if is_closed else f"\n{last.markup}"


@functools.cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark")


def first_characters(text: str, limit: int = 20_000) -> str:
    """Return the beginning of a text, saying how much is missing."""
    return text if len(text) <= limit else f"{text[:limit]}\n[{len(text) - limit} more characters]"


def last_lines(text: str, limit: int = 50, width: int = 300) -> str:
    """Return the last lines of a log, long ones cut, saying how many stand before them."""
    lines = text.rstrip().split("\n")
    shown = [line if len(line) <= width else line[:width] + "…" for line in lines[-limit:]]
    before = [f"[{len(lines) - limit} earlier lines]"] if len(lines) > limit else []
    return "\n".join([*before, *shown])
