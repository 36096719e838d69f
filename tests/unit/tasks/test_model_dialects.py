"""Asking TGI, llama.cpp and vLLM what they serve, on loopback with their real routes and shapes."""

import http.server
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bot.errors import RetryableError, UserError
from tasks.model.client import ModelClient
from tasks.model.completion import Message, ServedModel

Route = Callable[[dict[str, Any]], Any]
TALK = [Message("system", "Be brief."), Message("user", "Say hello to Ann.")]  # six words
SERVER_ERROR = {"error": {"message": "File Not Found", "type": "not_found_error", "code": 404}}


def words(body: dict[str, Any]) -> list[str]:
    return " ".join(message["content"] for message in body["messages"]).split()


def tgi_tokens(body: dict[str, Any]) -> Any:
    tokens = [{"id": 1, "text": word, "start": 0, "stop": 1} for word in words(body)]
    return {"tokenize_response": tokens, "templated_text": " ".join(words(body))}


def llama_tokens(body: dict[str, Any]) -> Any:
    # The two flags add the template's own tokens; without them the count would be too small.
    extra = [0] * (body["add_special"] + body["parse_special"])
    return {"tokens": [*extra, *range(len(body["content"].split()))]}


TGI: dict[str, Route] = {
    "/info": lambda _: {
        "model_id": "Qwen/Qwen2.5-Coder-32B-Instruct",
        "model_sha": None,
        "model_pipeline_tag": "text-generation",
        "max_concurrent_requests": 128,
        "max_best_of": 2,
        "max_stop_sequences": 4,
        "max_input_tokens": 32000,
        "max_total_tokens": 32768,
        "validation_workers": 2,
        "max_client_batch_size": 4,
        "router": "text-generation-router",
        "version": "3.3.7",
        "sha": None,
        "docker_label": None,
    },
    "/chat_tokenize": tgi_tokens,
    "/v1/models": lambda _: {"object": "list", "data": [{"id": "Qwen/Qwen2.5-Coder-32B-Instruct", "object": "model"}]},
}
LLAMACPP: dict[str, Route] = {
    "/props": lambda _: {
        "default_generation_settings": {"n_ctx": 2048, "params": {"seed": 1}},
        "total_slots": 4,
        "model_alias": "Qwen3-8B",
        "model_path": "/models/Qwen3-8B-Q4_K_M.gguf",
    },
    "/v1/models": lambda _: {"object": "list", "data": [{"id": "Qwen3-8B", "owned_by": "llamacpp"}]},
    "/apply-template": lambda body: {"prompt": " ".join(words(body))},
    "/tokenize": llama_tokens,
}
VLLM: dict[str, Route] = {
    "/v1/models": lambda _: {
        "object": "list",
        "data": [{"id": "Qwen/Qwen3-32B", "object": "model", "owned_by": "vllm", "max_model_len": 40960}],
    },
    "/tokenize": lambda body: {"count": len(words(body)), "max_model_len": 40960, "tokens": [1] * len(words(body))},
}
SERVERS = {
    "tgi": (TGI, ServedModel("Qwen/Qwen2.5-Coder-32B-Instruct", 32768, 32000, "tgi"), 6),
    "llama.cpp": (LLAMACPP, ServedModel("Qwen3-8B", 2048, 2047, "llama.cpp"), 8),
    "vllm": (VLLM, ServedModel("Qwen/Qwen3-32B", 40960, 40959, "vllm"), 6),
}


class RoutedServer(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.routes: dict[str, Route] = {}
        self.status = 200
        self.text: str | None = None
        self.credentials: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answer(http.server.BaseHTTPRequestHandler):
    server: RoutedServer

    def do_GET(self) -> None:
        self.answer({})

    def do_POST(self) -> None:
        self.answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def answer(self, body: dict[str, Any]) -> None:
        self.server.credentials.append(self.headers["Authorization"])
        route = self.server.routes.get(self.path)
        status = self.server.status if route or self.server.text else 404
        said = (self.server.text or json.dumps(route(body) if route else SERVER_ERROR)).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[RoutedServer]:
    routed = RoutedServer()
    thread = threading.Thread(target=routed.serve_forever, args=(0.01,))
    thread.start()
    yield routed
    routed.shutdown()
    thread.join()
    routed.server_close()


@pytest.mark.parametrize(("routes", "served", "tokens"), SERVERS.values(), ids=SERVERS.keys())
def test_each_server_says_what_it_serves_and_counts_itself(
    server: RoutedServer, routes: dict[str, Route], served: ServedModel, tokens: int
) -> None:
    server.routes = routes
    client = ModelClient(server.url)
    assert client.served() == served
    assert client.count(TALK) == tokens


def test_a_server_of_no_known_kind_is_named(server: RoutedServer) -> None:
    server.routes = {"/v1/models": lambda _: {"object": "list", "data": []}}
    with pytest.raises(UserError, match="no model server that I know"):
        ModelClient(server.url).served()


def test_a_web_page_is_no_model_server(server: RoutedServer) -> None:
    server.text = "<!doctype html><title>Welcome</title>"
    with pytest.raises(UserError, match="no model server that I know"):
        ModelClient(server.url).served()


def test_a_wrong_token_is_told_without_showing_it(server: RoutedServer) -> None:
    server.status, server.text = 401, '{"error": "unauthorized"}'
    with pytest.raises(UserError, match="refuses our token") as caught:
        ModelClient(server.url, token="very-secret").served()
    assert "very-secret" not in repr(caught.value)


def test_a_server_that_still_loads_may_be_asked_again(server: RoutedServer) -> None:
    server.status, server.text = 503, '{"error": {"message": "Loading model", "code": 503}}'
    with pytest.raises(RetryableError, match=r"HTTP 503.*Loading model"):
        ModelClient(server.url).served()


def test_a_server_that_is_down_is_named_without_its_password(server: RoutedServer) -> None:
    nobody = RoutedServer()
    nobody.server_close()
    url = nobody.url.replace("http://", "http://bot:very-secret@")
    with pytest.raises(RetryableError, match="cannot be reached") as caught:
        ModelClient(url).served()
    assert nobody.url in str(caught.value)
    told: BaseException | None = caught.value
    while told is not None:
        assert "very-secret" not in repr(told)
        told = told.__cause__ or told.__context__


@pytest.mark.parametrize("suffix", ["", "/", "/v1", "/v1/", "/v1/chat/completions"])
def test_people_may_give_the_address_as_other_tools_want_it(server: RoutedServer, suffix: str) -> None:
    server.routes = VLLM
    assert ModelClient(server.url + suffix).served().dialect == "vllm"


def test_a_password_in_the_address_becomes_a_header(server: RoutedServer) -> None:
    server.routes = TGI
    ModelClient(server.url.replace("http://", "http://bot:p%40ss@")).served()
    assert server.credentials == ["Basic Ym90OnBAc3M="]


@pytest.mark.parametrize("url", ["", "127.0.0.1:8322", "ftp://host", "http://", "http://u:very-secret@host:port"])
def test_what_is_no_address_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(UserError, match="not a URL") as caught:
        ModelClient(url)
    assert "very-secret" not in repr(caught.value)


def test_offline_mode_is_explained(server: RoutedServer) -> None:
    server.routes = TGI
    ask = (
        "import sys; from bot.errors import UserError; from tasks.model.client import ModelClient\n"
        "from tasks.model.completion import Message\n"
        "try: ModelClient(sys.argv[1]).complete("
        "[Message('user', 'hi')], max_tokens=1, temperature=0, seed=1, deadline_seconds=9)\n"
        "except UserError as error: print(error, error.mend)"
    )
    result = subprocess.run(
        [sys.executable, "-I", "-c", ask, server.url],
        env={"HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "HF_HUB_OFFLINE is set" in result.stdout
    assert "Unset HF_HUB_OFFLINE" in result.stdout
