"""The Markdown of a review: suggestions in fences that hold, and remarks that found no line, within a forge's limit."""

from collections.abc import Iterable

from bot.review import ReviewComment, suggestion_block

_GAP = "\n\n*[…]*\n\n"
_NOTHING_SAID = "What there is to say stands at the lines."


def comment_body(comment: ReviewComment, *, limit: int, fence_word: str = "suggestion") -> str:
    """Return what to write at a line: the remark and its suggestion, at most `limit` characters.

    `fence_word` is what makes the forge take a block for a suggestion. One that does not fit is left out, for half
    of it would be a wrong one.
    """
    if comment.suggestion is None:
        return shortened(comment.body, limit)
    block = suggestion_block(comment.suggestion, fence_word)
    whole = f"{comment.body.rstrip()}\n\n{block}".lstrip("\n")
    return clean(whole) if len(whole) <= limit else shortened(comment.body, limit)


def summary(body: str, folded: Iterable[ReviewComment], *, limit: int) -> str:
    """Return the text of a review: its summary, then what could not be placed, by file, at most `limit` characters.

    The summary comes first and keeps both its ends, so a marker in it survives. Remarks that do not fit are counted.
    """
    text = shortened(body, limit).rstrip() or _NOTHING_SAID
    last, left_out = "", 0
    for comment in folded:
        title = _title(comment)
        part = clean(f"\n\n{title}\n\n{_as_text(comment)}" if title != last else f"\n\n{_as_text(comment)}")
        if left_out or len(text) + len(part) > limit - len(_rest(99_999)):
            left_out += 1
        else:
            text, last = text + part, title
    return text + _rest(left_out) if left_out and len(text) + len(_rest(left_out)) <= limit else text


def shortened(text: str, limit: int) -> str:
    """Return a text cut in its middle to at most `limit` characters."""
    if len(text) > limit:
        half = (limit - len(_GAP)) // 2
        text = f"{text[:half]}{_GAP}{text[-half:]}"
    return clean(text)


def clean(text: str) -> str:
    """Return a text without halves of characters, which no forge takes: a path that is no UTF-8 is made of them."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _title(comment: ReviewComment) -> str:
    place = comment.place
    if place.file is None:
        return "---"
    path = place.file.path.replace("`", "'").replace("\n", " ")
    if place.first is None or place.last is None:
        return f"**`{path}`**"
    first, last = place.first.number(place.side), place.last.number(place.side)
    return f"**`{path}`**, line {first}" if first == last else f"**`{path}`**, lines {first} to {last}"


def _as_text(comment: ReviewComment) -> str:
    if comment.suggestion is None:
        return comment.body.strip()
    return f"{comment.body.strip()}\n\nInstead:\n\n{suggestion_block(comment.suggestion, '')}".lstrip("\n")


def _rest(count: int) -> str:
    return f"\n\n*{count} more {'remark does' if count == 1 else 'remarks do'} not fit here.*"
