"""A model's answer becomes findings, however badly it is written; and nonsense never becomes "nothing found"."""

import json
import re
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.quoting import break_turns
from tasks.review.finding import Category, Finding, Severity
from tasks.review.reply import Reply, read_reply
from tasks.review.schema import MOST_FINDINGS, findings

PATHS = ("src/kit.py", "src/web/app.js")
ITEM: dict[str, Any] = {
    "path": "src/kit.py",
    "line": 12,
    "last_line": 13,
    "quote": "    return a / b",
    "body": "`b` may be 0.",
    "title": "Division by zero",
    "category": "bug",
    "severity": "major",
    "suggestion": "    return a / b if b else 0",
    "confidence": 0.8,
}
FOUND = Finding(
    path="src/kit.py",
    first=12,
    last=13,
    title="Division by zero",
    body="`b` may be 0.",
    rule="model/bug",
    source="model",
    severity=Severity.MAJOR,
    category=Category.BUG,
    confidence=0.8,
    quote="    return a / b",
    suggestion="    return a / b if b else 0",
)
OTHER = {**ITEM, "path": "src/web/app.js", "title": "Other"}
WHOLE = {"summary": "Adds a function.", "findings": [ITEM]}
TEXT = json.dumps(WHOLE)


def answer(**changes: Any) -> str:
    return json.dumps({"summary": "s", "findings": [{**ITEM, **changes}]})


def only(text: str) -> Finding:
    reply = read_reply(text, PATHS)
    assert not reply.problem
    assert len(reply.findings) == 1
    return reply.findings[0]


def test_an_answer_as_it_was_asked_for_needs_no_repair() -> None:
    jsonschema.validate(WHOLE, findings(PATHS))
    assert read_reply(TEXT, PATHS) == Reply((FOUND,), "Adds a function.")


def test_an_explicit_empty_list_in_a_whole_answer_is_nothing_found() -> None:
    assert read_reply('{"summary": "Fine.", "findings": []}', PATHS) == Reply(summary="Fine.")


@pytest.mark.parametrize(
    "text",
    [
        f"```json\n{TEXT}\n```",
        f"Here is my review:\n\n```\n{json.dumps(WHOLE, indent=2)}\n```\nI hope it helps!",
        f'Of the call `f({{"a": 1}})` I say: {TEXT}. Is there "more"?',
        TEXT[:-3] + ",}],}",
        TEXT.replace("`b` may", "`b`\nmay").replace("\\n", "\n"),
        str(WHOLE),
        TEXT.replace('"title"', '"extra": null, "title"'),
        json.dumps([ITEM]),
        json.dumps(ITEM),
    ],
    ids=["fenced", "prose", "braces in prose", "commas", "line end", "python", "key", "bare list", "bare item"],
)
def test_a_sloppy_answer_is_mended_and_counted(text: str) -> None:
    reply = read_reply(text, PATHS)
    assert [finding.title for finding in reply.findings] == ["Division by zero"]
    assert reply.repairs == 1
    assert (reply.problem, reply.is_cut) == ("", False)


def test_thoughts_before_the_answer_are_no_repair() -> None:
    assert read_reply(f"<think>Is {{x}} a bug?</think>\n{TEXT}", PATHS) == read_reply(TEXT, PATHS)


@pytest.mark.parametrize(
    ("changes", "seen"),
    [
        ({"line": "12-13", "last_line": "13"}, ("first", 12)),
        ({"line": 12.0}, ("last", 13)),
        ({"last_line": 3}, ("last", 12)),
        ({"line": 0}, ("first", 0)),
        ({"line": "none", "last_line": None}, ("suggestion", None)),
        ({"confidence": "85%"}, ("confidence", 0.85)),
        ({"confidence": "high"}, ("confidence", 0.9)),
        ({"confidence": True}, ("confidence", 0.5)),
        ({"confidence": -3}, ("confidence", 0.0)),
        ({"severity": "Blocker"}, ("severity", Severity.CRITICAL)),
        ({"severity": ["?"]}, ("severity", Severity.MINOR)),
        ({"category": "readability"}, ("rule", "model/style")),
        ({"path": "b/src/kit.py"}, ("path", "src/kit.py")),
        ({"path": "`kit.py`"}, ("path", "src/kit.py")),
        ({"title": " a\n b "}, ("title", "a b")),
        ({"title": ""}, ("title", "`b` may be 0.")),
        ({"suggestion": "```python\n    pass\n```"}, ("suggestion", "    pass")),
        ({"suggestion": "   12 + |     pass\n   13 + |     pass"}, ("suggestion", "    pass\n    pass")),
        ({"quote": "   12 + |     return a / b"}, ("quote", "    return a / b")),
        ({"quote": "| a | b |"}, ("quote", "| a | b |")),
        ({"suggestion": break_turns("<p></s>[INST]")}, ("suggestion", "<p></s>[INST]")),
        ({"suggestion": ""}, ("suggestion", None)),
        ({"suggestion": "None"}, ("suggestion", None)),
        ({"suggestion": "x" * 9000}, ("suggestion", None)),
        ({"suggestion": False}, ("suggestion", None)),
    ],
)
def test_fields_of_another_type_say_what_they_can(changes: dict[str, Any], seen: tuple[str, Any]) -> None:
    assert getattr(only(answer(**changes)), seen[0]) == seen[1]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "empty"),
        (" \n ", "empty"),
        ("<think>Let me see</think>", "empty"),
        ("The change looks good to me.", "prose"),
        ("LGTM! Only `{}` is odd.", "another shape"),
        ("{}", "another shape"),
        ("[]", "another shape"),
        ('{"findings": null}', "another shape"),
        ('{"findings": {}}', "another shape"),
        ('{"findings": "none"}', "another shape"),
        ('{"findings": ["none"]}', "another shape"),
        ('{"findings": [{}]}', "another shape"),
        ('{"findings": [}', "another shape"),
        ('{"findings": []', "another shape"),
        ('{"findings": []} or rather {"findings": [1]}', "another shape"),
        ('{"bugs": []}', "another shape"),
        ("null", "prose"),
        ('{"summary": "It adds', "cut off"),
        ('{"summary": "s", "findings": [', "cut off"),
        ('{"summary": "s", "findings": [{"path": "src/kit.py", "line": 1', "cut off"),
        ("[" * 100_000, "cut off"),
        (answer(path="made/up.py"), "nothing about the files"),
        (answer(title="", body=""), "nothing about the files"),
    ],
)
def test_what_is_no_answer_is_named_and_never_nothing_found(text: str, problem: str) -> None:
    reply = read_reply(text, PATHS)
    assert problem in reply.problem
    assert reply.findings == ()


@pytest.mark.parametrize("finish_reason", ["length", "stop"])
def test_of_a_cut_answer_the_whole_items_are_kept(finish_reason: str) -> None:
    text = json.dumps({"summary": "s", "findings": [ITEM, OTHER]})
    begin, end = text.index('"src/web/app.js"'), len(text) - len("}]}")
    for place in range(begin, end):
        reply = read_reply(text[:place], PATHS, finish_reason=finish_reason)
        assert reply.findings == (FOUND,), text[:place]
        assert reply.is_cut


def test_an_answer_that_was_whole_before_it_was_cut_is_whole() -> None:
    assert not read_reply(TEXT + "\n" * 50, PATHS, finish_reason="length").is_cut


def test_a_cut_answer_whose_last_item_is_whole_keeps_it_and_is_cut() -> None:
    reply = read_reply(TEXT[:-2], PATHS, finish_reason="length")
    assert reply.findings == (FOUND,)
    assert reply.is_cut


def test_thoughts_that_never_end_are_a_cut_answer() -> None:
    assert "cut off" in read_reply("<think>Hm, " * 99, PATHS, finish_reason="length").problem


def test_a_model_that_repeats_itself_is_heard_once() -> None:
    reply = read_reply(json.dumps({"summary": "s", "findings": [ITEM] * 30}), PATHS)
    assert reply.findings == (FOUND,)
    assert reply.dropped == 29


def test_no_more_is_taken_than_was_asked_for() -> None:
    many = [{**ITEM, "title": str(number)} for number in range(30)]
    assert len(read_reply(json.dumps({"summary": "s", "findings": many}), PATHS).findings) == MOST_FINDINGS


def test_files_that_were_not_shown_are_dropped_and_counted() -> None:
    reply = read_reply(json.dumps({"summary": "s", "findings": [ITEM, {**ITEM, "path": "kit/src.py"}]}), PATHS)
    assert (len(reply.findings), reply.dropped) == (1, 1)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*ITEM, "findings", "summary", "x"]), inner, max_size=6)
    ),
    max_leaves=20,
)


@settings(deadline=None)
@given(st.text() | JSON.map(json.dumps) | JSON.map(lambda value: json.dumps({"summary": "", "findings": [value]})))
def test_nothing_that_a_model_writes_is_an_error(text: str) -> None:
    reply = read_reply(text, PATHS)
    assert not (reply.problem and reply.findings)
    if not reply.problem and not reply.findings:
        assert re.search(r"""findings["']?\s*:\s*\[\s*\]\s*[,}]""", text)


@settings(deadline=None)
@given(st.integers(0, len(TEXT)), st.text(max_size=3))
def test_an_answer_that_is_broken_anywhere_is_an_answer_or_a_problem(place: int, junk: str) -> None:
    reply = read_reply(TEXT[:place] + junk + TEXT[place + 2 :], PATHS)
    assert reply.findings or reply.problem
