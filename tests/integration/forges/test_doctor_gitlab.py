"""What `codex-bot doctor` finds about GitLab, against a forge that speaks its API."""

import dataclasses
import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import click
import pytest
import requests
from fakes.door import open_door

from actions.checks import checks
from actions.findings import Finding, examine, shown
from bot.forges.gitlab.permissions import flags
from bot.settings import read_settings, unknown_settings
from infra.practice_forge.gitlab.records import Hook
from infra.practice_forge.server import PracticeForge
from infra.practice_forge.state import Repository, Role
from tasks.sandbox import SelfTest

UNPROVEN = SelfTest(ok=False, rung="none", reason="", mend="")
NOBODY = "http://127.0.0.1:1"
PUBLIC = "http://127.0.0.1:1"
SIGNING = "whsec_dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0dGVzdHRlc3Q="
NEEDED = tuple(flag for flag, is_on in flags().items() if is_on)
Ask = Callable[..., list[Finding]]


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[PracticeForge]:
    with PracticeForge(tmp_path / "forge", dialect="gitlab", limits=False) as forge:
        yield forge


@pytest.fixture
def repo(forge: PracticeForge) -> Repository:
    return forge.create_repo("ann", "sums", {"a.py": b"a = 1\n"}, private=True)


@pytest.fixture
def hook(forge: PracticeForge, repo: Repository) -> Hook:
    return forge.gitlab.add_hook(repo, f"{PUBLIC}/webhooks/gitlab", events=NEEDED, signing_token=SIGNING)


@pytest.fixture
def ask(tmp_path: Path, forge: PracticeForge, repo: Repository, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Ask the doctor about GitLab with a Maintainer's eyes; with a name, return only the findings of that name."""
    monkeypatch.setenv("CODEX_BOT_SETUP_TOKEN", forge.token_for("ann"))

    def look(name: str = "", **settings: object) -> list[Finding]:
        token = {"gitlab_token": forge.token_for("codex-bot")}
        given = {"data_dir": tmp_path / "data", "gitlab_url": forge.url, "public_url": PUBLIC, **token}
        read = read_settings(**{**given, **settings})
        asked = [check for check in checks(lambda: UNPROVEN) if check.name.startswith(("access", "forge", "gitlab."))]
        asked = [
            dataclasses.replace(check, needs=[need for need in check.needs if need != "secrets"]) for check in asked
        ]
        return [finding for finding in examine(read, asked) if finding.name.startswith(name or "gitlab.")]

    return look


def only(found: list[Finding]) -> Finding:
    (finding,) = found
    return finding


def change(forge: PracticeForge, hook: Hook, **values: object) -> None:
    forge.gitlab.shelves.hooks[hook.id] = dataclasses.replace(hook, **values)  # type: ignore[arg-type]


def grant(forge: PracticeForge, repo: Repository, role: Role) -> None:
    forge.forge.state.keep_repository(dataclasses.replace(repo, roles={"codex-bot": role}))


def talk(forge: PracticeForge, times: int = 1) -> None:
    """Let hooks hear of something, and wait until they were told."""
    url = f"{forge.url}/api/v4/projects/{quote('ann/sums', safe='')}/issues"
    for _ in range(times):
        headers = {"PRIVATE-TOKEN": forge.token_for("ann")}
        assert requests.post(url, json={"title": "T"}, headers=headers, timeout=9).status_code == 201
    forge.deliveries()


def test_a_gitlab_that_is_set_up_is_fine(forge: PracticeForge, hook: Hook, ask: Ask) -> None:
    assert [(finding.name, finding.state) for finding in ask()] == [
        ("gitlab.server", "ok"),
        ("gitlab.token", "ok"),
        ("gitlab.role", "ok"),
        ("gitlab.hooks", "ok"),
        ("gitlab.deliveries", "skip"),
    ]
    assert "CODEX_BOT_SETUP_TOKEN" not in dict(unknown_settings())
    assert only(ask("gitlab.server")).text == f"GitLab 19.0.0 at {forge.url}"
    assert only(ask("gitlab.hooks")).text == f"the webhook {hook.id} of ann/sums is signed and tells what is needed"


def test_a_flag_that_is_off_takes_three_lines(forge: PracticeForge, hook: Hook, ask: Ask) -> None:
    change(forge, hook, events=hook.events - {"note_events"})
    assert click.unstyle(shown(only(ask("gitlab.hooks")))).splitlines() == [
        f"✗ gitlab.hooks         the webhook {hook.id} of ann/sums does not tell note_events",
        "  so:   no command in a comment is heard",
        f"  mend: codex-bot setup gitlab --project ann/sums --public-url {PUBLIC}",
    ]
    change(forge, hook, events=hook.events - {"pipeline_events"})
    assert only(ask("gitlab.hooks")).state == "warn"


def test_what_only_maintainers_see_is_unseen_and_no_failure(
    hook: Hook, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CODEX_BOT_SETUP_TOKEN")
    finding = only(ask("gitlab.hooks"))
    assert (finding.state, "Maintainers only" in finding.text) == ("skip", True)
    assert "CODEX_BOT_SETUP_TOKEN" in finding.mend
    assert only(ask("gitlab.deliveries")).state == "skip"


def test_a_bot_that_maintains_the_project_sees_for_itself(
    forge: PracticeForge, repo: Repository, hook: Hook, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CODEX_BOT_SETUP_TOKEN")
    grant(forge, repo, "maintain")
    assert only(ask("gitlab.hooks")).state == "ok"


def test_eyes_that_see_nothing_more_are_unseen_too(
    forge: PracticeForge, hook: Hook, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEX_BOT_SETUP_TOKEN", forge.token_for("bob"))
    assert only(ask("gitlab.hooks")).state == "skip"


def test_a_project_without_our_webhook_hears_nothing(forge: PracticeForge, repo: Repository, ask: Ask) -> None:
    forge.gitlab.add_hook(repo, "https://old.example.org/webhooks/gitlab", events=NEEDED)
    finding = only(ask("gitlab.hooks"))
    assert (finding.state, finding.so) == ("fail", "no command given there is heard")
    assert finding.mend == f"codex-bot setup gitlab --project ann/sums --public-url {PUBLIC}"


def test_without_a_public_url_no_webhook_is_looked_for(hook: Hook, ask: Ask) -> None:
    assert only(ask("gitlab.hooks", public_url=None)).state == "skip"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"events": frozenset({*NEEDED, "confidential_note_events"})}, "! tells confidential_note_events"),
        ({"signing_token": "", "token": "t"}, "! is proved by a secret token, not signed"),
        ({"signing_token": ""}, "✗ proves nothing"),
        ({"failures": 40}, "✗ is switched off for good"),
    ],
)
def test_what_is_wrong_with_a_webhook_is_told(
    forge: PracticeForge, hook: Hook, ask: Ask, values: dict[str, object], words: str
) -> None:
    change(forge, hook, **values)
    (sign, _, told), finding = words.partition(" "), only(ask("gitlab.hooks"))
    assert told in finding.text
    assert click.unstyle(shown(finding)).startswith(sign)
    assert finding.mend
    assert finding.so


def test_a_certificate_that_is_not_checked_is_told(forge: PracticeForge, repo: Repository, ask: Ask) -> None:
    url = "https://codex.example.org"
    hook = forge.gitlab.add_hook(repo, f"{url}/webhooks/gitlab", events=NEEDED, signing_token=SIGNING)
    change(forge, hook, ssl_verification=False)
    finding = only(ask("gitlab.hooks", public_url=url))
    assert (finding.state, "does not check our certificate" in finding.text) == ("warn", True)


def test_four_failures_switch_a_webhook_off_and_are_told_with_their_reasons(
    forge: PracticeForge, hook: Hook, ask: Ask
) -> None:
    talk(forge, 4)
    finding = only(ask("gitlab.hooks"))
    assert (finding.state, "is switched off until 20" in finding.text) == ("fail", True)
    assert f"/ann/sums/-/hooks/{hook.id}/edit and press Test" in finding.mend
    finding = only(ask("gitlab.deliveries"))
    assert (finding.state, finding.text) == ("warn", "4 of the last 4 of ann/sums failed: 4 x internal error")
    assert "after four failures in a row" in finding.so


def test_secrets_that_differ_are_told(forge: PracticeForge, repo: Repository, ask: Ask) -> None:
    with open_door() as door:
        public = door.url.removesuffix("/webhooks")
        forge.gitlab.add_hook(repo, f"{public}/webhooks/gitlab", events=NEEDED, signing_token=SIGNING)
        door.status = 401
        talk(forge)
        assert "the secrets differ" in only(ask("gitlab.deliveries", public_url=public)).mend
        door.status = 202
        talk(forge)
        finding = only(ask("gitlab.deliveries", public_url=public))
        assert (finding.state, finding.text) == (
            "ok",
            "the newest came through; 1 of the last 2 of ann/sums failed: 1 x 401",
        )
        talk(forge, 20)
        assert only(ask("gitlab.deliveries", public_url=public)).text == "the last 20 of ann/sums came through"


@pytest.mark.parametrize(("days", "state", "soon"), [(40, "ok", False), (30, "warn", False), (7, "warn", True)])
def test_a_token_that_ends_is_told_in_time(
    forge: PracticeForge, hook: Hook, ask: Ask, days: int, state: str, *, soon: bool
) -> None:
    end = datetime.now(UTC).replace(hour=23, minute=59) + timedelta(days=days)
    finding = only(ask("gitlab.token", gitlab_token=forge.gitlab.token("codex-bot", expires_at=end)))
    assert (finding.state, "soon" in finding.so) == (state, soon)
    assert f"{end:%Y-%m-%d}" in finding.text
    assert ("codex-bot setup gitlab" in finding.mend) == (state == "warn")


def test_an_expired_token_stops_the_chain(forge: PracticeForge, hook: Hook, ask: Ask) -> None:
    ended = forge.gitlab.token("codex-bot", expires_at=datetime.now(UTC) - timedelta(days=1))
    first, *rest = ask(gitlab_token=ended)
    assert (first.state, "expired" in first.text, "past its last day" in first.mend) == ("fail", True, True)
    assert {finding.state for finding in rest} == {"skip"}


def test_a_scope_that_lacks_is_told(forge: PracticeForge, ask: Ask) -> None:
    finding = only(ask("gitlab.token", gitlab_token=forge.gitlab.token("codex-bot", scopes=["api"])))
    assert (finding.state, finding.text) == ("fail", "the token lacks the scope write_repository")
    assert finding.so == "no code can be read and no branch pushed"


@pytest.mark.parametrize(
    ("role", "words"),
    [("read", "the bot is Reporter in ann/sums, needs Developer"), ("none", "the bot is in no project")],
)
def test_a_role_that_is_too_low_is_told(
    forge: PracticeForge, repo: Repository, ask: Ask, role: Role, words: str
) -> None:
    grant(forge, repo, role)
    finding = only(ask("gitlab.role"))
    assert (finding.state, finding.text, bool(finding.mend), bool(finding.so)) == ("fail", words, True, True)


def test_an_old_server_is_told(forge: PracticeForge, ask: Ask) -> None:
    forge.gitlab.shelves.version = "16.11.2-ee"
    finding = only(ask("gitlab.server"))
    assert (finding.state, "16.11.2-ee" in finding.text, bool(finding.so)) == ("warn", True, True)


def test_without_a_token_there_is_nothing_to_ask(ask: Ask) -> None:
    finding = only(ask(gitlab_token=None))
    assert (finding.name, finding.state, finding.text) == ("gitlab.server", "skip", "no GitLab is configured")


def test_who_uses_gitlab_alone_is_not_asked_for_github(ask: Ask) -> None:
    assert only(ask("forge")).state == "skip"


def test_a_server_that_is_away_is_told_once_and_the_rest_is_skipped(ask: Ask) -> None:
    first, *rest = ask(gitlab_url=NOBODY)
    assert (first.name, first.state, bool(first.mend)) == ("gitlab.server", "fail", True)
    assert {finding.state for finding in rest} == {"skip"}


def test_a_server_that_says_nothing_is_not_waited_for_for_ever(ask: Ask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.monotonic()
        first, *_ = ask(gitlab_url=f"http://127.0.0.1:{silent.getsockname()[1]}")
    assert (first.state, "ReadTimeout" in first.text) == ("fail", True)
    assert time.monotonic() - started < 15
