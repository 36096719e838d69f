"""A GitHub that says exactly what a test tells it to say, and remembers what it was asked."""

import contextlib
import dataclasses
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from werkzeug import Request, Response
from werkzeug.serving import make_server

from bot.forges.github.access import GitHubAccess
from bot.forges.github.adapter import GitHubForge
from infra.practice_forge import state
from infra.practice_forge.tape import tapes


@dataclasses.dataclass
class Asked:
    method: str
    path: str
    authorization: str
    body: Any


class ScriptedGitHub:
    """Answers (method, path below /api/v3) from `answers`; anything else is a 404, as on the real one."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], list[Response]] = {}
        self.asked: list[Asked] = []
        self.delay_s = 0.0
        self.url = ""

    def say(self, method: str, path: str, body: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        """Add one answer; the last one is given again and again."""
        text = body if isinstance(body, str) else json.dumps(body)
        response = Response(text, status=status, headers=headers, content_type="application/json")
        self.answers.setdefault((method, path), []).append(response)

    def questions(self, method: str) -> list[str]:
        return [asked.path for asked in self.asked if asked.method == method]

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        request = Request(environ)
        path = request.full_path.rstrip("?").removeprefix("/api/v3")
        body = request.get_json() if request.data else None
        self.asked.append(Asked(request.method, path, request.headers.get("Authorization", ""), body))
        agent = request.headers.get("User-Agent", "")
        for tell in tapes():
            tell(state.Asked(request.method, request.path, request.args.to_dict(), agent, request.data))
        time.sleep(self.delay_s)
        waiting = self.answers.get((request.method, path))
        if not waiting:
            missing = Response('{"message": "Not Found"}', status=404, content_type="application/json")
            return missing(environ, start_response)
        answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return answer(environ, start_response)


@contextlib.contextmanager
def serving(github: ScriptedGitHub) -> Iterator[ScriptedGitHub]:
    server = make_server("127.0.0.1", 0, github, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    github.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield github
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def scripted() -> Iterator[ScriptedGitHub]:
    with serving(ScriptedGitHub()) as github:
        yield github


@pytest.fixture
def forge(scripted: ScriptedGitHub) -> GitHubForge:
    return GitHubForge(GitHubAccess(web_url=scripted.url, token="sesame-token", login="codex", timeout_s=5))
