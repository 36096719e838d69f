"""A model server on loopback with the real routes of TGI, llama.cpp or vLLM; what it says is scripted."""

import contextlib
import dataclasses
import http.server
import json
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, Literal

Body = dict[str, Any]
Dialect = Literal["tgi", "llama.cpp", "vllm"]
NAME = "Coder-7B"
PIECE = 24  # characters of one event
NO_GRAMMARS = {"tgi": "Input validation error: grammar is not supported", "llama.cpp": "cannot make a grammar of that"}


@dataclasses.dataclass(frozen=True)
class Says:
    """One answer: its text, and how it ends. `status` from 400 on refuses before a word is said."""

    text: str = ""
    finish: str = "stop"
    status: int = 200
    breaks_off: bool = False


def tokens_of(body: Body) -> int:
    """One token for three bytes, and four for the frame of each message."""
    return sum(4 + len(message["content"].encode()) // 3 for message in body["messages"])


class ModelServer(http.server.ThreadingHTTPServer):
    """Answers each chat with what `reply` makes of the request; `counted` is how often it was asked to count."""

    daemon_threads = True

    def __init__(self, dialect: Dialect, reply: Callable[[Body], Says], context: int) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.dialect = dialect
        self.reply = reply
        self.context = context
        self.takes_schemas = True
        self.asked: list[Body] = []
        self.counted = 0

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # who asked may go before the answer ends
            super().handle_error(request, client_address)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def prompts(self) -> list[str]:
        """What was asked, as one text per chat."""
        return ["\n".join(message["content"] for message in body["messages"]) for body in self.asked]


@contextlib.contextmanager
def model_server(
    reply: Callable[[Body], Says],
    *,
    dialect: Dialect = "tgi",
    context: int = 8192,
    tls: ssl.SSLContext | None = None,
) -> Iterator[ModelServer]:
    server = ModelServer(dialect, reply, context)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Answer(http.server.BaseHTTPRequestHandler):
    server: ModelServer

    def do_GET(self) -> None:
        dialect, context = self.server.dialect, self.server.context
        known: dict[tuple[str, str], Body] = {
            ("tgi", "/info"): {"model_id": NAME, "max_input_tokens": context - 1, "max_total_tokens": context},
            ("llama.cpp", "/props"): {"default_generation_settings": {"n_ctx": context}, "model_alias": NAME},
            ("vllm", "/v1/models"): {"object": "list", "data": [{"id": NAME, "max_model_len": context}]},
        }
        found = known.get((dialect, self.path))
        self.say(200 if found else 404, found or {"error": "no such route"})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        match self.server.dialect, self.path:
            case "tgi", "/chat_tokenize":
                self.say(200, {"tokenize_response": self.count(tokens_of(body)), "templated_text": ""})
            case "llama.cpp", "/apply-template":
                self.say(200, {"prompt": "x" * tokens_of(body)})
            case "llama.cpp", "/tokenize":
                self.say(200, {"tokens": self.count(len(body["content"]))})
            case "vllm", "/tokenize":
                self.say(200, {"count": len(self.count(tokens_of(body)))})
            case _, "/v1/chat/completions":
                self.server.asked.append(body)
                self.chat(body)
            case _:
                self.say(404, {"error": "no such route"})

    def count(self, number: int) -> list[int]:
        self.server.counted += 1
        return [0] * number

    def chat(self, body: Body) -> None:
        if "response_format" in body and not self.server.takes_schemas:
            self.say(422, {"error": NO_GRAMMARS.get(self.server.dialect, "structured outputs are off")})
            return
        if tokens_of(body) + body["max_tokens"] > self.server.context:
            self.say(422, {"error": "Input validation error: too many tokens"})
            return
        says = self.server.reply(body)
        if says.status >= 400:
            self.say(says.status, {"error": says.text})
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for start in range(0, len(says.text), PIECE):
            self.event({"choices": [_choice(says.text[start : start + PIECE], None)]})
        if says.breaks_off:
            return
        self.event({"choices": [_choice("", says.finish)]})
        read, written = tokens_of(body), len(says.text) // 3
        usage = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
        self.event({"choices": [], "usage": usage})
        self.wfile.write(b"data: [DONE]\n\n")

    def event(self, chunk: Body) -> None:
        whole = {"id": "", "object": "chat.completion.chunk", "created": 1, "model": NAME, **chunk}
        self.wfile.write(f"data: {json.dumps(whole)}\n\n".encode())

    def say(self, status: int, document: Body) -> None:
        said = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        pass


def _choice(text: str, finish: str | None) -> Body:
    return {"index": 0, "delta": {"role": "assistant", "content": text}, "logprobs": None, "finish_reason": finish}
