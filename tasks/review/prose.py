"""Makes Markdown of models, tools and strangers safe to stand among our own: it formats itself and nothing else."""

import re

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tasks.quoting import cut, defuse, fence

LONGEST = 10_000  # characters; nobody reads more at one line, and patterns of signs cost more than their length

_CODE = re.compile(
    r"(?ms)(^ {0,3}(?P<f>`{3,}|~{3,})[^\n]*\n.*?^ {0,3}(?P=f)[`~]*[ \t]*$|(?<!`)(?P<t>`+)(?!`)[^\n]+?(?<!`)(?P=t)(?!`))"
)
# On a forge such a block is a button that changes the file; only what was tried may become one.
_BUTTON = re.compile(r"(?im)((?:`{3,}|~{3,})[ \t]*)suggestion\S*")
_SCRIPT = re.compile(r"(?i)\b(javascript|vbscript)(?=:)")
_HTML = re.compile(r"<(?=[A-Za-z/!?])")
_HEADING = re.compile(r"(?m)^ {0,3}#{1,6}[ \t]+")


def prose(text: str) -> str:
    """Return Markdown that pings nobody, shows no picture and no HTML, offers no button, and ends what it begins.

    What cannot be made sure of is shown as code; what is too long is cut, and says so.
    """
    plain = _BUTTON.sub(r"\1text", defuse(cut(text.strip(), LONGEST)))
    gentle = "".join(part if is_code else _harmless(part) for part, is_code in _parts(plain))
    for shown in (gentle, _harmless(plain)):
        closed = _closed(shown)
        if closed is not None and not _has_foreign(closed):
            return closed
    return fence(plain)


def _parts(text: str) -> list[tuple[str, bool]]:
    """Split text into code, as far as it can be told by its signs, and the rest."""
    parts, end = list[tuple[str, bool]](), 0
    for match in _CODE.finditer(text):
        parts += [(text[end : match.start()], False), (match[0], True)]
        end = match.end()
    return [*parts, (text[end:], False)]


def _harmless(text: str) -> str:
    shown = _HTML.sub("&lt;", text.replace("![", "!\\["))
    return _HEADING.sub("", _SCRIPT.sub("\\1\u200b", shown))


def _closed(text: str) -> str | None:
    """Return text after which ours is read as ours: with the code block closed that it leaves open, if any."""
    for end in ("", "\n```", "\n~~~", "\n````", "\n`````"):
        last = _tokens(f"{text}{end}\n\nours")[-3:]
        if [token.type for token in last] == ["paragraph_open", "inline", "paragraph_close"] and last[1].level == 1:
            return text + end
    return None


def _has_foreign(text: str) -> bool:
    """Return whether a forge would show HTML or a picture, or a button; asked of a parser, whatever the signs say."""
    inner = [child for token in _tokens(text) for child in (token, *(token.children or ()))]
    kinds = {token.type for token in inner}
    has_button = any(token.type == "fence" and token.info.strip().lower().startswith("suggestion") for token in inner)
    return has_button or bool(kinds & {"html_block", "html_inline", "image"})


def _tokens(text: str) -> list[Token]:
    return MarkdownIt("commonmark").parse(text)
