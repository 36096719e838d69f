"""Rate limits, faults on order and the effect log."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from infra.practice_forge.server import AppSpec, PracticeForge, new_app_key


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture(scope="module")
def app() -> AppSpec:
    return AppSpec(key_pem=new_app_key())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def forge(tmp_path: Path, app: AppSpec, clock: Clock) -> Iterator[PracticeForge]:
    with PracticeForge(tmp_path, app=app, clock=clock) as forge:
        forge.create_repo("ann", "demo", {"README.md": b"# Demo\n"})
        yield forge


def open_issue(forge: PracticeForge, token: str) -> requests.Response:
    url, headers = f"{forge.url}/api/v3/repos/ann/demo/issues", {"Authorization": f"Bearer {token}"}
    return requests.post(url, json={"title": "A"}, headers=headers, timeout=20)


def order(forge: PracticeForge, **fault: object) -> requests.Response:
    return requests.post(f"{forge.url}/_practice/faults", json=fault, timeout=10)


def issues(forge: PracticeForge) -> int:
    return len(requests.get(f"{forge.url}/_practice/effects", timeout=10).json())


def test_every_reply_tells_what_is_left(forge: PracticeForge) -> None:
    token = forge.token_for("ann")
    first, second = open_issue(forge, token), open_issue(forge, token)
    assert (first.headers["X-RateLimit-Limit"], first.headers["X-RateLimit-Remaining"]) == ("5000", "4999")
    assert second.headers["X-RateLimit-Used"] == "2"
    assert open_issue(forge, "ghp_wrong").headers["X-RateLimit-Limit"] == "60"
    headers = {"Authorization": f"Bearer {token}"}
    for _ in range(2):
        told = requests.get(f"{forge.url}/api/v3/rate_limit", headers=headers, timeout=10).json()
        assert told["resources"]["core"]["remaining"] == 4998


def test_a_stranger_has_sixty_requests_an_hour(forge: PracticeForge, clock: Clock) -> None:
    url = f"{forge.url}/api/v3/users/ann"
    assert [requests.get(url, timeout=10).status_code for _ in range(61)] == [200] * 60 + [403]
    refused = requests.get(url, timeout=10)
    assert (refused.json()["message"][:23], refused.headers["X-RateLimit-Remaining"]) == (
        "API rate limit exceeded",
        "0",
    )
    clock.time += timedelta(hours=1)
    assert requests.get(url, timeout=10).status_code == 200


def test_eighty_new_things_a_minute_and_no_more(forge: PracticeForge, clock: Clock) -> None:
    token = forge.token_for("ann")
    assert {open_issue(forge, token).status_code for _ in range(80)} == {201}
    clock.time += timedelta(seconds=20)
    refused = open_issue(forge, token)
    assert refused.status_code == 403
    assert "exceeded a secondary rate limit" in refused.json()["message"]
    assert refused.headers["Retry-After"] == "40"
    assert open_issue(forge, forge.token_for("bob")).status_code == 201
    clock.time += timedelta(seconds=40)
    assert open_issue(forge, token).status_code == 201


def test_limits_can_be_switched_off(tmp_path: Path, app: AppSpec) -> None:
    with PracticeForge(tmp_path, app=app, limits=False) as forge:
        url = f"{forge.url}/api/v3/users/ann"
        assert {requests.get(url, timeout=10).status_code for _ in range(61)} == {200}


def test_a_fault_before_the_effect_leaves_nothing_and_is_used_up(forge: PracticeForge) -> None:
    token = forge.token_for("ann")
    assert order(forge, match="/issues$", method="post", times=2, status=502).status_code == 201
    assert [open_issue(forge, token).status_code for _ in range(3)] == [502, 502, 201]
    assert issues(forge) == 1
    assert requests.get(f"{forge.url}/_practice/faults", timeout=10).json() == []


def test_a_fault_after_the_effect_hides_that_it_happened(forge: PracticeForge) -> None:
    order(forge, match="/issues$", status=500, when="after")
    assert open_issue(forge, forge.token_for("ann")).status_code == 500
    assert issues(forge) == 1


def test_a_delay_makes_the_caller_give_up_while_the_forge_goes_on(forge: PracticeForge) -> None:
    order(forge, match="/issues$", delay_s=1.0, when="after")
    url, headers = f"{forge.url}/api/v3/repos/ann/demo/issues", {"Authorization": f"Bearer {forge.token_for('ann')}"}
    with pytest.raises(requests.Timeout):
        requests.post(url, json={"title": "A"}, headers=headers, timeout=0.5)
    assert issues(forge) == 1


def test_faults_strike_only_what_they_name_and_can_be_called_off(forge: PracticeForge) -> None:
    order(forge, match="/comments", status=500)
    order(forge, match="/issues", method="PATCH", status=500)
    assert open_issue(forge, forge.token_for("ann")).status_code == 201
    assert len(requests.get(f"{forge.url}/_practice/faults", timeout=10).json()) == 2
    assert requests.delete(f"{forge.url}/_practice/faults", timeout=10).json() == []


@pytest.mark.parametrize(
    "fault",
    [
        {},
        {"match": "("},
        {"match": "x", "status": "often"},
        {"match": "x", "status": 500, "when": "never"},
        {"match": "x", "delay_s": 1000},
        {"match": "x", "status": 500, "colour": "red"},
        {"match": "x", "status": 99},
    ],
)
def test_faults_that_make_no_sense_are_refused(forge: PracticeForge, fault: dict[str, object]) -> None:
    assert order(forge, **fault).status_code == 422


def test_foreign_pages_arm_no_faults(forge: PracticeForge) -> None:
    url, body = f"{forge.url}/_practice/faults", {"match": "x", "status": 500}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.example"}):
        assert requests.post(url, json=body, headers=headers, timeout=10).status_code == 403
    assert requests.get(f"{forge.url}/_practice/nothing", timeout=10).status_code == 404


def test_the_effect_log_says_who_changed_what(forge: PracticeForge) -> None:
    made = open_issue(forge, forge.token_for("bob")).json()
    effects = requests.get(f"{forge.url}/_practice/effects", timeout=10).json()
    assert effects == [
        {
            "time": "2026-01-02T03:04:05+00:00",
            "method": "POST",
            "path": "/api/v3/repos/ann/demo/issues",
            "actor": "bob",
            "status": 201,
            "id": str(made["id"]),
        }
    ]
