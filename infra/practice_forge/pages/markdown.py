"""Comments as HTML: Markdown, a handful of safe tags, task lists, and links to issues and people."""

import re
from collections.abc import Callable, MutableMapping, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup

# Exactly these spellings pass; attributes, other tags and halves of tags are shown as the text that they are.
SAFE_TAG = re.compile(r"</?(?:details|summary|sub)>|<details open>|<br ?/?>")
HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
TASK = re.compile(r"\[([ xX])\] ")
REFERENCE = re.compile(
    r"(?P<url>https?://[^\s<>]*[^\s<>.,;:!?)\]'\"])|(?<![\w/&])(?P<name>[#!]\d{1,9})\b|(?<![\w.@/`-])@(?P<login>\w[\w-]*)"
)
Environment = MutableMapping[str, Any]


class Comments:
    """Turns Markdown into HTML that is safe to place in a page."""

    def __init__(self) -> None:
        self._markdown = MarkdownIt("commonmark", {"html": True, "breaks": True})
        self._markdown.enable(["table", "strikethrough"])
        self._markdown.core.ruler.push("task_lists", mark_tasks)
        self._markdown.core.ruler.push("references", link_references)
        self._markdown.add_render_rule("html_inline", _show_tags)
        self._markdown.add_render_rule("html_block", _show_tags)
        self._markdown.add_render_rule("task_box", _show_box)

    def html(self, text: str, link_issue: Callable[[str], str | None]) -> Markup:
        """Return `text` as HTML; `link_issue` gives the address of `#1` or `!1`, or None when there is none."""
        rendered = self._markdown.render(text, {"link_issue": link_issue})
        # Every tag in here is markdown-it's own or passed SAFE_TAG.
        return Markup(rendered)  # noqa: S704


def safe_html(raw: str) -> str:
    """Drop HTML comments, let the few safe tags pass, and escape all else."""
    shown = HIDDEN.sub("", raw)
    parts, position = [], 0
    for match in SAFE_TAG.finditer(shown):
        parts += [escapeHtml(shown[position : match.start()]), match.group()]
        position = match.end()
    return "".join([*parts, escapeHtml(shown[position:])])


def _show_tags(_self: RendererHTML, tokens: Sequence[Token], index: int, _options: Any, _env: Environment) -> str:
    return safe_html(tokens[index].content)


def _show_box(_self: RendererHTML, tokens: Sequence[Token], index: int, _options: Any, _env: Environment) -> str:
    checked = " checked" if tokens[index].content else ""
    return f'<input type="checkbox" disabled{checked}> '


def mark_tasks(state: StateCore) -> None:
    """Make `- [x] done` a ticked box."""
    for index, token in enumerate(state.tokens[2:], start=2):
        item, children = state.tokens[index - 2], token.children or []
        found = TASK.match(token.content) if token.type == "inline" and item.type == "list_item_open" else None
        if found and children and children[0].type == "text":
            item.attrSet("class", "task")
            children[0].content = children[0].content[len(found.group()) :]
            mark = "x" if found.group(1) != " " else ""
            token.children = [Token("task_box", "input", 0, content=mark), *children]


def link_references(state: StateCore) -> None:
    """Make addresses, `#12`, `!12` and `@ann` stand out where they are plain text."""
    for token in state.tokens:
        depth, children = 0, []
        for child in token.children or []:
            depth += {"link_open": 1, "link_close": -1}.get(child.type, 0)
            children += [child] if depth or child.type != "text" else _linked(child, state.env)
        if token.type == "inline":
            token.children = children


def _linked(token: Token, env: Environment) -> list[Token]:
    """Cut one piece of text at its references."""
    pieces, position = [], 0
    for match in REFERENCE.finditer(token.content):
        href = match["url"] or (env["link_issue"](match["name"]) if match["name"] else None)
        if href is None and not match["login"]:
            continue
        pieces.append(Token("text", "", 0, content=token.content[position : match.start()]))
        tag, attributes = ("a", {"href": href}) if href else ("strong", {"class": "mention"})
        pieces += [
            Token(f"{'link' if href else 'strong'}_open", tag, 1, attrs=dict(attributes)),
            Token("text", "", 0, content=match.group()),
            Token(f"{'link' if href else 'strong'}_close", tag, -1),
        ]
        position = match.end()
    return [*pieces, Token("text", "", 0, content=token.content[position:])]
