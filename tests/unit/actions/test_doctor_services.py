"""What `codex-bot doctor` finds about the services beyond this machine: forge and model server."""

import email.utils
import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from actions.checks import checks
from actions.findings import Finding, examine
from bot.settings import read_settings
from tasks.sandbox import SelfTest

UNPROVEN = SelfTest(ok=False, rung="none", reason="", mend="")
NOBODY = "127.0.0.1:1"
SECRET = "hunter2-hunter2"
LLAMA = {"default_generation_settings": {"n_ctx": 4096}}


class Scripted(http.server.ThreadingHTTPServer):
    """A forge and a model server in one: answers GET from `pages`, with the clock wrong by `ahead` seconds."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.pages: dict[str, dict[str, Any]] = {}
        self.ahead = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answer(http.server.BaseHTTPRequestHandler):
    server: Scripted

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.end_headers()

    def do_GET(self) -> None:
        page = self.server.pages.get(self.path)
        self.send_response(404 if page is None else 200)
        self.end_headers()
        self.wfile.write(json.dumps(page).encode())

    def date_time_string(self, timestamp: float | None = None) -> str:
        return email.utils.formatdate(time.time() + self.server.ahead, usegmt=True)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Scripted]:
    scripted = Scripted()
    thread = threading.Thread(target=scripted.serve_forever, args=(0.01,))
    thread.start()
    yield scripted
    scripted.shutdown()
    thread.join()
    scripted.server_close()


@pytest.fixture
def ask(tmp_path: Path) -> Callable[..., list[Finding]]:
    """Ask one check by its name; settings are those given, everything else stays below the test's folder."""

    def look(name: str, **settings: object) -> list[Finding]:
        read = read_settings(**{"data_dir": tmp_path / "data", **settings})
        return list(examine(read, [check for check in checks(lambda: UNPROVEN) if check.name == name]))

    return look


Ask = Callable[..., list[Finding]]


def only(found: list[Finding]) -> tuple[str, str, str]:
    (finding,) = found
    return finding.state, finding.text, finding.mend


def test_a_webhook_without_a_secret_is_told_with_the_mend(ask: Ask) -> None:
    assert only(ask("webhook", github_webhook_secret=SECRET))[0] == "ok"
    state, _, mend = only(ask("webhook"))
    assert (state, "CODEX_BOT_GITHUB_WEBHOOK_SECRET_FILE" in mend) == ("warn", True)


def pem() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain)


def test_an_app_with_its_key_or_a_token_gives_access(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "app.pem").write_bytes(pem())
    app = ask("access", github_app_id="4242", github_app_key_file=tmp_path / "app.pem")
    assert only(app)[:2] == ("ok", "a GitHub App")
    assert only(ask("access", github_token=SECRET))[:2] == ("ok", "a token")


def test_no_access_is_told_with_the_mend(ask: Ask) -> None:
    state, _, mend = only(ask("access"))
    assert (state, "CODEX_BOT_GITHUB_TOKEN" in mend) == ("warn", True)


def test_an_app_without_its_key_is_told_with_the_mend(ask: Ask) -> None:
    state, text, mend = only(ask("access", github_app_id="4242"))
    assert (state, "no private key" in text, bool(mend)) == ("fail", True, True)


def test_a_key_that_is_no_key_is_told_without_showing_it(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "app.pem").write_text(f"-----BEGIN RSA PRIVATE KEY-----\n{SECRET}\n-----END RSA PRIVATE KEY-----\n")
    state, text, mend = only(ask("access", github_app_id="4242", github_app_key_file=tmp_path / "app.pem"))
    assert (state, "cannot be read" in text, bool(mend)) == ("fail", True, True)
    assert SECRET not in text + mend


def test_a_forge_that_answers_tells_the_time_too(ask: Ask, server: Scripted) -> None:
    forge, clock = ask("forge", github_url=server.url)
    assert (forge.name, forge.state, clock.name, clock.state) == ("forge", "ok", "clock", "ok")


@pytest.mark.parametrize(("ahead", "words"), [(-400.0, "ahead of"), (400.0, "behind")])
def test_a_wrong_clock_is_told_with_the_mend(ask: Ask, server: Scripted, ahead: float, words: str) -> None:
    server.ahead = ahead
    clock = ask("forge", github_url=server.url)[1]
    assert (clock.state, words in clock.text, "timedatectl" in clock.mend) == ("fail", True, True)


def test_a_forge_that_is_away_is_told_with_the_mend(ask: Ask) -> None:
    state, text, mend = only(ask("forge", github_url=f"http://{NOBODY}"))
    assert (state, "does not answer" in text, "CODEX_BOT_GITHUB_URL" in mend) == ("fail", True, True)


def test_a_grown_up_model_is_fine(ask: Ask, server: Scripted) -> None:
    server.pages["/props"] = {**LLAMA, "model_alias": "Coder-7B"}
    assert only(ask("model", model_url=server.url)) == ("ok", f"Coder-7B at {server.url}, 4096 tokens, llama.cpp", "")


def test_a_toy_model_is_told_with_the_mend(ask: Ask, server: Scripted) -> None:
    server.pages["/props"] = {**LLAMA, "model_alias": "SmolLM2-135M-Instruct"}
    state, text, mend = only(ask("model", model_url=server.url))
    assert (state, "toy model" in text, "codex-bot engine --model" in mend) == ("warn", True, True)


def test_a_model_server_that_is_away_is_told_with_the_mend(ask: Ask) -> None:
    state, text, mend = only(ask("model", model_url=f"http://{NOBODY}", model_token=SECRET))
    assert (state, "cannot be reached" in text, "CODEX_BOT_MODEL_URL" in mend) == ("fail", True, True)
    assert SECRET not in text + mend


def test_something_else_at_the_models_url_is_told_with_the_mend(ask: Ask, server: Scripted) -> None:
    state, text, mend = only(ask("model", model_url=server.url))
    assert (state, "no model server" in text, bool(mend)) == ("fail", True, True)
