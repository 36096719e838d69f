"""What `codex-bot doctor` finds about the GitHub App, against a forge that has it."""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

from actions.checks import checks
from actions.findings import Finding, examine, shown
from bot.forges.github.permissions import events, permissions
from bot.settings import read_settings
from infra.practice_forge.server import AppSpec, PracticeForge, new_app_key
from infra.practice_forge.state import Installation
from tasks.sandbox import SelfTest

UNPROVEN = SelfTest(ok=False, rung="none", reason="", mend="")
NOBODY = "http://127.0.0.1:1"
PUBLIC = "https://codex.example.org"
Ask = Callable[..., list[Finding]]


@pytest.fixture(scope="module")
def key() -> str:
    return new_app_key()


@pytest.fixture
def forge(tmp_path: Path, key: str) -> Iterator[PracticeForge]:
    app = AppSpec(key_pem=key, webhook_url=f"{PUBLIC}/webhooks/github")
    with PracticeForge(tmp_path / "forge", app=app, limits=False) as forge:
        yield forge


@pytest.fixture
def installation(forge: PracticeForge) -> Installation:
    (record,) = forge.forge.state.installations.values()
    return record


@pytest.fixture
def ask(tmp_path: Path, forge: PracticeForge, key: str) -> Ask:
    """Ask the doctor about forge and App; with a name, return only the findings of that name."""
    (tmp_path / "app.pem").write_text(key)
    names = ("access", "forge", "github.")

    def look(name: str = "", **settings: object) -> list[Finding]:
        given = {"github_url": forge.url, "github_app_id": "4242", "github_app_key_file": tmp_path / "app.pem"}
        read = read_settings(**{"data_dir": tmp_path / "data", "public_url": PUBLIC, **given, **settings})
        asked = [check for check in checks(lambda: UNPROVEN) if check.name.startswith(names)]
        asked = [
            dataclasses.replace(check, needs=[need for need in check.needs if need != "secrets"]) for check in asked
        ]
        return [finding for finding in examine(read, asked) if finding.name.startswith(name or "github.")]

    return look


def only(found: list[Finding]) -> Finding:
    (finding,) = found
    return finding


def test_an_app_that_has_what_it_needs_is_fine(forge: PracticeForge, ask: Ask) -> None:
    assert [(finding.name, finding.state) for finding in ask()] == [
        ("github.app", "ok"),
        ("github.permissions", "ok"),
        ("github.installations", "ok"),
        ("github.hook", "ok"),
        ("github.deliveries", "skip"),
    ]
    assert only(ask("github.app")).text == f"Codex Bot ({forge.url}/apps/codex-bot)"


def test_a_permission_that_an_installation_lacks_takes_three_lines(
    forge: PracticeForge, installation: Installation, ask: Ask
) -> None:
    forge.grant(permissions() | {"checks": "read"})
    page = f"{forge.url}/settings/installations/{installation.id}"
    assert click.unstyle(shown(only(ask("github.permissions")))).splitlines() == [
        '✗ github.permissions   checks is "read" on installation ann, needs "write"',
        "  so:   no check runs will be posted",
        f"  mend: open {page} and accept, or run: codex-bot setup github --update",
    ]


def test_what_the_app_itself_does_not_ask_for_is_told_once(forge: PracticeForge, ask: Ask) -> None:
    granted = {name: level for name, level in permissions().items() if name != "statuses"}
    forge.forge.app = dataclasses.replace(forge.forge.app, permissions=granted, events=events()[1:])
    forge.grant(granted)
    missing, unheard = ask("github.permissions")
    assert missing.text == 'statuses is not granted of the App, needs "write"'
    assert unheard.text == "the App does not hear push"
    assert f"{forge.url}/settings/apps/codex-bot/permissions" in missing.mend


def test_a_suspended_installation_is_told_and_not_blamed_for_more(
    forge: PracticeForge, installation: Installation, ask: Ask
) -> None:
    forge.forge.suspend(installation, to=True)
    finding = only(ask("github.installations"))
    assert (finding.state, finding.text) == ("warn", "suspended on ann")
    assert finding.mend == f"open {forge.url}/settings/installations/{installation.id} and unsuspend it"
    assert only(ask("github.permissions")).state == "ok"


def test_an_app_that_is_installed_nowhere_hears_nothing(
    forge: PracticeForge, installation: Installation, ask: Ask
) -> None:
    forge.forge.uninstall(installation)
    finding = only(ask("github.installations"))
    assert (finding.state, finding.so) == ("fail", "no command is heard")
    assert f"{forge.url}/apps/codex-bot/installations/new" in finding.mend


def test_a_hook_that_points_elsewhere_is_told_with_the_command(forge: PracticeForge, ask: Ask) -> None:
    forge.send_webhooks_to("https://old.example.org/hook")
    finding = only(ask("github.hook"))
    assert (finding.state, finding.so) == ("fail", "no delivery reaches this bot")
    assert finding.mend == f"codex-bot setup github --update --public-url {PUBLIC}"
    assert "old.example.org" in finding.text


def test_a_hook_is_not_compared_with_an_address_that_nobody_gave(forge: PracticeForge, ask: Ask) -> None:
    assert only(ask("github.hook", public_url=None)).state == "skip"
    forge.send_webhooks_to("https://codex-bot.invalid/webhooks/github")
    finding = only(ask("github.hook", public_url=None))
    assert (finding.state, "as wished" in finding.text) == ("ok", True)


def test_deliveries_that_failed_are_counted_with_their_reasons(forge: PracticeForge, ask: Ask) -> None:
    forge.send_webhooks_to(f"{NOBODY}/webhooks/github")
    forge.ping()
    assert len(forge.deliveries()) == 2
    finding = only(ask("github.deliveries"))
    assert (finding.state, finding.text) == ("warn", "2 of the last 2 failed: 2 x failed to connect to host")
    assert finding.so == "what is asked waits up to 300 s"
    assert "codex-bot serve" in finding.mend


def test_deliveries_that_must_fail_are_no_trouble(forge: PracticeForge, ask: Ask) -> None:
    forge.send_webhooks_to("https://codex-bot.invalid/webhooks/github")
    forge.ping()
    forge.deliveries()
    finding = only(ask("github.deliveries"))
    assert (finding.state, "they are fetched" in finding.text) == ("ok", True)


def test_secrets_that_differ_are_told(forge: PracticeForge, ask: Ask) -> None:
    forge.send_webhooks_to(f"{forge.url}/api/v3/app/hook/deliveries/1/attempts")  # 401, as the bot to a false signature
    forge.ping()
    forge.deliveries()
    finding = only(ask("github.deliveries"))
    assert "Invalid HTTP Response: 401" in finding.text
    assert "secrets differ" in finding.mend


def test_without_an_app_there_is_nothing_to_ask(ask: Ask) -> None:
    finding = only(ask(github_app_id=None, github_token="ghp_x"))
    assert (finding.name, finding.state, finding.text) == ("github.app", "skip", "no GitHub App is configured")


def test_a_forge_that_is_away_is_told_once_and_the_rest_is_skipped(ask: Ask) -> None:
    found = ask("", github_url=NOBODY)
    assert {finding.state for finding in found} == {"skip"}
    assert "first mend: forge" in found[0].text


def test_another_apps_key_stops_the_chain_at_its_start(tmp_path: Path, ask: Ask) -> None:
    (tmp_path / "other.pem").write_text(new_app_key())
    first, *rest = ask(github_app_key_file=tmp_path / "other.pem")
    assert (first.name, first.state, bool(first.mend)) == ("github.app", "fail", True)
    assert {finding.state for finding in rest} == {"skip"}
