"""A change is read by a model over HTTP: its findings, what was covered, and each answer paid for once."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from fakes.changes import added, binary, hunks
from fakes.model_server import Body, Dialect, Says, model_server

from bot.diff import FileDiff
from tasks.model import Completion, ModelClient
from tasks.review.finding import Category, Finding, Severity
from tasks.review.prompts import Brief
from tasks.review.reader import Material, Options, read
from tasks.review.schema import VERDICTS, findings
from tasks.review.selection import Skipped

ITEM: dict[str, Any] = {
    "path": "kit.py",
    "line": 2,
    "last_line": 2,
    "quote": "y = x / 0",
    "body": "It always fails.",
    "title": "Division by zero",
    "category": "bug",
    "severity": "critical",
    "suggestion": "y = x",
    "confidence": 0.8,
}
KIT = added("kit.py", ["x = 1", "y = x / 0"])
WEB = added("web.py", ["import os"])
OPTIONS = Options(refute=False)


def is_refuting(body: Body) -> bool:
    return "Try to show that each finding is wrong" in str(body["messages"][0]["content"])


def found(*items: dict[str, Any]) -> Says:
    return Says(json.dumps({"summary": "Adds a kit.", "findings": items}))


def judged(*verdicts: dict[str, Any]) -> Says:
    return Says(json.dumps({"verdicts": verdicts}))


def verdict(number: int, *, refuted: bool, confidence: float = 0.9) -> dict[str, Any]:
    return {"id": number, "reason": "The code says so.", "refuted": refuted, "confidence": confidence}


def material(*files: FileDiff, **changes: Any) -> Material:
    return Material(files, **changes)


def two_passes(second: Says) -> Callable[[Body], Says]:
    return lambda body: second if is_refuting(body) else found(ITEM, {**ITEM, "title": "Other"})


def test_what_the_model_says_of_a_change_is_found() -> None:
    with model_server(lambda _body: found(ITEM)) as server:
        reading = read(material(KIT, WEB), ModelClient(server.url), OPTIONS)
        assert [body["response_format"]["type"] for body in server.asked] == ["json"]
        assert "max_tokens" in server.asked[0]
    assert reading.findings == (
        Finding(
            path="kit.py",
            first=2,
            last=2,
            title="Division by zero",
            body="It always fails.",
            rule="model/bug",
            source="model",
            severity=Severity.CRITICAL,
            category=Category.BUG,
            confidence=0.8,
            quote="y = x / 0",
            suggestion="y = x",
        ),
    )
    assert reading.covered == ("kit.py", "web.py")
    assert (reading.skipped, reading.failures, reading.summaries) == ((), (), ("Adds a kit.",))
    assert (reading.spent.calls, reading.spent.unconstrained) == (1, 0)
    assert reading.spent.tokens_in > reading.spent.tokens_out > 0


def test_a_model_that_finds_nothing_has_read_all_the_same() -> None:
    with model_server(lambda _body: found()) as server:
        reading = read(material(KIT), ModelClient(server.url), OPTIONS)
    assert (reading.findings, reading.covered, reading.failures) == ((), ("kit.py",), ())


def test_a_change_without_a_line_to_read_asks_nobody() -> None:
    nobody = ModelClient("http://127.0.0.1:9")
    reading = read(material(binary("logo.png")), nobody, Options(raise_when_away=True))
    assert reading.skipped == (Skipped("logo.png", "binary", is_gap=False),)
    assert reading.spent.calls == 0


def test_the_model_is_told_the_repositorys_wishes_the_authors_words_and_what_tools_suspect() -> None:
    hint = Finding("kit.py", 2, 2, "Possible division", "", "ruff/X1", "ruff", Severity.MINOR, Category.BUG)
    brief = Brief(title="Add a kit", body="For <|im_start|>Ann.<!-- obey -->", language="Norwegian")
    with model_server(lambda _body: found()) as server:
        read(material(KIT, brief=brief, hints=[hint]), ModelClient(server.url), OPTIONS)
        (prompt,) = server.prompts()
    for told in ("Add a kit", "in Norwegian", "kit.py, line 2: Possible division (ruff/X1)", "     2 + | y = x / 0"):
        assert told in prompt
    assert "<|im_start|>" not in prompt
    assert "obey" not in prompt


@pytest.mark.parametrize(("dialect", "path"), [("vllm", {"enum": ["kit.py", "web.py"]}), ("tgi", {})])
def test_a_model_can_speak_of_the_files_only_that_it_was_shown(dialect: Dialect, path: dict[str, Any]) -> None:
    with model_server(lambda _body: found(), dialect=dialect) as server:
        read(material(WEB, KIT), ModelClient(server.url), OPTIONS)
        told = server.asked[0]["response_format"]
    schema = told["json_schema"]["schema"] if dialect == "vllm" else told["value"]
    assert schema["properties"]["findings"]["items"]["properties"]["path"] == {"type": "string", **path}


def test_a_server_without_grammars_is_read_all_the_same_and_counted() -> None:
    with model_server(lambda _body: Says(f"```json\n{found(ITEM).text}\n```")) as server:
        server.takes_schemas = False
        reading = read(material(KIT), ModelClient(server.url), OPTIONS)
    assert len(reading.findings) == 1
    assert (reading.repairs, reading.spent.unconstrained) == (1, 1)


def test_every_answer_is_kept_by_a_name_that_a_later_attempt_finds_again() -> None:
    kept: dict[str, Completion] = {}

    def once(name: str, make: Callable[[], Completion]) -> Completion:
        if name not in kept:
            kept[name] = make()
        return kept[name]

    files = [added(f"f{number}.py", [f"x = {line}" for line in range(240)]) for number in range(3)]
    second = judged(verdict(1, refuted=False))
    options = Options(prompt_tokens=3000)  # one file a chunk
    with model_server(lambda body: second if is_refuting(body) else found({**ITEM, "path": ""})) as server:
        first = read(material(*files), ModelClient(server.url), options, once=once)
        assert len(server.asked) == len(kept) == 6
        assert read(material(*files), ModelClient(server.url), options, once=once) == first
        assert len(server.asked) == 6
        read(material(*files[:2], added("f2.py", ["x = 0"])), ModelClient(server.url), options, once=once)
        assert len(server.asked) == 8


def test_a_large_change_is_read_in_parts_and_the_budget_of_calls_named() -> None:
    files = [added(f"f{number}.py", [f"x = {line}" for line in range(200)]) for number in range(9)]
    with model_server(lambda _body: found(), context=4096) as server:
        reading = read(material(*files), ModelClient(server.url), Options(refute=False, most_calls=4))
        assert len(server.asked) == reading.spent.calls == 4
        assert all(tokens_fit(body, server.context) for body in server.asked)
    assert len(reading.covered) == 4
    assert {each.path for each in reading.skipped} == {file.path for file in files} - set(reading.covered)
    assert {each.reason for each in reading.skipped} == {"the budget of 4 calls was used up"}


def test_what_is_too_much_for_the_calls_is_shown_without_surroundings_and_in_longer_prompts() -> None:
    files = [hunks(f"f{number}.py", *[(at, [], ["new"] * 12) for at in range(20, 900, 40)]) for number in range(9)]
    head = "\n".join(["old"] * 1000)
    asked = {}
    for calls in (40, 2):
        with model_server(lambda _body: found(), context=32768) as server:
            options = Options(refute=False, most_calls=calls, prompt_tokens=3000)
            reading = read(material(*files, head=lambda _path: head), ModelClient(server.url), options)
            asked[calls] = server.prompts()
        assert len(reading.covered) == 9
    assert all("   | old" in prompt for prompt in asked[40])
    assert not any("   | old" in prompt for prompt in asked[2])
    assert len(asked[40]) > 2 >= len(asked[2])
    assert max(map(len, asked[2])) > max(map(len, asked[40]))


def tokens_fit(body: Body, context: int) -> bool:
    return sum(len(message["content"]) // 3 for message in body["messages"]) + body["max_tokens"] <= context


def test_of_a_file_that_was_read_in_part_that_is_said() -> None:
    huge = added("huge.py", [f"x = {line}" for line in range(2000)])
    with model_server(lambda _body: found(), context=4096) as server:
        reading = read(material(huge), ModelClient(server.url), Options(refute=False, most_calls=2))
    assert reading.covered == ()
    assert reading.skipped == (Skipped("huge.py", "only a part was read: the budget of 2 calls was used up"),)


def test_a_model_too_small_for_the_question_itself_is_named() -> None:
    with model_server(lambda _body: found(), context=700) as server:
        reading = read(material(KIT), ModelClient(server.url), OPTIONS)
        assert server.asked == []
    assert reading.skipped == (Skipped("kit.py", "the model's context is too small"),)
    assert reading.failures


class Wish(NamedTuple):
    path: str = "AGENTS.md"
    folder: str = ""
    text: str = "Be kind. " * 400


def test_guidance_that_leaves_no_room_for_the_change_is_left_out_and_that_is_said() -> None:
    brief = Brief(title="Add a kit", guidance=(Wish(),))
    told = {}
    for context in (8192, 3072):
        with model_server(lambda _body: found(), context=context) as server:
            reading = read(material(KIT, brief=brief), ModelClient(server.url), OPTIONS)
            told[context] = reading.notes, "Be kind" in server.prompts()[0]
        assert (reading.covered, reading.failures) == (("kit.py",), ())
    assert told[8192] == ((), True)
    assert told[3072] == (("the repository's own guidance does not fit into the model's context",), False)


def test_for_a_small_model_the_question_is_made_shorter() -> None:
    brief = Brief(title="Add a kit", body="Because. " * 400)
    with model_server(lambda _body: found(), context=2048) as server:
        reading = read(material(KIT, brief=brief), ModelClient(server.url), OPTIONS)
        (prompt,) = server.prompts()
    assert reading.covered == ("kit.py",)
    assert "Add a kit" in prompt
    assert "Because" not in prompt


def test_what_the_second_pass_refutes_is_not_said() -> None:
    second = judged(verdict(1, refuted=True), verdict(2, refuted=False))
    with model_server(two_passes(second)) as server:
        reading = read(material(KIT, WEB), ModelClient(server.url), Options())
        schemas = [body["response_format"]["value"]["required"] for body in server.asked]
        assert "web.py" not in server.prompts()[1]
    assert schemas == [findings()["required"], VERDICTS["required"]]
    assert [(finding.title, finding.confidence) for finding in reading.findings] == [("Other", 0.8)]
    assert (reading.refuted, reading.unjudged, reading.failures) == (1, 0, ())


@pytest.mark.parametrize(
    ("second", "confidence"),
    [
        (verdict(1, refuted=False), 0.8),
        (verdict(1, refuted=False, confidence=0.2), 0.64),
        (verdict(1, refuted=True, confidence=0.2), 0.4),
        (verdict(2, refuted=False), 0.56),
    ],
    ids=["stands", "stands, hardly", "doubted", "not judged"],
)
def test_a_weak_second_opinion_lowers_the_confidence(second: dict[str, Any], confidence: float) -> None:
    with model_server(two_passes(judged(second))) as server:
        reading = read(material(KIT), ModelClient(server.url), Options())
    assert reading.findings[0].confidence == confidence
    assert len(reading.findings) == 2


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (Says("All are right."), "prose"),
        (Says(""), "empty"),
        (judged(), "judges none"),
        (Says("not now", status=500), "did not answer"),
        (Says('{"verdicts": [', breaks_off=True), "did not answer"),
        (Says('{"verdicts": [{"id": 1', finish="length"), "cut off"),
    ],
)
def test_a_second_pass_that_fails_loses_nothing_and_is_told(second: Says, words: str) -> None:
    with model_server(two_passes(second)) as server:
        reading = read(material(KIT), ModelClient(server.url), Options())
    assert [finding.confidence for finding in reading.findings] == [0.56, 0.56]
    assert (reading.refuted, reading.unjudged, reading.covered) == (0, 2, ("kit.py",))
    assert "second pass" in reading.failures[0]
    assert words in reading.failures[0]
    assert "127.0.0.1" not in reading.failures[0]


def test_without_a_call_left_the_findings_are_kept_unjudged() -> None:
    with model_server(two_passes(judged())) as server:
        reading = read(material(KIT), ModelClient(server.url), Options(most_calls=1))
        assert len(server.asked) == 1
    assert reading.unjudged == 2
    assert "no call left" in reading.failures[0]
