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
from infra.practice_forge.state import Role

pytestmark = pytest.mark.timeout(300)
EVENTS = ("note_events", "issues_events")


@dataclasses.dataclass
class Lab:
    """A project at GitLab with the whole service beside it, and ann, who uses both."""

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


@dataclasses.dataclass
class House:
    """A GitLab with the whole service beside it, whose hook has a token to sign with."""

    forge: PracticeForge
    supervisor: Supervisor
    logs: Path
    hook: str
    signing: str


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, model_is_here: None) -> Iterator[House]:
    ports, folder = free_ports(), tmp_path_factory.mktemp("gitlab")
    logs = folder / "logs"
    logs.mkdir()
    signing = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    with (
        PracticeForge(folder / "forge", dialect="gitlab", limits=False) as forge,
        Supervisor(logs=logs, tell=print) as supervisor,
    ):
        environment = {
            **QUICK,
            "CODEX_BOT_DATA_DIR": str(folder / "bot"),
            "CODEX_BOT_WEB_PORT": str(ports.web),
            "CODEX_BOT_GITLAB_URL": forge.url,
            "CODEX_BOT_GITLAB_TOKEN_FILE": str(_kept(folder / "token", forge.token_for("codex-bot"))),
            "CODEX_BOT_GITLAB_WEBHOOK_SECRET_FILE": str(_kept(folder / "hook", signing)),
            "CODEX_BOT_LOGIN": "codex-bot",
            "CODEX_BOT_MODEL_URL": f"http://127.0.0.1:{ports.engine}",
        }
        engine = ["engine", "--port", str(ports.engine)]
        health = f"http://127.0.0.1:{ports.engine}/health"
        supervisor.start(Service("engine", engine, {}, health, ready_seconds=600.0))
        supervisor.start(Service("web", ["serve"], environment, f"http://127.0.0.1:{ports.web}/readyz"))
        for part in ("work", "sweep"):
            supervisor.start(Service(part, [part], environment))
        yield House(forge, supervisor, logs, f"http://127.0.0.1:{ports.web}/webhooks/gitlab", signing)


@pytest.fixture
def lab(house: House, request: pytest.FixtureRequest) -> Lab:
    """Give each story a project of its own."""
    files = {name: text.encode() for name, text in KIT.items()}
    people: dict[str, Role] = {"ann": "admin", "codex-bot": "write"}
    repo = house.forge.create_repo("acme/tools", request.node.name, files, roles=people)
    house.forge.gitlab.add_hook(repo, house.hook, signing_token=house.signing, events=EVENTS)
    return Lab(house.forge, house.supervisor, house.logs, quote(repo.path, safe=""), house.forge.token_for("ann"))


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
