"""Completions from a scripted model server on loopback that streams as TGI does, and fails as servers do."""

import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from bot.errors import RetryableError, UserError
from tasks.model.client import ModelClient
from tasks.model.completion import Completion, Message
from tasks.model.refusals import CompletionCancelledError, PromptTooLongError, RefusedPromptError

PROMPT = [Message("user", "one two three")]
INFO = {"model_id": "acme/Coder-7B", "max_input_tokens": 90, "max_total_tokens": 100, "router": "tgi", "version": "3"}
OVERLOADED = {"error": {"message": "Model is overloaded", "http_status_code": 422}}
TOO_LONG = "Input validation error: `inputs` must have less than 90 tokens. Given: 103"


def piece(text: str, finish: str | None = None) -> dict[str, Any]:
    delta = {"role": "assistant", "content": text, "tool_calls": None}
    return chunk([{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}])


def chunk(choices: list[Any], usage: dict[str, int] | None = None) -> dict[str, Any]:
    kind = {"object": "chat.completion.chunk", "id": "", "created": 1, "system_fingerprint": "3.3.7-native"}
    return {**kind, "model": "acme/Coder-7B", "choices": choices, "usage": usage}


USAGE = chunk([], {"prompt_tokens": 13, "completion_tokens": 3, "total_tokens": 16})
WHOLE = [piece("Hello"), piece(" world"), piece("", "stop"), USAGE, "[DONE]"]


class ScriptedServer(http.server.ThreadingHTTPServer):
    """Answers the chat route with `status` and then `script`: chunks, raw text, or a wait for the test."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.status = 200
        self.headers: dict[str, str] = {}
        self.script: list[Any] = WHOLE
        self.asked: list[dict[str, Any]] = []
        self.credentials: list[str | None] = []
        self.go_on = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answer(http.server.BaseHTTPRequestHandler):
    server: ScriptedServer

    def do_GET(self) -> None:
        self.reply(200, INFO)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.credentials.append(self.headers["Authorization"])
        if self.path == "/chat_tokenize":
            words = " ".join(message["content"] for message in body["messages"]).split()
            tokens = [{"id": 1, "text": word, "start": 0, "stop": 1} for word in words]
            self.reply(200, {"tokenize_response": tokens, "templated_text": " ".join(words)})
        elif self.path != "/v1/chat/completions":
            self.reply(404, {})
        else:
            self.server.asked.append(body)
            self.stream()

    def stream(self) -> None:
        self.send_response(self.server.status)
        self.send_header("Content-Type", "text/event-stream")
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        for step in self.server.script:
            if step is threading.Event:
                self.server.go_on.wait(20)
            elif self.server.status >= 400:
                self.wfile.write(step.encode())
            else:
                event = step if isinstance(step, str) else json.dumps(step)
                self.wfile.write(f"data: {event}\n\n".encode())

    def reply(self, status: int, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    scripted = ScriptedServer()
    thread = threading.Thread(target=scripted.serve_forever, args=(0.01,))
    thread.start()
    yield scripted
    scripted.go_on.set()
    scripted.shutdown()
    thread.join()
    scripted.server_close()


def complete(client: ModelClient, **changes: Any) -> Completion:
    wish = {"max_tokens": 5, "temperature": 0.2, "seed": 7, "deadline_seconds": 20.0, **changes}
    return client.complete(wish.pop("messages", PROMPT), **wish)


def test_a_stream_becomes_one_completion(server: ScriptedServer) -> None:
    heard: list[int] = []
    completion = complete(ModelClient(server.url), on_tokens=heard.append)
    assert (completion.text, completion.finish_reason, completion.model) == ("Hello world", "stop", "acme/Coder-7B")
    assert (completion.prompt_tokens, completion.completion_tokens) == (13, 3)
    assert heard[-1] == 2
    assert server.asked == [
        {
            "model": "acme/Coder-7B",
            "messages": [{"role": "user", "content": "one two three"}],
            "max_tokens": 5,
            "seed": 7,
            "stream": True,
            "stream_options": {"include_usage": True},
            "temperature": 0.2,
        }
    ]


def test_a_penalty_is_sent_when_there_is_one(server: ScriptedServer) -> None:
    complete(ModelClient(server.url), frequency_penalty=0.3)
    assert server.asked[0]["frequency_penalty"] == 0.3


def test_without_usage_the_tokens_are_counted(server: ScriptedServer) -> None:
    server.script = [piece("Hello"), piece(" world", "eos_token"), "[DONE]"]
    completion = complete(ModelClient(server.url))
    assert (completion.prompt_tokens, completion.completion_tokens) == (3, 2)


def test_a_model_that_says_nothing_but_why_is_a_whole_answer(server: ScriptedServer) -> None:
    server.script = [piece("", "stop"), USAGE, "[DONE]"]
    assert not complete(ModelClient(server.url)).text


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ([OVERLOADED, "[DONE]"], "broke off: Model is overloaded"),
        ([piece("Hel"), {"error": "Request failed during generation: CUDA", "error_type": "generation"}], "CUDA"),
        ([piece("Hel"), {"error": {"code": 500, "message": "slot lost", "type": "server_error"}}], "slot lost"),
        ([piece("Hel")], "was cut off"),
        ([piece("Hel"), "[DONE]"], "was cut off"),
        ([], "was cut off"),
        (["<html>"], "no chat stream"),
    ],
    ids=["overload", "generation", "llama.cpp", "disconnect", "no reason", "empty", "no stream"],
)
def test_half_an_answer_is_worth_another_try(server: ScriptedServer, script: list[Any], complaint: str) -> None:
    server.script = script
    with pytest.raises(RetryableError, match=complaint) as caught:
        complete(ModelClient(server.url))
    assert server.url in str(caught.value)


@pytest.mark.parametrize("status", [408, 424, 429, 500, 502, 503])
def test_a_server_that_is_away_or_busy_may_be_asked_again(server: ScriptedServer, status: int) -> None:
    server.status, server.script, server.headers = status, ['{"error": "not now"}'], {"Retry-After": "17"}
    with pytest.raises(RetryableError, match=f"HTTP {status}.*not now") as caught:
        complete(ModelClient(server.url))
    assert caught.value.retry_after == 17.0


@pytest.mark.parametrize(
    ("status", "token", "complaint"),
    [
        (401, None, "asks for a token"),
        (403, "wrong-secret", "refuses our token"),
        (404, None, "no chat route"),
        (418, None, "HTTP 418"),
    ],
)
def test_what_a_person_must_mend_says_so(
    server: ScriptedServer, status: int, token: str | None, complaint: str
) -> None:
    server.status, server.script = status, ['{"message": "no"}']
    with pytest.raises(UserError, match=complaint) as caught:
        complete(ModelClient(server.url, token=token))
    assert caught.value.mend
    assert "wrong-secret" not in repr(caught.value)


@pytest.mark.parametrize(
    ("status", "script"),
    [
        (200, [{"error": {"message": TOO_LONG, "http_status_code": 422}}, "[DONE]"]),
        (200, [{"error": TOO_LONG, "error_type": "validation"}]),
        (422, [json.dumps({"error": TOO_LONG, "error_type": "validation"})]),
        (400, [json.dumps({"error": {"code": 400, "message": "context", "type": "exceed_context_size_error"}})]),
        (413, [""]),
    ],
)
def test_a_prompt_that_does_not_fit_is_told_in_numbers(server: ScriptedServer, status: int, script: list[Any]) -> None:
    server.status, server.script = status, script
    with pytest.raises(PromptTooLongError, match=r"has 103 tokens.*answer of 5.*prompts of 90 tokens and 100 in all"):
        complete(ModelClient(server.url), messages=[Message("user", "word " * 103)])


@pytest.mark.parametrize("headers", [{"Content-Length": "49"}, {}], ids=["as TGI sends it", "through a proxy"])
def test_a_prompt_refused_for_another_reason_keeps_the_servers_words(
    server: ScriptedServer, headers: dict[str, str]
) -> None:
    server.status, server.script = 422, ['{"error": "Template error: roles must alternate"}']
    server.headers = headers
    with pytest.raises(RefusedPromptError, match="roles must alternate") as caught:
        complete(ModelClient(server.url))
    assert not isinstance(caught.value, PromptTooLongError)


@pytest.mark.parametrize("script", [[threading.Event], [piece("Hel"), threading.Event]], ids=["reading", "writing"])
def test_past_the_deadline_nobody_waits(server: ScriptedServer, script: list[Any]) -> None:
    server.script = script
    with pytest.raises(RetryableError, match=r"did not finish within 0\.5 seconds"):
        complete(ModelClient(server.url), deadline_seconds=0.5)


def test_a_model_that_falls_silent_is_given_up(server: ScriptedServer) -> None:
    server.script = [piece("Hel"), threading.Event]
    with pytest.raises(RetryableError, match=r"silent for 0\.3 seconds"):
        complete(ModelClient(server.url, idle_seconds=0.3))


@pytest.mark.parametrize("script", [[threading.Event], [piece("Hel"), threading.Event]], ids=["reading", "writing"])
def test_a_caller_can_stop_it_at_any_moment(server: ScriptedServer, script: list[Any]) -> None:
    server.script = script
    answers = iter([False, False, False])
    with pytest.raises(CompletionCancelledError):
        complete(ModelClient(server.url), cancelled=lambda: next(answers, True))


def test_the_machines_own_hugging_face_token_stays_here(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_saved_on_this_machine")
    complete(ModelClient(server.url))
    complete(ModelClient(server.url, token="ours"))
    assert server.credentials == [None, "Bearer ours"]
