"""A file's bytes as text, and the same way back: what an edit does not touch keeps every byte."""

import codecs
import re
from dataclasses import dataclass

from bot.errors import UserError

_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
# Tab, line feed, form feed, carriage return and escape stand in texts; of other control characters only data is full.
_DATA = re.compile("[\0-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_C1 = re.compile(rb"[\x80-\x9f]")  # signs in Windows' code page, control characters in latin-1
_NEIGHBOURS = re.compile(r"[^\0-\x7f](?=[^\0-\x7f])")

# What a comment in the first two lines says to Python (PEP 263), Ruby, Emacs, Vim, or an XML or CSS reader.
_DECLARED = re.compile(
    rb"[ \t\f]*(?:#|//|/\*|;|--|%|<\?xml\b|<!--|(?=@charset\b))"
    rb"[^\n]*?(?:coding[ \t]*[:=]|@charset)[ \t]*[\"']?([\w.-]+)"
)
_LOOKED_AT = 1000  # bytes of the first two lines
# Only encodings in which ASCII is ASCII and no sign depends on what stood before it.
_BELIEVED = re.compile(
    r"ascii|utf-8|iso8859-\d+|cp125\d|cp866|cp932|cp949|koi8-[rtu]|mac-roman|gb2312|gbk|gb18030|big5|shift_jis|euc_(?:jp|kr)"
)


class NotEncodableError(UserError):
    """A text holds a sign that its file cannot hold."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a file's text is written as bytes.

    `mark` are the bytes of a byte order mark, which is no part of the text. `signs`, where it is not None, are the only
    ones beyond ASCII that may be written: which encoding this is cannot be told, and other signs would be a guess.
    """

    codec: str = "utf-8"
    mark: bytes = b""
    signs: frozenset[str] | None = None

    def encode(self, text: str, path: str) -> bytes:
        """Return the bytes of a text; `path` is for the reader of an error. Raises NotEncodableError."""
        if self.signs is not None:
            known = self.signs
            strange = (n for n, sign in enumerate(text) if not sign.isascii() and sign not in known)
            number = next(strange, None)
            if number is not None:
                raise self._refusal(text, number, path)
        try:
            content = text.encode(self.codec)
        except UnicodeEncodeError as error:
            raise self._refusal(text, error.start, path) from error
        back = content.decode(self.codec)
        if back != text:  # some code pages put two signs on one byte
            raise self._refusal(text, next(n for n, sign in enumerate(text) if back[n : n + 1] != sign), path)
        return self.mark + content

    def _refusal(self, text: str, number: int, path: str) -> NotEncodableError:
        sign, line = text[number], text.count("\n", 0, number) + 1
        shown = f"{sign} (U+{ord(sign):04X})" if sign.isprintable() else f"U+{ord(sign):04X}"
        why = (
            f"is written in {self.codec}, which has no {shown}"
            if self.signs is None
            else f"is not UTF-8 and does not say what it is written in, so no {shown} can be put into it"
        )
        return NotEncodableError(
            f"{path} {why}; line {line} would hold it",
            mend="Write it without that sign, or convert the file to UTF-8 first.",
        )


def decode(content: bytes) -> tuple[str, Encoding] | None:
    r"""Return the text of a file, line endings and all, and how it is written; None for what is no text.

    By a fixed rule and never by likelihood: a byte order mark (UTF-8, UTF-16), then UTF-8, then what the file says of
    itself, then latin-1, or Windows' cp1252 where bytes from 0x80 to 0x9f are signs only there. Of pure ASCII the
    file's own word decides what may be added. `encoding.encode(text, path) == content` always holds.
    """
    for mark, codec in _MARKS.items():
        if content.startswith(mark):
            return _read(content[len(mark) :], Encoding(codec, mark))
    if b"\0" in content:
        return None
    declared = _declared(content)
    candidates = [declared, Encoding()] if content.isascii() else [Encoding(), declared]
    for candidate in candidates:
        found = candidate and _read(content, candidate)
        if found:
            return found
    return _read_bytewise(content)


def _read(content: bytes, encoding: Encoding) -> tuple[str, Encoding] | None:
    """Decode, if that is text and leads back to the same bytes."""
    try:
        text = content.decode(encoding.codec)
        exact = text.encode(encoding.codec) == content
    except UnicodeError:
        return None
    is_data = "\0" in text if encoding.codec == "utf-8" else _DATA.search(text)
    return (text, encoding) if exact and not is_data else None


def _declared(content: bytes) -> Encoding | None:
    for line in content[:_LOOKED_AT].split(b"\n")[:2]:
        found = _DECLARED.match(line)
        if found:
            try:
                codec = codecs.lookup(found[1].decode("ascii", "replace")).name
            except LookupError:
                return None
            return Encoding(codec) if _BELIEVED.fullmatch(codec) else None
    return None


def _read_bytewise(content: bytes) -> tuple[str, Encoding] | None:
    """Read one byte as one sign; where most stand side by side, as in Cyrillic or Chinese, they only look western."""
    codec = "cp1252" if _C1.search(content) else "latin-1"
    found = _read(content, Encoding(codec))
    if not found:
        return None
    text, encoding = found
    signs = [sign for sign in text if not sign.isascii()]
    if len(_NEIGHBOURS.findall(text)) * 2 > len(signs):
        encoding = Encoding(codec, signs=frozenset(signs))
    return text, encoding
