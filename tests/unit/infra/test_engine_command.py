"""The subcommand `engine` refuses what it cannot serve, in words, before llama.cpp gets to see it."""

import os
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from infra.engine.command import engine
from infra.engine.server import default_threads


def ask(*arguments: str) -> Result:
    return CliRunner().invoke(engine, arguments)


@pytest.fixture
def model(tmp_path: Path) -> str:
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"GGUF" + b"\xff" * 500)
    return str(path)


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.5", "::", "example.org"])
def test_it_listens_for_this_machine_only(host: str) -> None:
    result = ask("--host", host)
    assert result.exit_code == 2
    assert "loopback addresses only" in result.stderr


def test_a_missing_model_is_one_error_and_one_hint(tmp_path: Path) -> None:
    result = ask("--model", str(tmp_path / "gone.gguf"))
    assert result.exit_code == 1
    assert "error: Cannot read the model file" in result.stderr
    assert "hint: Check the path" in result.stderr


def test_a_broken_model_ends_in_words_not_in_a_crash(model: str) -> None:
    result = ask("--model", model, "--port", "0")
    assert result.exit_code == 1
    assert "could not load" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_taken_port_is_named(model: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = ask("--model", model, "--port", port)
    assert result.exit_code == 1
    assert f"Cannot listen on 127.0.0.1 port {port}: Address already in use" in result.stderr
    assert "--port" in result.stderr


def test_one_core_is_left_to_the_others() -> None:
    assert default_threads() == max(1, len(os.sched_getaffinity(0)) - 1)
