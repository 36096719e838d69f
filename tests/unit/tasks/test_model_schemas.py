"""Answers under a JSON schema, asked of each kind of server in its own words, on loopback."""

from typing import Any, get_args

import pytest
from fakes.model_server import Body, Dialect, Says, model_server

from bot.errors import RetryableError
from tasks.model import Completion, Message, ModelClient, PromptTooLongError, RefusedPromptError

ITEMS = {"type": "array", "items": {"type": "string"}, "maxItems": 8}
SCHEMA = {"type": "object", "properties": {"names": ITEMS}, "required": ["names"]}
UNBOUNDED = {**SCHEMA, "properties": {"names": {"type": "array", "items": {"type": "string"}}}}
WORDS: dict[Dialect, dict[str, Any]] = {
    "tgi": {"type": "json", "value": UNBOUNDED},
    "llama.cpp": {"type": "json_object", "schema": SCHEMA},
    "vllm": {"type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA, "strict": True}},
}
NAMES = '{"names": ["Ann"]}'


def names(_body: Body) -> Says:
    return Says(NAMES)


def complete(client: ModelClient, words: str = "Who?", **changes: Any) -> Completion:
    wish = {"max_tokens": 20, "temperature": 0.0, "seed": 7, "deadline_seconds": 20.0, "schema": SCHEMA, **changes}
    return client.complete([Message("user", words)], **wish)


@pytest.mark.parametrize("dialect", get_args(Dialect))
def test_each_server_is_told_the_schema_in_its_own_words(dialect: Dialect) -> None:
    with model_server(names, dialect=dialect) as server:
        completion = complete(ModelClient(server.url))
    assert (completion.text, completion.constrained) == (NAMES, True)
    assert [body["response_format"] for body in server.asked] == [WORDS[dialect]]


@pytest.mark.parametrize("dialect", get_args(Dialect))
def test_a_server_without_schemas_is_asked_without_one_now_and_later(dialect: Dialect) -> None:
    with model_server(names, dialect=dialect) as server:
        server.takes_schemas = False
        client = ModelClient(server.url)
        told = [complete(client), complete(client)]
    assert [(completion.text, completion.constrained) for completion in told] == [(NAMES, False)] * 2
    assert ["response_format" in body for body in server.asked] == [True, False, False]


def test_without_a_schema_nothing_is_said_of_one() -> None:
    with model_server(names) as server:
        assert not complete(ModelClient(server.url), schema=None).constrained
    assert "response_format" not in server.asked[0]


def test_a_shard_that_cannot_compile_a_schema_counts_as_a_refusal() -> None:
    def reply(body: Body) -> Says:
        return Says("cannot compile the grammar", status=424) if "response_format" in body else Says(NAMES)

    with model_server(reply) as server:
        client = ModelClient(server.url)
        assert not complete(client).constrained
        assert not complete(client).constrained
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("says", "error", "asked"),
    [
        (Says("overloaded", status=429), RetryableError, 1),
        (Says("CUDA error", status=500), RetryableError, 1),
        (Says("{", breaks_off=True), RetryableError, 1),
        (Says("Template error: roles must alternate", status=422), RefusedPromptError, 2),
    ],
    ids=["overloaded", "broken", "disconnected", "refused anyway"],
)
def test_any_other_failure_is_none_of_the_schemas(says: Says, error: type[Exception], asked: int) -> None:
    with model_server(lambda _body: says) as server:
        client = ModelClient(server.url)
        with pytest.raises(error):
            complete(client)
        assert len(server.asked) == asked
        server.reply = names
        assert complete(client).constrained


def test_a_prompt_that_is_too_long_is_not_asked_a_second_time() -> None:
    with model_server(names, context=64) as server:
        with pytest.raises(PromptTooLongError):
            complete(ModelClient(server.url), "word " * 100)
        assert len(server.asked) == 1
