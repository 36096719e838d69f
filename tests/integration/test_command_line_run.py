"""`codex-bot run implement` on a real repository, with a model server whose answers are scripted."""

import http.server
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tasks.sandbox import self_test

START = [sys.executable, "-I", "-m", "actions", "run", "implement"]
KIT = 'def is_odd(number):\n    """Say whether."""\n    return number % 2 == 1\n'
TESTS = "from kit import is_odd\n\n\ndef test_odd():\n    assert is_odd(3)\n    assert not is_odd(4)\n"
ISSUE = (
    "# Add is_even\n\nAdd `is_even` to `kit.py`.\n\n"
    "```python\nfrom kit import is_even\nassert is_even(2)\nassert not is_even(3)\n```\n"
)
LAST = "    return number % 2 == 1"


def answer(body: str) -> str:
    added = f"{LAST}\n\n\ndef is_even(number):\n    return {body}"
    return f"kit.py\n```\n<<<<<<< SEARCH\n{LAST}\n=======\n{added}\n>>>>>>> REPLACE\n```\n"


GOOD, WRONG = answer("number % 2 == 0"), answer("True")


class Model(http.server.ThreadingHTTPServer):
    """Speaks llama.cpp's routes. `reply` is every answer; while `silent`, a completion never begins."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Routes)
        self.reply = GOOD
        self.broken = False
        self.silent = False
        self.asked = threading.Event()
        self.over = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Routes(http.server.BaseHTTPRequestHandler):
    server: Model

    def do_GET(self) -> None:
        if self.path == "/props":
            self.send({"default_generation_settings": {"n_ctx": 8192}, "model_alias": "Grown-7B"})
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/apply-template":
            self.send({"prompt": "\n".join(message["content"] for message in body["messages"])})
        elif self.path == "/tokenize":
            self.send({"tokens": list(range(len(body["content"]) // 4))})
        elif self.server.broken:
            self.send_error(503)
        else:
            self.stream()

    def stream(self) -> None:
        self.server.asked.set()
        if self.server.silent:
            self.server.over.wait()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for piece in self.server.reply.splitlines(keepends=True):
            self.event([{"index": 0, "delta": {"role": "assistant", "content": piece}, "finish_reason": None}])
        self.event([{"index": 0, "delta": {}, "finish_reason": "stop"}])
        self.event([], {"prompt_tokens": 300, "completion_tokens": 40, "total_tokens": 340})
        self.wfile.write(b"data: [DONE]\n\n")

    def event(self, choices: list[Any], usage: dict[str, int] | None = None) -> None:
        chunk = {
            "id": "1",
            "created": 1,
            "object": "chat.completion.chunk",
            "model": "Grown-7B",
            "system_fingerprint": "",
        }
        self.wfile.write(f"data: {json.dumps({**chunk, 'choices': choices, 'usage': usage})}\n\n".encode())

    def send(self, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def model() -> Iterator[Model]:
    made = Model()
    thread = threading.Thread(target=made.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.over.set()
    made.shutdown()
    thread.join()
    made.server_close()


class Place:
    """A repository with one commit and an issue beside it."""

    def __init__(self, folder: Path, model_url: str, scratch: Path) -> None:
        self.folder = folder
        self.scratch = scratch
        self.repo = folder / "kit"
        self.repo.mkdir()
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
            "CODEX_BOT_MODEL_URL": model_url,
            "TMPDIR": str(self.scratch),
        }
        (self.repo / "kit.py").write_text(KIT)
        (self.repo / "test_kit.py").write_text(TESTS)
        (folder / "issue.md").write_text(ISSUE)
        self.git("init", "-q", "-b", "main")
        self.git("add", "-A")
        self.git("-c", "user.name=ann", "-c", "user.email=ann@localhost", "commit", "-qm", "first")

    def git(self, *arguments: str) -> str:
        argv = ["git", "-C", str(self.repo), *arguments]
        return subprocess.run(argv, check=True, capture_output=True, text=True).stdout

    def implement(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        argv = [*START, "--repo", str(self.repo), *arguments]
        return subprocess.run(
            argv, input=stdin, env=self.environment, cwd=self.folder, capture_output=True, text=True, timeout=150,
            check=False,
        )  # fmt: skip

    def branches(self) -> list[str]:
        return self.git("branch", "--format=%(refname:short)").split()


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A temporary folder like the system's: the sandbox's account must get in, unlike into the tests' own."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        Path(name).chmod(0o1777)
        yield Path(name)


@pytest.fixture
def place(tmp_path: Path, model: Model, scratch: Path) -> Place:
    return Place(tmp_path, model.url, scratch)


@pytest.fixture
def sandbox() -> None:
    found = self_test()
    if not found.ok:
        pytest.skip(f"no sandbox on this machine: {found.reason}")
    if not (Path(sys.prefix) / "sandbox-tools" / "pytest").is_dir():
        pytest.skip("pytest for the sandbox is not installed; `make setup` does it")


@pytest.mark.usefixtures("sandbox")
def test_an_issue_becomes_a_verified_branch_and_nothing_else_changes(place: Place) -> None:
    (place.repo / "kit.py").write_text(KIT + "# not committed\n")
    (place.repo / "notes.txt").write_text("not tracked")
    index = (place.repo / ".git" / "index").read_bytes()
    done = place.implement("--issue", "issue.md")
    assert (done.returncode, done.stdout) == (0, "verified: codex/issue-1\n")
    assert "note: there are uncommitted changes; the last commit is read" in done.stderr
    assert "Take it:    git merge codex/issue-1" in done.stderr
    assert place.branches() == ["codex/issue-1", "main"]
    assert place.git("show", "codex/issue-1:kit.py") == f"{KIT}\n\ndef is_even(number):\n    return number % 2 == 0\n"
    assert place.git("rev-parse", "codex/issue-1~1") == place.git("rev-parse", "main")
    assert (place.repo / "kit.py").read_text() == KIT + "# not committed\n"
    assert (place.repo / ".git" / "index").read_bytes() == index
    assert place.git("status", "--porcelain") == " M kit.py\n?? notes.txt\n"
    story = (place.folder / "codex-issue-1.md").read_text()
    assert "| test from the issue | ✗ 1 failed | ✓ 1 passed |" in story
    assert list(place.scratch.iterdir()) == []


@pytest.mark.usefixtures("sandbox")
def test_in_json_there_is_one_document_and_the_rest_is_on_stderr(place: Place) -> None:
    done = place.implement("--issue", "-", "--number", "12", "--out", "story.md", "--json", stdin=ISSUE)
    assert done.returncode == 0
    assert json.loads(done.stdout) == {
        "outcome": "verified",
        "verified": True,
        "branch": "codex/issue-12",
        "base": "main",
        "text": "story.md",
        "tokens_in": 300,
        "tokens_out": 40,
    }
    assert (place.folder / "story.md").exists()
    assert "uncommitted" not in done.stderr


@pytest.mark.usefixtures("sandbox")
def test_what_is_not_proven_leaves_with_1(place: Place, model: Model) -> None:
    model.reply = WRONG
    done = place.implement("--issue", "issue.md")
    assert (done.returncode, done.stdout) == (1, "unverified: codex/issue-1\n")
    assert "The test from the issue does not pass" in (place.folder / "codex-issue-1.md").read_text()


def test_a_second_run_writes_over_nothing(place: Place) -> None:
    first, second = place.implement("--issue", "issue.md"), place.implement("--issue", "issue.md")
    assert first.stdout.endswith(": codex/issue-1\n")
    assert second.stdout.endswith(": codex/issue-1-2\n")
    assert place.branches() == ["codex/issue-1", "codex/issue-1-2", "main"]
    assert "codex/issue-1`" in (place.folder / "codex-issue-1.md").read_text()
    assert "codex/issue-1-2`" in (place.folder / "codex-issue-1-2.md").read_text()


def test_the_stages_are_told_line_by_line_where_stderr_is_no_terminal(place: Place) -> None:
    lines = place.implement("--issue", "issue.md").stderr.splitlines()
    assert "working; how long it takes depends on the model and the tests" in lines
    assert "· Read the issue and the repository" in lines
    assert len(lines) == len(set(lines))


def test_an_answer_without_a_change_is_nothing_to_propose(place: Place, model: Model) -> None:
    model.reply = "I would rather not."
    done = place.implement("--issue", "issue.md", "--json")
    document = json.loads(done.stdout)
    assert (done.returncode, document["outcome"], document["branch"]) == (1, "nothing to propose", None)
    assert place.branches() == ["main"]


def test_a_model_that_goes_away_in_the_middle_leaves_with_3(place: Place, model: Model) -> None:
    model.broken = True
    done = place.implement("--issue", "issue.md", "--json")
    assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == (3, "away")
    assert "503" in json.loads(done.stdout)["error"]["message"]
    assert "Traceback" not in done.stderr
    assert list(place.scratch.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_interrupts_finds_everything_as_it_was(place: Place, model: Model, number: signal.Signals) -> None:
    model.silent = True
    argv = [*START, "--repo", str(place.repo), "--issue", str(place.folder / "issue.md")]
    with subprocess.Popen(argv, env=place.environment, stderr=subprocess.PIPE, text=True) as process:
        assert model.asked.wait(120)
        process.send_signal(number)
        assert process.wait(60) == 130
        assert process.stderr
        assert "Traceback" not in process.stderr.read()
    assert place.branches() == ["main"]
    assert list(place.scratch.iterdir()) == []


def test_an_empty_repository_is_refused_with_the_next_step(place: Place) -> None:
    empty = place.folder / "empty"
    subprocess.run(["git", "init", "-q", "-b", "main", str(empty)], check=True)
    done = place.implement("--repo", str(empty), "--issue", "issue.md")
    assert (done.returncode, done.stdout) == (1, "")
    assert "error: " in done.stderr
    assert "hint: " in done.stderr
