"""`codex-bot setup gitlab` from end to end: a terminal, a Maintainer's token, and a forge that speaks GitLab's API."""

import contextlib
import dataclasses
import json
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from fakes.door import open_door
from stories.servers import free_port
from stories.terminal import Terminal

from bot.events import Permission, Repo
from bot.forges.registry import make_forges
from bot.settings import read_settings
from infra.practice_forge.faults import read_fault
from infra.practice_forge.gitlab.records import Hook
from infra.practice_forge.server import PracticeForge

FILES = ("gitlab-token", "gitlab-webhook.secret", "gitlab.env")
ON = {"note", "issues", "merge_requests", "pipeline", "push", "resource_access_token"}
TODAY = datetime.now(UTC)


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[PracticeForge]:
    with PracticeForge(tmp_path / "forge", dialect="gitlab", limits=False) as forge:
        for name in ("api", "web"):
            roles = {"ann": "admin", "bob": "write"}
            forge.create_repo("acme/team", name, {"a.py": b"a = 1\n"}, private=True, roles=roles)
        yield forge


@dataclasses.dataclass
class Scene:
    """The forge, and a machine with a web service's port of its own."""

    forge: PracticeForge
    folder: Path
    port: int
    start: Callable[..., Terminal]

    @property
    def public_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def token_file(self, token: str, name: str = "token") -> str:
        path = self.folder / name
        path.write_text(f"{token}\n")
        return str(path)

    def type(self, *words: str, token: str = "", project: str = "acme/team/api", **environment: str) -> Terminal:
        given = self.token_file(token or self.forge.token_for("ann"))
        return self.start("--project", project, "--token-file", given, *words, **environment)

    def connect(self, *words: str, **more: str) -> Terminal:
        terminal = self.type("--public-url", self.public_url, *words, **more)
        assert terminal.status() == 0, terminal.err
        return terminal

    def kept(self, name: str) -> str:
        return (self.data / name).read_text()

    def settings(self) -> dict[str, str]:
        """Read gitlab.env as a shell would."""
        lines = self.kept("gitlab.env").splitlines()
        return dict(line.split("=", 1) for line in lines if not line.startswith("#"))

    def hooks(self) -> list[Hook]:
        return list(self.forge.gitlab.shelves.hooks.values())


@pytest.fixture
def scene(tmp_path: Path, forge: PracticeForge) -> Iterator[Scene]:
    port, terminals = free_port(), []

    def start(*words: str, piped: str = "", **environment: str) -> Terminal:
        settings = {
            "CODEX_BOT_DATA_DIR": str(tmp_path / "data"),
            "CODEX_BOT_WEB_PORT": str(port),
            "CODEX_BOT_GITLAB_URL": forge.url,
        }
        terminals.append(Terminal(["setup", "gitlab", *words], tmp_path, settings | environment, piped))
        return terminals[-1]

    yield Scene(forge, tmp_path, port, start)
    for terminal in terminals:
        terminal.close()


def test_from_a_maintainers_token_to_a_delivery_that_was_seen(scene: Scene) -> None:
    token = scene.forge.token_for("ann")
    terminal = scene.connect(token=token)
    assert "✓ acme/team/api: a test delivery came through (202)" in terminal.err
    assert "leads here" in terminal.err
    assert all(stat.S_IMODE((scene.data / name).stat().st_mode) == 0o600 for name in FILES)
    assert sorted(path.name for path in scene.data.iterdir()) == sorted(FILES)
    assert [f"export {name}={value}" for name, value in scene.settings().items()] == terminal.out.splitlines()
    (hook,) = scene.hooks()
    assert hook.url == f"{scene.public_url}/webhooks/gitlab"
    assert hook.events == {f"{name}_events" for name in ON}
    assert (hook.branch_filter, hook.token) == ("main", "")
    assert hook.signing_token == scene.kept("gitlab-webhook.secret")
    for secret in (token, scene.kept("gitlab-token"), hook.signing_token):
        assert all(secret not in text for text in (terminal.out, terminal.err, scene.kept("gitlab.env")))
    assert all(token not in scene.kept(name) for name in FILES)


def test_the_bot_speaks_and_listens_with_what_was_kept(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.connect()
    for name, value in scene.settings().items():
        monkeypatch.setenv(name, value)
    forges, repo = make_forges(read_settings()), Repo("acme/team", "api")
    login = scene.settings()["CODEX_BOT_LOGIN"]
    assert forges.connect("gitlab").permission(repo, login) == Permission.WRITE
    sent, hooks = scene.forge.deliveries()[0], forges.hooks("gitlab")
    assert hooks is not None
    headers = {name.lower(): value for name, value in sent.request_headers.items()}
    assert hooks.verify(headers, sent.parcel.body)
    assert not hooks.verify(headers | {"webhook-signature": "v1,AAAA"}, sent.parcel.body)


def test_the_bots_token_is_a_developers_for_a_year(scene: Scene) -> None:
    scene.connect()
    (made,) = scene.forge.gitlab.shelves.access_tokens.values()
    assert made.name == "codex-bot"
    own = {"PRIVATE-TOKEN": scene.kept("gitlab-token")}
    told = requests.get(f"{scene.forge.url}/api/v4/personal_access_tokens/self", headers=own, timeout=9).json()
    assert (told["scopes"], told["expires_at"]) == (
        ["api", "write_repository"],
        f"{datetime.now(UTC).date() + timedelta(days=365)}",
    )
    hooks = f"{scene.forge.url}/api/v4/projects/acme%2Fteam%2Fapi/hooks"
    assert requests.get(hooks, headers=own, timeout=9).status_code == 403


def test_where_tokens_live_shorter_the_longest_life_is_taken(scene: Scene) -> None:
    scene.forge.gitlab.shelves.longest_token_days = 90
    terminal = scene.connect()
    assert f"good until {datetime.now(UTC).date() + timedelta(days=90)}" in terminal.err


def test_asked_twice_nothing_is_made_twice(scene: Scene) -> None:
    first = scene.connect()
    before = {name: scene.kept(name) for name in FILES}
    second = scene.connect()
    assert "The token in gitlab-token still does" in second.err
    assert f"Changed the webhook {scene.hooks()[0].id}" in second.err
    assert {name: scene.kept(name) for name in FILES} == before
    assert (len(scene.hooks()), len(scene.forge.gitlab.shelves.access_tokens)) == (1, 1)
    assert first.out == second.out


def test_a_hook_that_points_here_is_changed_to_what_is_needed(scene: Scene) -> None:
    repo = scene.forge.gitlab.shelves.project("acme/team/api")
    assert repo is not None
    url = f"{scene.public_url}/webhooks/gitlab"
    ours = scene.forge.gitlab.add_hook(repo, url, events=("confidential_note_events", "job_events"), token="old")
    other = scene.forge.gitlab.add_hook(repo, f"{scene.public_url}/others", events=("tag_push_events",))
    twin = scene.forge.gitlab.add_hook(repo, url)
    terminal = scene.connect()
    changed, untouched, _ = scene.hooks()
    assert (changed.id, changed.events) == (ours.id, {f"{name}_events" for name in ON})
    assert changed.signing_token == scene.kept("gitlab-webhook.secret")
    assert untouched == other
    assert f"the webhook {twin.id} points here, too" in terminal.err


def test_another_public_url_moves_the_hook(scene: Scene) -> None:
    scene.connect()
    port = str(free_port())
    scene.connect("--public-url", f"http://127.0.0.1:{port}", CODEX_BOT_WEB_PORT=port)
    (hook,) = scene.hooks()
    assert hook.url == f"http://127.0.0.1:{port}/webhooks/gitlab"


def test_a_server_that_ignores_signing_tokens_gets_a_secret_token(scene: Scene) -> None:
    scene.forge.gitlab.ignores_signing_token = True
    for _ in range(2):
        terminal = scene.connect()
        assert "takes no signing token" in terminal.err
        assert "came through (202)" in terminal.err
        (hook,) = scene.hooks()
        assert hook.token
        assert scene.kept("gitlab-webhook.secret").splitlines()[1:] == [hook.token]


def test_two_projects_share_a_groups_token_and_a_secret(scene: Scene) -> None:
    terminal = scene.connect("--project", "acme/team/web", "--group", "acme")
    assert terminal.err.count("came through (202)") == 2
    api, web = scene.hooks()
    assert (api.signing_token, api.repo_id == web.repo_id) == (web.signing_token, False)
    assert scene.settings()["CODEX_BOT_LOGIN"].startswith("group_")


def test_a_second_project_is_added_later(scene: Scene) -> None:
    scene.connect("--group", "acme")
    terminal = scene.connect(project="acme/team/web")
    assert "still does" in terminal.err
    assert len(scene.hooks()) == 2
    assert len({hook.signing_token for hook in scene.hooks()}) == 1


def test_the_bots_own_account_may_be_given(scene: Scene) -> None:
    repo = scene.forge.gitlab.shelves.project("acme/team/api")
    assert repo is not None
    scene.forge.forge.state.keep_repository(dataclasses.replace(repo, roles={**repo.roles, "codex-bot": "write"}))
    token = scene.forge.token_for("codex-bot")
    scene.connect("--bot-token-file", scene.token_file(token, "bots"))
    assert (scene.kept("gitlab-token"), scene.settings()["CODEX_BOT_LOGIN"]) == (token, "codex-bot")
    assert scene.forge.gitlab.shelves.access_tokens == {}


def test_a_token_that_is_of_no_more_use_is_replaced(scene: Scene) -> None:
    scene.connect()
    (old,) = scene.forge.gitlab.shelves.access_tokens.values()
    scene.forge.gitlab.shelves.revoke(old)
    terminal = scene.connect()
    assert "The token in gitlab-token is replaced" in terminal.err
    assert scene.kept("gitlab-token") != old.secret


def test_without_a_public_url_the_bot_looks_for_comments_itself(scene: Scene) -> None:
    terminal = scene.type("--no-public-url")
    assert terminal.status() == 0, terminal.err
    assert "looks for new comments every 15 s" in terminal.err
    assert "edited comments and new merge requests are not found" in terminal.err
    assert "tunnel or relay" in terminal.err
    assert scene.hooks() == []
    assert scene.settings()["CODEX_BOT_MISSED_SECONDS"] == "15"
    assert "CODEX_BOT_PUBLIC_URL" not in scene.settings()


def test_as_json_it_is_one_document(scene: Scene) -> None:
    terminal = scene.connect("--json")
    document = json.loads(terminal.out)
    assert list(document) == ["server", "bot", "environment", "projects", "webhooks"]
    assert document["environment"] == scene.settings()
    (told,) = document["webhooks"]
    assert (told["proof"], told["delivery"]["ok"]) == ("signing_token", True)


@pytest.mark.parametrize("way", ["--token", "--token-file", "environment"])
def test_the_token_comes_by_a_pipe_or_the_environment(scene: Scene, way: str) -> None:
    token, words = scene.forge.token_for("ann"), ["--project", "acme/team/api", "--no-public-url"]
    if way == "environment":
        terminal = scene.start(*words, CODEX_BOT_SETUP_TOKEN=token)
    else:
        terminal = scene.start(*words, way, "-", piped=f"{token}\n")
    assert terminal.status() == 0, terminal.err


def refused(terminal: Terminal) -> tuple[int, dict[str, Any]]:
    status = terminal.status()
    return status, json.loads(terminal.out)["error"]


def test_a_token_on_the_command_line_is_refused_and_not_repeated(scene: Scene) -> None:
    terminal = scene.start("--project", "acme/team/api", "--no-public-url", "--json", "--token", "glpat-oh-dear")
    status, error = refused(terminal)
    assert (status, "revoke it" in error["message"]) == (2, True)
    assert "oh-dear" not in terminal.out + terminal.err


@pytest.mark.parametrize("content", ["", "two words", "sn\N{SNOWMAN}w"])
def test_a_file_without_a_token_is_refused(scene: Scene, content: str) -> None:
    path = scene.token_file(content)
    words = ("--project", "acme/team/api", "--no-public-url", "--json", "--token-file", path)
    assert refused(scene.start(*words))[0] == 2
    assert refused(scene.start(*words[:-2]))[0] == 2


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--public-url", "http://a", "--no-public-url"],
        ["--no-public-url", "--group", "others"],
        ["--public-url", "https://10.0.0.7", "--url", "https://gitlab.com"],
    ],
)
def test_options_that_make_no_sense_together_are_told(scene: Scene, words: list[str]) -> None:
    status, error = refused(scene.type("--json", *words))
    assert (status, bool(error["mend"])) == (1 if "https://gitlab.com" in words else 2, True)
    assert not scene.data.exists()


def nothing(scene: Scene) -> None:
    """Nothing was made and nothing was kept."""
    assert (scene.hooks(), scene.forge.gitlab.shelves.access_tokens) == ([], {})
    assert not scene.data.exists() or list(scene.data.iterdir()) == []


@pytest.mark.parametrize(
    ("login", "scopes", "days", "words"),
    [
        ("ann", ["api"], -1, "past its last day"),
        ("ann", ["read_api"], 9, "has the scopes read_api, and needs api"),
        ("bob", ["api"], 9, "bob is Developer in acme/team/api"),
        ("eve", ["api"], 9, "404 Project Not Found"),
    ],
)
def test_a_token_or_role_that_does_not_do_is_told(
    scene: Scene, login: str, scopes: list[str], days: int, words: str
) -> None:
    token = scene.forge.gitlab.token(login, scopes=scopes, expires_at=TODAY + timedelta(days=days))
    status, error = refused(scene.type("--public-url", scene.public_url, "--json", token=token))
    assert status == 1
    assert words in error["message"] + error["mend"]
    assert error["mend"]
    nothing(scene)


@pytest.mark.parametrize(
    ("scopes", "days", "role", "words"),
    [
        (["api"], 90, "write", "lacks the scope write_repository"),
        (["api", "write_repository"], 5, "write", "it ends in"),
        (["api", "write_repository"], 90, "read", "is Reporter in acme/team/api, needs Developer"),
        (["api", "write_repository"], 90, "none", "is no role in acme/team/api, needs Developer"),
    ],
)
def test_a_given_token_that_does_not_do_is_told(
    scene: Scene, scopes: list[str], days: int, role: Any, words: str
) -> None:
    repo = scene.forge.gitlab.shelves.project("acme/team/api")
    assert repo is not None
    scene.forge.forge.state.keep_repository(dataclasses.replace(repo, roles={**repo.roles, "codex-bot": role}))
    token = scene.forge.gitlab.token("codex-bot", scopes=scopes, expires_at=TODAY + timedelta(days=days))
    given = scene.token_file(token, "bots")
    status, error = refused(scene.type("--public-url", scene.public_url, "--json", "--bot-token-file", given))
    assert (status, words in error["message"]) == (1, True), error
    nothing(scene)


def test_the_maintainers_token_is_never_kept_as_the_bots(scene: Scene) -> None:
    token = scene.forge.token_for("ann")
    given = scene.token_file(token, "bots")
    status, error = refused(scene.type("--no-public-url", "--json", "--bot-token-file", given, token=token))
    assert (status, "is the Maintainer's" in error["message"]) == (1, True)
    nothing(scene)


def test_several_projects_without_a_group_are_told(scene: Scene) -> None:
    words = ("--public-url", scene.public_url, "--json", "--project", "acme/team/web")
    status, error = refused(scene.type(*words))
    assert (status, "--group" in error["mend"], "--bot-token-file" in error["mend"]) == (1, True, True)
    nothing(scene)


def test_a_server_that_makes_no_tokens_is_told_with_the_way_out(scene: Scene) -> None:
    scene.forge.gitlab.shelves.makes_access_tokens = False
    status, error = refused(scene.type("--public-url", scene.public_url, "--json"))
    assert (status, "does not have permission" in error["message"]) == (1, True)
    assert "--bot-token-file" in error["mend"]
    nothing(scene)


def test_a_blocked_local_network_is_told_with_the_place_to_open_it(scene: Scene) -> None:
    scene.forge.gitlab.blocks_local_network = True
    status, error = refused(scene.type("--public-url", scene.public_url, "--json"))
    assert (status, "local network" in error["message"]) == (1, True)
    assert f"Outbound requests and add 127.0.0.1:{scene.port} to" in error["mend"]
    assert scene.hooks() == []
    scene.forge.gitlab.blocks_local_network = False
    assert "still does" in scene.connect().err


def test_a_server_that_is_away_leaves_nothing(scene: Scene) -> None:
    words = ("--public-url", scene.public_url, "--json", "--url")
    assert refused(scene.type(*words, "http://127.0.0.1:1"))[0] == 3
    nothing(scene)


def test_another_server_does_not_learn_the_token(scene: Scene) -> None:
    with open_door() as other:  # answers GET with 501
        status, error = refused(scene.type("--no-public-url", "--json", "--url", other.url.removesuffix("/webhooks")))
    assert (status, "away" in error["message"]) == (3, True)
    page = f"{scene.forge.url}/ann"  # a page, and no GitLab: its path is one too many
    status, error = refused(scene.type("--no-public-url", "--json", "--url", page))
    assert (status, "not as GitLab does" in error["message"], "--url" in error["mend"]) == (1, True, True)
    nothing(scene)


def test_secrets_of_another_server_are_neither_shown_nor_written_over(scene: Scene) -> None:
    scene.connect()
    before = {name: scene.kept(name) for name in FILES}
    with PracticeForge(scene.folder / "other", dialect="gitlab", limits=False) as other:
        other.create_repo("acme/team", "api", {"a": b"1"}, roles={"ann": "admin"})
        words = ("--public-url", scene.public_url, "--json", "--url", other.url)
        status, error = refused(scene.type(*words, token=other.token_for("ann")))
        assert (status, "would be written over" in error["message"]) == (1, True)
        assert "--secrets-dir" in error["mend"]
    assert {name: scene.kept(name) for name in FILES} == before


def test_a_token_that_cannot_be_kept_is_told_first(scene: Scene) -> None:
    (scene.folder / "file").write_text("in the way")
    words = ("--no-public-url", "--json", "--secrets-dir", str(scene.folder / "file"))
    assert refused(scene.type(*words))[0] == 2
    nothing(scene)


def test_an_empty_project_has_nothing_to_deliver_yet(scene: Scene, forge: PracticeForge) -> None:
    forge.create_repo("ann", "empty", {})
    terminal = scene.connect(project="ann/empty")
    assert "! ann/empty: no test delivery yet; GitLab says: Ensure the project has at least one commit." in terminal.err


def test_a_bot_that_runs_with_another_secret_is_told_to_start_anew(scene: Scene) -> None:
    with standing_bot(scene.port, 401):
        terminal = scene.type("--public-url", scene.public_url, "--unproved")
        assert terminal.status() == 1
    assert "the test delivery failed (401)" in terminal.err
    assert "anew" in terminal.err
    assert "gitlab.env" in terminal.err


def test_nobody_at_the_public_url_is_told(scene: Scene) -> None:
    words = ("--public-url", "http://127.0.0.1:1", "--json")
    status, error = refused(scene.type(*words))
    assert (status, "cannot be reached" in error["message"], "tunnel" in error["message"]) == (3, True, True)
    nothing(scene)
    terminal = scene.type("--public-url", "http://127.0.0.1:1", "--unproved")
    assert terminal.status() == 1
    assert "does not reach the public URL" in terminal.err


@contextlib.contextmanager
def standing_bot(port: int, status: int) -> Iterator[None]:
    with open_door(port) as door:
        door.status = status
        yield


def test_what_people_ask_during_the_setup_is_not_swallowed(scene: Scene) -> None:
    scene.forge.forge.faults.arm(read_fault({"method": "POST", "match": "/test/push_events$", "delay_s": 2}))
    terminal = scene.type("--public-url", scene.public_url)
    terminal.told("Kept gitlab-token")
    url, headers = f"{scene.public_url}/webhooks/gitlab", {"X-Gitlab-Event": "Push Hook", "X-Gitlab-Token": "guess"}
    assert requests.post(url, json={}, headers=headers, timeout=9).status_code == 503
    project = f"{scene.forge.url}/api/v4/projects/acme%2Fteam%2Fapi/issues"
    own = {"PRIVATE-TOKEN": scene.forge.token_for("bob")}
    assert requests.post(project, json={"title": "T"}, headers=own, timeout=9).status_code == 201
    assert terminal.status() == 0, terminal.err
    answers = {sent.parcel.event: sent.status_code for sent in scene.forge.deliveries()}
    assert answers == {"Issue Hook": 503, "Push Hook": 202}


@pytest.mark.parametrize("moment", ["access_tokens", "hooks"])
def test_ctrl_c_while_gitlab_makes_something_leaves_it_whole(scene: Scene, moment: str) -> None:
    order = {"method": "POST", "match": f"/{moment}$", "when": "after", "delay_s": 2}
    scene.forge.forge.faults.arm(read_fault(order))
    terminal = scene.type("--public-url", scene.public_url)
    terminal.told("leads here" if moment == "access_tokens" else "Made an access token")
    for _ in range(100):
        if scene.forge.gitlab.shelves.access_tokens if moment == "access_tokens" else scene.hooks():
            break
        requests.get(scene.forge.url, timeout=9)
    terminal.interrupt()
    assert terminal.status() == 130
    assert "interrupted" in terminal.err
    assert sorted(path.name for path in scene.data.iterdir()) == sorted(FILES)
    (made,) = scene.forge.gitlab.shelves.access_tokens.values()
    assert scene.kept("gitlab-token") == made.secret
    assert all(hook.signing_token == scene.kept("gitlab-webhook.secret") for hook in scene.hooks())
    again = scene.connect()
    assert "still does" in again.err
    assert len(scene.hooks()) == 1


def test_ctrl_c_before_anything_was_made_leaves_nothing(scene: Scene) -> None:
    scene.forge.forge.faults.arm(read_fault({"method": "GET", "match": "/projects/", "delay_s": 5}))
    terminal = scene.type("--public-url", scene.public_url)
    terminal.told("Asking as ann")
    terminal.interrupt()
    assert terminal.status() == 130
    nothing(scene)
