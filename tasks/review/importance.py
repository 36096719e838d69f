"""Which files a reviewer reads first, and which a person has not written. Pure, by paths alone."""

import enum
import re

from bot.languages import languages_of


class Importance(enum.IntEnum):
    """The order of reading: what runs, then what proves it, then what explains it."""

    SOURCE = 0
    SETTINGS = 1
    TESTS = 2
    DOCS = 3


_TESTS = re.compile(
    r"(?i)(^|/)(tests?|specs?|__tests__|testdata|fixtures)/|(^|/)test_[^/]*$|[._-](test|spec)s?\.[^/]*$"
)
_DOCS = re.compile(r"(?i)(^|/)docs?/|(^|/)(changelog|licen[cs]e|readme)[^/]*$|\.(md|rst|txt|adoc)$")
_VENDORED = re.compile(r"(^|/)(node_modules|bower_components|vendor|third_party|site-packages|dist|\.next|\.eggs)/")
_LOCKED = re.compile(
    r"(^|/)(go\.sum|npm-shrinkwrap\.json|packages\.lock\.json|[^/]*\.lock(b|file)?|[^/]*-lock\.(json|yaml))$"
)
_GENERATED = re.compile(
    r"\.(min\.(js|css)|map|svg|snap|pb\.go|pb\.cc|pb\.h|g\.dart|designer\.cs)$|_pb2(_grpc)?\.pyi?$|(^|/)[^/]*\.generated\."
)
_DECLARED = re.compile(r"(?i)code generated .{0,60}do not edit|@generated\b")


def importance(path: str) -> Importance:
    """Say how soon a file should be read."""
    if _TESTS.search(path):
        return Importance.TESTS
    if _DOCS.search(path):
        return Importance.DOCS
    return Importance.SOURCE if languages_of(path) else Importance.SETTINGS


def made_by_machine(path: str) -> str:
    """Say by its path why no person has written a file; empty when one may have."""
    if _VENDORED.search(path):
        return "other people's code"
    if _LOCKED.search(path):
        return "a lock file"
    return "generated" if _GENERATED.search(path) else ""


def declares_generated(first_lines: str) -> bool:
    """Say whether a file's first lines say that a program wrote it (https://go.dev/s/generatedcode)."""
    return _DECLARED.search(first_lines) is not None
