"""The one table of permissions, and the manifest that is made of it."""

import json
import traceback
from typing import Any

import pytest

from bot.errors import ForgeAwayError, UserError
from bot.forges.github.access import GitHubAccess
from bot.forges.github.manifest import exchange, form_address, hook_url, manifest, require_github, settings_address
from bot.forges.github.permissions import NEEDS, events, lacking_events, lacking_permissions, permissions
from infra.practice_forge.registration import NEEDED, Manifest

CODE = "a1b2c3"
CONVERSION = f"/app-manifests/{CODE}/conversions"
ANSWER = {
    "id": 7,
    "slug": "codex-bot-acme",
    "name": "Codex Bot acme",
    "owner": {"login": "acme"},
    "html_url": "https://github.com/apps/codex-bot-acme",
    "pem": "sesame-key",
    "webhook_secret": "sesame-secret",
}


def made(public_url: str = "https://codex.example.org") -> dict[str, Any]:
    return manifest(name="Codex Bot", public_url=public_url, redirect_url="http://127.0.0.1:1/x/done")


def test_every_event_stands_beside_the_permission_that_it_needs() -> None:
    assert {event: NEEDED.get(event) for event in events()} == {
        event: need.permission for need in NEEDS for event in need.events
    }
    assert len(events()) == len(set(events()))


def test_no_event_is_listed_that_always_comes() -> None:
    assert [event for event in events() if event.startswith("installation")] == []


def test_every_permission_stands_once_and_at_a_level_of_githubs() -> None:
    assert len(permissions()) == len(NEEDS)
    assert set(permissions().values()) <= {"read", "write"}


@pytest.mark.parametrize("public_url", ["https://codex.example.org", ""])
def test_the_manifest_is_one_that_is_let_through(public_url: str) -> None:
    assert Manifest(json.dumps(made(public_url))).complaints == []


def test_a_table_that_lost_a_permission_would_be_refused() -> None:
    broken = made()
    del broken["default_permissions"]["checks"]
    (complaint,) = Manifest(json.dumps(broken)).complaints
    assert complaint == "Default events are not supported by permissions: check_run, check_suite"


def test_the_hook_brings_no_secret_and_is_on_even_without_an_address() -> None:
    assert made()["hook_attributes"] == {"url": "https://codex.example.org/webhooks/github", "active": True}
    assert made("")["hook_attributes"] == {"url": "https://codex-bot.invalid/webhooks/github", "active": True}
    assert hook_url("https://codex.example.org/") == "https://codex.example.org/webhooks/github"


def test_the_form_goes_to_the_account_that_shall_own_the_app() -> None:
    assert form_address("https://github.com", org="", state="a&b") == "https://github.com/settings/apps/new?state=a%26b"
    ghes = form_address("https://git.example.org/", org="ac/me", state="s")
    assert ghes == "https://git.example.org/organizations/ac%2Fme/settings/apps/new?state=s"
    assert settings_address("https://github.com", slug="bot", org="").endswith("/settings/apps/bot/permissions")


def test_what_is_granted_less_than_needed_is_named_with_what_follows() -> None:
    granted = permissions() | {"checks": "read", "actions": "write"}
    del granted["statuses"]
    assert [(lack.what, lack.otherwise) for lack in lacking_permissions(granted, "on installation acme")] == [
        ('checks is "read" on installation acme, needs "write"', "no check runs will be posted"),
        ('statuses is not granted on installation acme, needs "write"', "no commit status will be posted"),
    ]
    assert list(lacking_permissions(permissions(), "on installation acme")) == []


def test_events_that_are_not_heard_are_named() -> None:
    heard = [event for event in events() if event != "check_suite"]
    (lack,) = lacking_events(heard)
    assert lack.what == "the App does not hear check_suite"
    assert list(lacking_events(events())) == []


def test_the_code_buys_the_app(scripted: Any) -> None:
    scripted.say("POST", CONVERSION, ANSWER, status=201)
    app = exchange(GitHubAccess(web_url=scripted.url), CODE)
    assert (app.id, app.slug, app.key, app.webhook_secret) == ("7", "codex-bot-acme", "sesame-key", "sesame-secret")
    assert app.install_url == "https://github.com/apps/codex-bot-acme/installations/new"
    assert "sesame" not in repr(app)
    assert [asked.authorization for asked in scripted.asked] == [""]


def test_a_missing_slug_is_read_from_the_page(scripted: Any) -> None:
    scripted.say("POST", CONVERSION, {name: value for name, value in ANSWER.items() if name != "slug"}, status=201)
    assert exchange(GitHubAccess(web_url=scripted.url), CODE).slug == "codex-bot-acme"


@pytest.mark.parametrize("status", [404, 422])
def test_a_used_code_is_told_with_the_next_step_and_without_the_code(scripted: Any, status: int) -> None:
    scripted.say("POST", CONVERSION, {"message": "Not Found"}, status=status)
    with pytest.raises(UserError, match="used already") as caught:
        exchange(GitHubAccess(web_url=scripted.url), CODE)
    assert "start again" in caught.value.mend
    assert CODE not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("code", ["", "../app", "a/b", "x" * 201])
def test_what_is_no_code_is_not_asked_about(scripted: Any, code: str) -> None:
    with pytest.raises(UserError, match="usable code"):
        exchange(GitHubAccess(web_url=scripted.url), code)
    assert scripted.asked == []


def test_an_app_without_a_secret_is_of_no_use(scripted: Any) -> None:
    scripted.say("POST", CONVERSION, ANSWER | {"webhook_secret": None}, status=201)
    with pytest.raises(UserError, match="without a webhook secret"):
        exchange(GitHubAccess(web_url=scripted.url), CODE)


def test_half_an_answer_is_not_githubs(scripted: Any) -> None:
    scripted.say("POST", CONVERSION, {"id": 7}, status=201)
    with pytest.raises(UserError):
        exchange(GitHubAccess(web_url=scripted.url), CODE)


def test_a_github_is_known_by_its_headers(scripted: Any) -> None:
    scripted.say("GET", "/meta", {}, status=401, headers={"X-GitHub-Request-Id": "1"})
    require_github(GitHubAccess(web_url=scripted.url))


def test_another_server_is_told_with_the_next_step(scripted: Any) -> None:
    with pytest.raises(UserError, match="not as GitHub does") as caught:
        require_github(GitHubAccess(web_url=scripted.url))
    assert "--url" in caught.value.mend


def test_nobody_at_the_address_may_be_there_later() -> None:
    with pytest.raises(ForgeAwayError):
        require_github(GitHubAccess(web_url="http://127.0.0.1:1"))
