"""The lines around a change with the lines that enclose them, for languages with brackets. Pure.

Of each block that encloses the change only the first and the last line are kept. Such a skeleton parses if and only if
the file does, as long as what is left out is whole, and the change stands in no comment or string of several lines.
"""

import re
from collections.abc import Iterator

from tasks.patch.syntax.changes import Change, Part
from tasks.patch.syntax.lines import least_indent, lines_above, lines_below

_PAIRS = (("(", ")"), ("[", "]"), ("{", "}"))
_CLOSES = re.compile(r"[)\]}]|</|/>")
_INSIDE = re.compile(rf"{_CLOSES.pattern}|\{{|(?:else|catch|finally|while)\b")  # no item begins with such a line
_LABEL = re.compile(r"(?:case\b.*|default):\s*$")  # in Go it is indented as its `switch` is
_BRACKET = re.compile(r"[()\[\]{}]")
_CLOSING = re.compile(r"[)\]}][)\]};,]*")
_COMMENTS = ("//", "/*", "*")

# By grammar: the sign that opens and closes strings of several lines, and what ends a line after which an item begins.
_SIGNS = {
    "tree_sitter_css": ("", ";}"),
    "tree_sitter_go": ("`", ";,})"),
    "tree_sitter_javascript": ("`", ";,"),
    "tree_sitter_rust": ('"', ";,"),
    "tree_sitter_typescript:language_tsx": ("`", ";,"),
    "tree_sitter_typescript:language_typescript": ("`", ";,"),
}


def has_skeletons(grammar: str) -> bool:
    """Say whether files of a grammar can be judged by skeletons."""
    return grammar in _SIGNS


def skeleton_around(grammar: str, old: str, new: str, change: Change) -> Part:
    """Return the skeleton of the lines around a change."""
    quote, ends = _SIGNS[grammar]
    if quote and new.count(quote, 0, change.new_start) % 2:
        change = _with_string(new, change, quote)
    start, indent = _beginning(new, change.new_start, least_indent(old, new, change), ends)
    end = _ending(new, start, change.new_end, indent)
    before = old[start - change.new_start + change.old_start : end - change.new_end + change.old_end]
    if not (_is_whole(before, quote) and _nests(new[start:end]) and _stands_in_code(new, start, quote)):
        return Part(start, end, None)
    text = _enclosed(new, start, end, indent)
    if grammar == "tree_sitter_go" and text and not text.lstrip().startswith("package"):
        text = f"package p\n{text}"  # without one, the grammar takes a text for statements
    return Part(start, end, text)


def _with_string(new: str, change: Change, quote: str) -> Change:
    """Return the change from the line on which the string begins that it stands in, to the one on which it ends."""
    start = new.rfind("\n", 0, new.rfind(quote, 0, change.new_start)) + 1
    end = change.new_end
    if new.count(quote, start, end) % 2:
        end = new.find("\n", new.find(quote, end)) + 1 or len(new)
    return change.widened(change.new_start - start, end - change.new_end)


def _beginning(new: str, at: int, indent: int, ends: str) -> tuple[int, int]:
    """Return where the lines around a change begin, and how deep: after an item that surely ended, or with it."""
    found, within = at, False  # within: an item whose last line was seen
    goes_on = new[at : at + 200].lstrip().startswith((";", ","))
    for start, depth, code in lines_above(new, at):
        if depth > indent or code[0] in "\r\n" or code.startswith(_COMMENTS):
            continue
        if not within and depth < indent and not _CLOSES.match(code):
            return found, indent  # it heads the block in which the change comes first
        if not (within or goes_on) and depth == indent and _ends_item(code, ends):
            return found, indent
        indent = depth
        if not _CLOSES.match(code):
            return start, indent
        within = True
    return 0, 0


def _ending(new: str, start: int, at: int, indent: int) -> int:
    """Return where the lines around a change end: before the next item, or after it where the change may reach it."""
    taken = _ends_item(new[start:at], ";")
    for below, depth, code in lines_below(new, at, indent):
        if depth < indent and _CLOSES.match(code):
            return below
        if _INSIDE.match(code) or code.startswith(_COMMENTS):
            continue
        if taken:
            return below
        taken = True
    return len(new)


def _ends_item(text: str, ends: str) -> bool:
    """Say whether the last line of code in a text surely ends a statement, or an item of a list."""
    for line in reversed(text.rstrip().split("\n")):
        code = line.strip()
        if code and not code.startswith(_COMMENTS):
            return code[-1] in ends and "//" not in code and not code.endswith("*/")
    return False


def _enclosed(new: str, start: int, end: int, indent: int) -> str | None:
    """Return the lines with the first and last lines of all blocks around them; None where one has no such lines."""
    text = new[start:end] + "\n"
    for head_start, head_end, depth in _heads(new, start, indent):
        head, between = new[head_start:head_end], new[head_end:start]
        if not _is_balanced(between):
            return None
        if _is_balanced(head):  # no block, but an item of several lines: all of it is needed
            rest, end = end, _end_of_item(new, end, depth)
            text = head + between + text + new[rest:end] + "\n"
        else:
            below = (line for line in lines_below(new, end, depth) if not _LABEL.match(line[2]))
            tail_start, _, code = next(below, (end, 0, ""))
            closing = _CLOSING.match(code)
            if not closing or not _is_balanced(head + closing[0]):
                return None
            text, end = f"{head}{text}{closing[0]}\n", tail_start
        start = head_start
    return text


def _end_of_item(new: str, at: int, depth: int) -> int:
    below = lines_below(new, at, depth)
    return next((start for start, indent, code in below if indent < depth or not _CLOSES.match(code)), len(new))


def _heads(new: str, at: int, indent: int) -> Iterator[tuple[int, int, int]]:
    """Yield start, end and depth of what heads each block around a line, upward; `) {` belongs to a line above it."""
    pending: tuple[int, int, int] | None = None
    for start, depth, code in lines_above(new, at):
        below, at = at, start
        if code[0] in "\r\n" or code.startswith(_COMMENTS):
            continue
        if pending and depth < indent:
            yield pending
            pending = None
        if depth >= indent and not (pending and depth == indent):
            continue
        end = pending[1] if pending else below
        indent, pending = depth, (start, end, depth)
        if not _INSIDE.match(code) and not _LABEL.match(code):
            yield pending
            pending = None
            if not indent:
                return


def _is_whole(text: str, quote: str) -> bool:
    """Say whether a text closes the brackets, strings and comments that it opens, as far as counting tells."""
    return _is_balanced(text) and text.count("/*") == text.count("*/") and not (quote and text.count(quote) % 2)


def _nests(text: str) -> bool:
    """Say whether a text closes all brackets that it opens, and none before."""
    depth = 0
    for bracket in _BRACKET.findall(text):
        depth += 1 if bracket in "([{" else -1
        if depth < 0:
            return False
    return not depth


def _is_balanced(text: str) -> bool:
    return all(text.count(left) == text.count(right) for left, right in _PAIRS)


def _stands_in_code(text: str, at: int, quote: str) -> bool:
    """Say whether a place stands in no comment and no string of several lines, as far as counting tells."""
    return text.rfind("/*", 0, at) <= text.rfind("*/", 0, at) and not (quote and text.count(quote, 0, at) % 2)
