"""The ways in which a model fails a reviewer, each over the real protocol."""

import dataclasses
import json
import threading
from collections.abc import Callable, Mapping

from fakes.model_server import Body, Says

Reply = Callable[[Body], Says]
WHOLE = json.dumps({"summary": "All of it is fine.", "findings": []})
SECONDS = 1.0  # that a model is waited for


@dataclasses.dataclass(frozen=True)
class Failing:
    """How the model fails, as a reply made of one that works; `reads` says whether the first pass comes through."""

    make: Callable[[Reply], Reply]
    reads: bool = False


def _always(says: Says) -> Failing:
    return Failing(lambda _works: lambda _body: says)


def _hangs(_works: Reply) -> Reply:
    def reply(_body: Body) -> Says:
        threading.Event().wait(3 * SECONDS)
        return Says(WHOLE)

    return reply


def _second_pass(says: Says) -> Failing:
    return Failing(lambda works: lambda body: says if _refutes(body) else works(body), reads=True)


def _second_file(works: Reply) -> Reply:
    """Fail for all questions that show the file b.py."""
    return lambda body: Says(status=500, text="busy") if "=== b.py" in body["messages"][-1]["content"] else works(body)


def _refutes(body: Body) -> bool:
    return "# The findings" in body["messages"][-1]["content"]


def _cut(works: Reply) -> Reply:
    def reply(body: Body) -> Says:
        text = works(body).text
        return Says(text[: len(text) // 2], finish="length")

    return reply


def _breaks_off(works: Reply) -> Reply:
    def reply(body: Body) -> Says:
        text = works(body).text
        return Says(text[: len(text) // 2], breaks_off=True)

    return reply


WAYS: Mapping[str, Failing] = {
    "404": _always(Says(status=404, text="no such model")),
    "401": _always(Says(status=401, text="who are you?")),
    "429": _always(Says(status=429, text="too many")),
    "500": _always(Says(status=500, text="out of memory")),
    "503": _always(Says(status=503, text="loading")),
    "empty": _always(Says("")),
    "white space": _always(Says(" \n\n ")),
    "prose": _always(Says("I have looked at the change and everything is fine. LGTM!")),
    "prose with braces": _always(Says("Everything {is} fine.")),
    "a list": _always(Says("[]")),
    "null": _always(Says("null")),
    "an empty object": _always(Says("{}")),
    "another schema": _always(Says('{"answer": 42, "ok": true, "findings": "none"}')),
    "findings that are no objects": _always(Says('{"summary": "s", "findings": ["bad", 7]}')),
    "findings elsewhere": _always(Says('{"summary": "s", "findings": [{"path": "z.py", "title": "t", "line": 1}]}')),
    "only an opening": _always(Says('{"summary": "Fine", "findings": [', finish="length")),
    "cut off": Failing(_cut),
    "breaks off": Failing(_breaks_off),
    "a whole answer without an end": _always(Says(WHOLE, breaks_off=True)),
    "hangs": Failing(_hangs),
    "second pass: 500": _second_pass(Says(status=500)),
    "second pass: prose": _second_pass(Says("They are all right.")),
    "second pass: breaks off": _second_pass(Says('{"verdicts": [', breaks_off=True)),
}
