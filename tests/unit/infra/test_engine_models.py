"""Which file the engine serves, told with files on disk and a fake Hub on loopback."""

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.engine import hub, models
from infra.engine.errors import EngineError

GGUF = b"GGUF" + b"\0" * 20
REPO = "/acme/tiny-GGUF"
COMMIT = "c" * 40


class FakeHub(http.server.ThreadingHTTPServer):
    """One repository, `acme/tiny-GGUF`, with the routes and headers that huggingface_hub reads."""

    daemon_threads = True

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.files = files
        self.downloads = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answer(http.server.BaseHTTPRequestHandler):
    server: FakeHub

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        listing = [{"type": "file", "path": name, "size": 1, "oid": "a" * 40} for name in self.server.files]
        if path == f"/api/models{REPO}/tree/main":
            self.reply(200, json.dumps(listing).encode(), {"Content-Type": "application/json"})
        elif not path.startswith((REPO, f"/api/models{REPO}")):
            self.reply(404, b"", {"X-Error-Code": "RepoNotFound"})
        elif (content := self.server.files.get(path.rpartition("/")[2])) is not None:
            self.server.downloads += self.command == "GET"
            self.reply(200, content, {"ETag": f'"{path[-5:]}"', "X-Repo-Commit": COMMIT})
        else:
            self.reply(404, b"", {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT})

    def reply(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def fake_hub() -> Iterator[FakeHub]:
    server = FakeHub({"tiny-Q4_K_M.gguf": GGUF, "README.md": b"# Tiny", "mmproj-tiny.gguf": GGUF})
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_file_on_disk_is_served_under_its_readable_name(tmp_path: Path) -> None:
    path = tmp_path / "Qwen3-8B-Q4_K_M.gguf"
    path.write_bytes(GGUF)
    assert models.resolve(str(path)) == models.ModelFile(path=path, name="Qwen3-8B", is_default=False)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("SmolLM2-135M-Instruct.Q4_1.gguf", "SmolLM2-135M-Instruct"),
        ("mistral-7b-IQ3_XS.gguf", "mistral-7b"),
        ("tiny.f16.gguf", "tiny"),
        ("model.gguf", "model"),
    ],
)
def test_names_lose_their_quantisation(file: str, name: str) -> None:
    assert models.readable_name(Path(file)) == name


def test_a_missing_file_is_an_error_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"nowhere\.gguf: No such file"):
        models.resolve(str(tmp_path / "nowhere.gguf"))


def test_a_file_that_is_no_gguf_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"<html>not found</html>")
    with pytest.raises(EngineError, match="not a GGUF model file"):
        models.resolve(str(path))


def test_a_default_model_that_is_not_installed_says_what_to_do() -> None:
    with pytest.raises(EngineError, match="not installed") as caught:
        models.packaged("no-such-package-anywhere")
    assert "--model" in caught.value.mend


def test_a_package_without_a_model_is_told_apart() -> None:
    with pytest.raises(EngineError, match="holds no model file"):
        models.packaged("pytest")


def test_the_only_language_model_of_a_repository_is_downloaded_once(fake_hub: FakeHub, tmp_path: Path) -> None:
    source = hub.Source(endpoint=fake_hub.url, cache=tmp_path)
    first = models.resolve("hf:acme/tiny-GGUF", source=source)
    again = models.resolve("hf:acme/tiny-GGUF", source=source)
    assert first == again
    assert first.name == "tiny"
    assert first.path.read_bytes() == GGUF
    assert fake_hub.downloads == 1


def test_several_files_are_listed_to_choose_from(fake_hub: FakeHub, tmp_path: Path) -> None:
    fake_hub.files["tiny-Q8_0.gguf"] = GGUF
    with pytest.raises(EngineError, match="holds 2 GGUF files") as caught:
        models.resolve("hf:acme/tiny-GGUF", source=hub.Source(endpoint=fake_hub.url, cache=tmp_path))
    assert "--model hf:acme/tiny-GGUF:tiny-Q8_0.gguf" in caught.value.mend


@pytest.mark.parametrize(
    ("model", "complaint"),
    [
        ("hf:acme/tiny-GGUF:other.gguf", r"no file other\.gguf"),
        ("hf:acme/nothing:tiny.gguf", "no model repository acme/nothing"),
        ("hf:acme/nothing", "no model repository acme/nothing"),
        ("hf:too/many/parts:x.gguf", "not the name of a repository"),
    ],
)
def test_what_the_hub_does_not_have_is_named(fake_hub: FakeHub, tmp_path: Path, model: str, complaint: str) -> None:
    with pytest.raises(EngineError, match=complaint):
        models.resolve(model, source=hub.Source(endpoint=fake_hub.url, cache=tmp_path))


def test_a_hub_out_of_reach_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    closed = FakeHub({})
    closed.server_close()
    with pytest.raises(EngineError, match="Cannot reach the Hub") as caught:
        models.resolve("hf:acme/tiny-GGUF:tiny.gguf", source=hub.Source(endpoint=closed.url, cache=tmp_path))
    assert "give its path to --model" in caught.value.mend
