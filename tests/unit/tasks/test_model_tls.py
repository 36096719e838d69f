"""A model server behind TLS is spoken to if its certificate is trusted, and else not at all."""

import os
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
from fakes.model_server import Says, model_server
from stories.tls import make_authority

ASK = """
import sys
from bot.errors import RetryableError
from tasks.model import Message, ModelClient
client = ModelClient(sys.argv[1])
for word in sys.argv[2:]:
    try:
        print(client.complete([Message("user", word)], max_tokens=9, temperature=0, seed=1, deadline_seconds=20).text)
    except RetryableError as error:
        print(error)
"""


def ask(url: str, *words: str, **environment: Path) -> list[str]:
    # In a process of its own: the certificates are read once in each.
    env = {**os.environ, **{name: str(path) for name, path in environment.items()}}
    done = subprocess.run(
        [sys.executable, "-c", ASK, url, *words], env=env, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.splitlines()


@pytest.fixture
def authority(tmp_path: Path) -> tuple[Path, ssl.SSLContext]:
    ca, leaf, key = make_authority(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(leaf, key)
    return ca, context


def test_a_trusted_server_answers_again_and_again(authority: tuple[Path, ssl.SSLContext]) -> None:
    ca, context = authority
    with model_server(lambda body: Says(body["messages"][0]["content"]), tls=context) as server:
        url = server.url.replace("http://", "https://")
        assert ask(url, "one", "two", SSL_CERT_FILE=ca, REQUESTS_CA_BUNDLE=ca) == ["one", "two"]


def test_no_prompt_goes_to_a_server_that_only_the_small_questions_trust(
    authority: tuple[Path, ssl.SSLContext],
) -> None:
    ca, context = authority
    with model_server(lambda _body: Says("hello"), tls=context) as server:
        url = server.url.replace("http://", "https://")
        assert "cannot be reached" in ask(url, "secret", REQUESTS_CA_BUNDLE=ca)[0]
        assert server.asked == []
