"""Apps of the practice forge: made from a manifest, installed, suspended, removed; GitHub's rules and words."""

import datetime as dt
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests

from infra.practice_forge.server import AppSpec, PracticeForge, new_app_key

BACK = "http://127.0.0.1:1/done"
MANIFEST: dict[str, Any] = {
    "name": "Colleague",
    "url": "https://codex.example.org",
    "hook_attributes": {"url": "http://127.0.0.1:1/webhooks/github"},
    "redirect_url": BACK,
    "default_permissions": {"issues": "write"},
    "default_events": ["issues", "issue_comment"],
}


class Clock:
    now = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)

    def __call__(self) -> dt.datetime:
        return self.now


@pytest.fixture(scope="module")
def key() -> str:
    return new_app_key()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def forge(tmp_path: Path, key: str, clock: Clock) -> Iterator[PracticeForge]:
    with PracticeForge(tmp_path, app=AppSpec(key_pem=key), limits=False, clock=clock) as forge:
        forge.forge.add_account("acme", is_org=True)
        yield forge


def post(forge: PracticeForge, path: str, **fields: str) -> requests.Response:
    return requests.post(f"{forge.url}{path}", data=fields, timeout=20, allow_redirects=False)


def create(forge: PracticeForge, *, name: str = "Colleague", org: str = "", **changes: Any) -> requests.Response:
    place = f"/organizations/{org}" if org else ""
    text = json.dumps(MANIFEST | changes)
    return post(forge, f"{place}/settings/apps?state=s%26t", manifest=text, name=name)


def code_of(answer: requests.Response) -> str:
    assert answer.status_code == 303, answer.text
    return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]


def convert(forge: PracticeForge, code: str) -> requests.Response:
    return requests.post(f"{forge.url}/api/v3/app-manifests/{code}/conversions", timeout=20)


def test_a_manifest_becomes_an_app_with_a_key_that_works(forge: PracticeForge) -> None:
    answer = create(forge, org="acme")
    assert answer.headers["Location"].startswith(f"{BACK}?code=")
    assert parse_qs(urlsplit(answer.headers["Location"]).query)["state"] == ["s&t"]
    converted = convert(forge, code_of(answer))
    app = converted.json()
    assert converted.status_code == 201
    assert (app["slug"], app["name"], app["owner"]["login"]) == ("colleague", "Colleague", "acme")
    assert app["events"] == MANIFEST["default_events"]
    now = int(forge.forge.state.clock().timestamp())
    token = jwt.encode({"iat": now - 60, "exp": now + 300, "iss": str(app["id"])}, app["pem"], algorithm="RS256")
    asked = requests.get(f"{forge.url}/api/v3/app", headers={"Authorization": f"Bearer {token}"}, timeout=20)
    assert asked.json()["installations_count"] == 0
    assert "pem" not in asked.json()


def test_a_code_is_good_once(forge: PracticeForge) -> None:
    code = code_of(create(forge))
    assert [convert(forge, code).status_code for _ in range(2)] == [201, 404]


def test_a_code_is_good_for_an_hour(forge: PracticeForge, clock: Clock) -> None:
    code = code_of(create(forge))
    clock.now += dt.timedelta(hours=1, seconds=1)
    assert convert(forge, code).status_code == 404


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"default_events": ["issues", "check_run"]}, "Default events are not supported by permissions: check_run"),
        ({"default_events": ["installation"]}, "Default events unsupported: installation"),
        ({"hook_attributes": MANIFEST["hook_attributes"] | {"secret": "s"}}, "secret is not a permitted key"),
        ({"hook_attributes": {"active": True}}, "Hook url must be a valid URL"),
        ({"url": ""}, "Url must be a valid URL"),
        ({"redirect_url": "nowhere"}, "Redirect url must be a valid URL"),
        ({"default_permissions": {"issues": "own"}}, "is not included in the list: issues"),
    ],
)
def test_a_manifest_is_refused_whole_in_githubs_words(
    forge: PracticeForge, changes: dict[str, Any], words: str
) -> None:
    shown = post(forge, "/settings/apps/new?state=s", manifest=json.dumps(MANIFEST | changes))
    assert (shown.status_code, "Invalid GitHub App configuration" in shown.text, words in shown.text) == (
        422,
        True,
        True,
    )
    assert create(forge, **changes).status_code == 422
    assert forge.forge.app.slug == "codex-bot"


def test_what_is_no_manifest_is_refused(forge: PracticeForge) -> None:
    assert "Manifest is not valid JSON" in post(forge, "/settings/apps/new", manifest="{").text


@pytest.mark.parametrize(("name", "words"), [("Codex Bot", "already taken"), ("x" * 35, "1 to 34"), ("", "1 to 34")])
def test_a_name_must_be_free_and_short(forge: PracticeForge, name: str, words: str) -> None:
    answer = create(forge, name=name)
    assert (answer.status_code, words in answer.text) == (422, True)


def test_the_form_may_come_from_elsewhere_and_the_button_may_not(forge: PracticeForge) -> None:
    text, stranger = json.dumps(MANIFEST), {"Sec-Fetch-Site": "cross-site"}
    shown = requests.post(f"{forge.url}/settings/apps/new", data={"manifest": text}, headers=stranger, timeout=20)
    assert shown.status_code == 200
    assert "form-action 'self' http://127.0.0.1:1;" in shown.headers["Content-Security-Policy"]
    pressed = requests.post(
        f"{forge.url}/settings/apps", data={"manifest": text, "name": "A"}, headers=stranger, timeout=20
    )
    assert (pressed.status_code, forge.forge.app.slug) == (403, "codex-bot")


def test_only_an_organisation_that_is_there_can_own_an_app(forge: PracticeForge) -> None:
    assert [create(forge, org=name).status_code for name in ("nobody", "ann")] == [404, 404]


def test_it_is_installed_by_its_slug_on_its_owner_alone_unless_public(forge: PracticeForge) -> None:
    create(forge, org="acme")
    page = requests.get(f"{forge.url}/apps/colleague/installations/new", timeout=20)
    assert ("Install on acme" in page.text, "Install on ann" in page.text) == (True, False)
    assert post(forge, f"/apps/{forge.forge.app.id}/installations/new", account="acme").status_code == 404
    assert post(forge, "/apps/colleague/installations/new", account="ann").status_code == 404
    assert post(forge, "/apps/colleague/installations/new", account="acme").status_code == 303
    assert [record.owner for record in forge.forge.state.installations.values()] == ["acme"]


Ask = Callable[..., requests.Response]


@pytest.fixture
def as_app(forge: PracticeForge, key: str, clock: Clock) -> Ask:
    now = int(clock.now.timestamp())
    token = jwt.encode({"iat": now - 60, "exp": now + 300, "iss": "4242"}, key, algorithm="RS256")

    def ask(method: str, path: str, body: object = None, secret: str = token) -> requests.Response:
        headers = {"Authorization": f"Bearer {secret}"}
        return requests.request(method, f"{forge.url}/api/v3{path}", json=body, headers=headers, timeout=20)

    return ask


def test_a_suspended_installation_is_refused_in_githubs_words_until_it_is_unsuspended(
    forge: PracticeForge, as_app: Ask
) -> None:
    (number,) = forge.forge.state.installations
    path = f"/app/installations/{number}"
    secret = as_app("POST", f"{path}/access_tokens").json()["token"]
    assert as_app("PUT", f"{path}/suspended").status_code == 204
    assert as_app("GET", path).json()["suspended_at"]
    said = [
        as_app("POST", f"{path}/access_tokens"),
        as_app("GET", "/installation/repositories", secret=secret),
    ]
    assert {(one.status_code, one.json()["message"]) for one in said} == {(403, "This installation has been suspended")}
    assert post(forge, f"/settings/installations/{number}", act="unsuspend").status_code == 303
    assert as_app("GET", "/installation/repositories", secret=secret).status_code == 200


def test_a_removed_installation_is_gone_with_its_tokens(forge: PracticeForge, as_app: Ask) -> None:
    (number,) = forge.forge.state.installations
    secret = as_app("POST", f"/app/installations/{number}/access_tokens").json()["token"]
    assert post(forge, f"/settings/installations/{number}", act="uninstall").status_code == 303
    assert as_app("POST", f"/app/installations/{number}/access_tokens").status_code == 404
    assert as_app("GET", "/installation/repositories", secret=secret).status_code == 401


def test_new_permissions_wait_until_the_owner_accepts_them(forge: PracticeForge, as_app: Ask) -> None:
    forge.grant({"checks": "read"})
    (number,) = forge.forge.state.installations
    page = f"{forge.url}/settings/installations/{number}"
    assert "Accept new permissions" in requests.get(page, timeout=20).text
    post(forge, f"/settings/installations/{number}", act="accept")
    assert as_app("GET", f"/app/installations/{number}").json()["permissions"]["checks"] == "write"


def test_the_hook_is_pointed_elsewhere_and_its_secret_never_shown(forge: PracticeForge, as_app: Ask) -> None:
    changed = as_app("PATCH", "/app/hook/config", {"url": "https://new.example.org/hook", "secret": "hush"})
    assert (changed.status_code, changed.json()["url"]) == (200, "https://new.example.org/hook")
    assert "hush" not in as_app("GET", "/app/hook/config").text
    assert forge.forge.app.webhook_secret == "hush"
    assert as_app("PATCH", "/app/hook/config", {"url": "ftp://new.example.org"}).status_code == 422
    assert as_app("GET", "/app/hook/config", secret=forge.token_for("ann")).status_code == 401


def test_the_first_ping_is_sent_at_once(forge: PracticeForge) -> None:
    create(forge)
    assert [delivery.parcel.event for delivery in forge.deliveries()] == ["ping"]
