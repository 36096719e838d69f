"""However a model fails, a review says what was not read and why, keeps what it has, and never looks clean."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from fakes.changes import added
from fakes.model_server import Body, Says, model_server

from bot.errors import CodexBotError, RetryableError
from tasks.model import Completion, CompletionCancelledError, ModelClient
from tasks.review.reader import Material, Options, read
from tasks.review.tally import Reading

KIT, WEB = (added(name, [f"{name[0]} = {line}" for line in range(150)]) for name in ("kit.py", "web.py"))
BOTH = Material([KIT, WEB])
OPTIONS = Options(refute=False, prompt_tokens=2000)  # one file a chunk
ITEM = {"path": "kit.py", "line": 2, "last_line": 2, "quote": "k = 1", "body": "b", "title": "Odd", "category": "bug"}
ITEM |= {"severity": "major", "suggestion": None, "confidence": 0.8}
FOUND = json.dumps({"summary": "s", "findings": [ITEM]})
NOTHING = json.dumps({"summary": "s", "findings": []})
FAILURES = {
    "no such route": (Says("gone", status=404), "the model cannot be asked"),
    "wrong token": (Says("no", status=401), "the model cannot be asked"),
    "refused": (Says("Template error: roles must alternate", status=422), "the model refused the prompt"),
    "broken": (Says("CUDA error", status=500), "the model did not answer"),
    "overloaded": (Says("Model is overloaded", status=429), "the model did not answer"),
    "disconnected": (Says(FOUND[:90], breaks_off=True), "the model did not answer"),
    "empty": (Says(""), "the answer was empty"),
    "prose": (Says("Looks good to me!"), "the answer was prose, not JSON"),
    "wrong schema": (Says('{"bugs": []}'), "the answer was JSON of another shape"),
    "no object": (Says("{}"), "the answer was JSON of another shape"),
    "no list": (Says("[]"), "the answer was JSON of another shape"),
    "cut off": (Says(FOUND[:90], finish="length"), "the answer was cut off before it said anything"),
    "other files": (Says(FOUND.replace("kit.py", "made_up.py")), "the answer says nothing about the files"),
}


def is_about(path: str, body: Body) -> bool:
    return f"=== {path}" in body["messages"][1]["content"]


def reading_of(reply: Callable[[Body], Says], options: Options = OPTIONS, **how: Any) -> tuple[Reading, int]:
    with model_server(reply, dialect="vllm") as server:
        return read(BOTH, ModelClient(server.url), options, **how), len(server.asked)


def no_file_is_lost(reading: Reading) -> bool:
    return sorted([*reading.covered, *(each.path for each in reading.skipped)]) == ["kit.py", "web.py"]


@pytest.mark.parametrize(("says", "reason"), FAILURES.values(), ids=FAILURES.keys())
def test_a_model_that_always_fails_has_read_nothing(says: Says, reason: str) -> None:
    reading, _ = reading_of(lambda _body: says)
    assert (reading.findings, reading.covered) == ((), ())
    assert no_file_is_lost(reading)
    assert all(each.reason.startswith(reason) for each in reading.skipped)
    assert all(each.is_gap for each in reading.skipped)
    assert reading.failures == (f"{reading.skipped[0].reason} (kit.py, web.py)",)
    assert ("127.0.0.1" in str(reading.details)) == reason.startswith("the model")


PASSING = {name: case for name, case in FAILURES.items() if case[1] != "the model cannot be asked"}


@pytest.mark.parametrize(("says", "reason"), PASSING.values(), ids=PASSING.keys())
def test_what_could_be_read_is_kept_when_one_chunk_fails(says: Says, reason: str) -> None:
    reading, _ = reading_of(lambda body: Says(FOUND) if is_about("kit.py", body) else says)
    assert [finding.title for finding in reading.findings] == ["Odd"]
    assert reading.covered == ("kit.py",)
    assert [each.path for each in reading.skipped] == ["web.py"]
    assert reading.skipped[0].reason.startswith(reason)
    assert len(reading.failures) == 1


@pytest.mark.parametrize("name", ["broken", "disconnected", "empty", "prose", "wrong schema", "cut off"])
def test_a_second_try_with_another_seed_may_help(name: str) -> None:
    seeds: list[int] = []

    def reply(body: Body) -> Says:
        seeds.append(body["seed"])
        return FAILURES[name][0] if body["seed"] == OPTIONS.seed else Says(NOTHING)

    reading, _ = reading_of(reply)
    assert reading.covered == ("kit.py", "web.py")
    assert (reading.skipped, reading.failures) == ((), ())
    assert seeds == [OPTIONS.seed, OPTIONS.seed + 1] * 2


def test_findings_of_a_cut_answer_are_kept_and_its_files_not_called_read() -> None:
    reading, _ = reading_of(lambda _body: Says(FOUND[:-2] + ", {", finish="length"))
    assert [finding.title for finding in reading.findings] == ["Odd"]
    assert reading.covered == ()
    assert reading.skipped[0].reason == "the model's answer was cut off, what it found is kept"
    assert reading.skipped[0].reason in reading.failures[0]


def test_a_model_that_cannot_be_asked_is_asked_once() -> None:
    assert reading_of(lambda _body: Says("gone", status=404))[1] == 1


def test_a_model_that_is_away_is_not_asked_about_every_chunk() -> None:
    many = Material([added(f"f{number}.py", ["x = 1"] * 150) for number in range(9)])
    with model_server(lambda _body: Says("not now", status=503)) as server:
        reading = read(many, ModelClient(server.url), OPTIONS)
        assert len(server.asked) == 4  # two chunks, two tries each
    assert len(reading.skipped) == 9


def test_a_server_that_is_down_raises_only_if_asked_to() -> None:
    with model_server(lambda _body: Says(NOTHING)) as server:
        url = server.url
    reading = read(BOTH, ModelClient(url), OPTIONS)
    assert {each.reason for each in reading.skipped} == {"the model did not answer"}
    with pytest.raises(RetryableError, match="cannot be reached"):
        read(BOTH, ModelClient(url), Options(raise_when_away=True))


@pytest.mark.parametrize("files", [[KIT], [KIT, WEB]], ids=["one chunk", "two chunks"])
def test_a_server_that_goes_away_before_anything_was_read_raises_if_asked_to(files: list[Any]) -> None:
    with model_server(lambda _body: Says("not now", status=503)) as server:
        options = Options(prompt_tokens=2000, raise_when_away=True)
        with pytest.raises(RetryableError, match="not now"):
            read(Material(files), ModelClient(server.url), options)


def test_a_server_that_goes_away_later_leaves_a_partial_reading() -> None:
    options = Options(refute=False, prompt_tokens=2000, raise_when_away=True)
    reading, _ = reading_of(
        lambda body: Says(FOUND) if is_about("kit.py", body) else Says("not now", status=503), options
    )
    assert reading.covered == ("kit.py",)
    assert no_file_is_lost(reading)


def test_what_a_person_must_mend_is_never_raised() -> None:
    reading, _ = reading_of(lambda _body: Says("gone", status=404), Options(raise_when_away=True))
    assert no_file_is_lost(reading)


class LeavingError(RetryableError):
    """As a worker that was asked to end raises it: retryable, and none of the model's."""


@pytest.mark.parametrize("error", [LeavingError("leaving"), CodexBotError("stopped")])
def test_what_ends_the_whole_attempt_is_no_failure_of_the_model(error: CodexBotError) -> None:
    def once(_name: str, _make: Callable[[], Completion]) -> Completion:
        raise error

    with pytest.raises(type(error), match=str(error)):
        reading_of(lambda _body: Says(NOTHING), once=once)


def test_a_cancelled_answer_ends_the_reading() -> None:
    with pytest.raises(CompletionCancelledError):
        reading_of(lambda _body: Says(NOTHING), cancelled=lambda: True)
