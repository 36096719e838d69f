"""Somebody writes `/codex implement` on an issue at GitLab; only the forge itself is one to practise on."""

import base64
import dataclasses
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests
from stories.scene import ISSUE, KIT, QUICK

from actions.practice import free_ports, wait_for
from actions.supervisor import Service, Supervisor
from infra.practice_forge.server import PracticeForge

pytestmark = pytest.mark.timeout(300)
EVENTS = ("note_events", "issues_events")


@dataclasses.dataclass
class Lab:
    """A GitLab with one project, the whole service beside it, and ann, who uses both."""

    forge: PracticeForge
    supervisor: Supervisor
    logs: Path
    project: str
    token: str

    def ask(self, path: str, **fields: Any) -> Any:
        method = "POST" if fields else "GET"
        address = f"{self.forge.url}/api/v4/projects/{self.project}/{path}"
        answer = requests.request(
            method, address, json=fields or None, headers={"PRIVATE-TOKEN": self.token}, timeout=10
        )
        answer.raise_for_status()
        return answer.json()

    def wait(self, found: Callable[[], Any], what: str) -> Any:
        seen: list[Any] = []

        def look() -> bool:
            seen.append(found())
            return bool(seen[-1])

        if not wait_for(look, seconds=120, between=self.supervisor.keep_alive):
            pytest.fail("\n".join([what, *(log.read_text()[-1500:] for log in sorted(self.logs.glob("*.log")))]))
        return seen[-1]

    def told(self, issue: int) -> list[str]:
        """Return the bot's comments, the oldest first."""
        notes = self.ask(f"issues/{issue}/notes?sort=asc")
        return [note["body"] for note in notes if note["author"]["username"] == "codex-bot"]


@pytest.fixture
def lab(tmp_path: Path, model_is_here: None) -> Iterator[Lab]:
    ports, logs = free_ports(), tmp_path / "logs"
    logs.mkdir()
    signing = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    with (
        PracticeForge(tmp_path / "forge", dialect="gitlab", limits=False) as forge,
        Supervisor(logs=logs, tell=print) as supervisor,
    ):
        files = {name: text.encode() for name, text in KIT.items()}
        repo = forge.create_repo("acme/tools", "numberkit", files, roles={"ann": "admin", "codex-bot": "write"})
        forge.gitlab.add_hook(
            repo, f"http://127.0.0.1:{ports.web}/webhooks/gitlab", signing_token=signing, events=EVENTS
        )
        environment = {
            **QUICK,
            "CODEX_BOT_DATA_DIR": str(tmp_path / "bot"),
            "CODEX_BOT_WEB_PORT": str(ports.web),
            "CODEX_BOT_GITLAB_URL": forge.url,
            "CODEX_BOT_GITLAB_TOKEN_FILE": str(_kept(tmp_path / "token", forge.token_for("codex-bot"))),
            "CODEX_BOT_GITLAB_WEBHOOK_SECRET_FILE": str(_kept(tmp_path / "hook", signing)),
            "CODEX_BOT_LOGIN": "codex-bot",
            "CODEX_BOT_MODEL_URL": f"http://127.0.0.1:{ports.engine}",
        }
        engine = ["engine", "--port", str(ports.engine)]
        health = f"http://127.0.0.1:{ports.engine}/health"
        supervisor.start(Service("engine", engine, {}, health, ready_seconds=600.0))
        supervisor.start(Service("web", ["serve"], environment, f"http://127.0.0.1:{ports.web}/readyz"))
        for part in ("work", "sweep"):
            supervisor.start(Service(part, [part], environment))
        yield Lab(forge, supervisor, logs, quote(repo.path, safe=""), forge.token_for("ann"))


def _kept(path: Path, secret: str) -> Path:
    path.write_text(secret)
    path.chmod(0o600)
    return path


def test_an_issue_becomes_one_merge_request_with_its_evidence(lab: Lab) -> None:
    issue = lab.ask("issues", title=ISSUE[0], description=ISSUE[1])["iid"]
    note = lab.ask(f"issues/{issue}/notes", body="/codex implement")["id"]
    ended = lab.wait(
        lambda: [text for text in lab.told(issue) if text.startswith(("**Done:", "**An unverified"))], "it ends"
    )
    (request,) = lab.ask("merge_requests?state=opened")
    assert request["title"].removeprefix("Draft: ") == f"{ISSUE[0]}"
    assert request["draft"] is not ended[0].startswith("**Done:")
    assert request["web_url"] in ended[0]
    assert "| check | before | after |" in request["description"]
    assert [each["name"] for each in lab.ask(f"issues/{issue}/notes/{note}/award_emoji")] == ["eyes"]
    assert len(lab.told(issue)) == 1


def test_a_merge_request_of_the_same_number_is_answered_where_it_was_asked(lab: Lab) -> None:
    issue = lab.ask("issues", title=ISSUE[0], description=ISSUE[1])["iid"]
    commit = {"action": "update", "file_path": "numberkit.py", "content": "# empty\n"}
    lab.ask("repository/commits", branch="mend", start_branch="main", commit_message="Mend", actions=[commit])
    request = lab.ask("merge_requests", source_branch="mend", target_branch="main", title="Mend")["iid"]
    assert request == issue
    lab.ask(f"merge_requests/{request}/notes", body="/codex help")
    lab.wait(
        lambda: [note for note in lab.ask(f"merge_requests/{request}/notes") if "implement" in note["body"]], "help"
    )
    assert lab.told(issue) == []


def test_who_may_not_write_is_refused_once(lab: Lab) -> None:
    issue = lab.ask("issues", title=ISSUE[0], description=ISSUE[1])["iid"]
    lab.token = lab.forge.token_for("eve")
    lab.ask(f"issues/{issue}/notes", body="/codex implement")
    (refusal,) = lab.wait(lambda: lab.told(issue), "a refusal")
    assert "may not give commands" in refusal
    assert lab.ask("merge_requests") == []
