"""What happens to pull requests, told by either forge, becomes the same events, and reviews are asked for."""

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from stories.fresh_ledger import fresh_ledger

from bot.events import Event, Subject, Unwanted
from bot.forges.github.hooks import GitHubHooks
from bot.forges.gitlab.hooks import GitLabHooks
from bot.forges.hearing import Hearing
from bot.intake import take_in
from bot.ledger import JobState, Ledger

HEARING = Hearing("codex")
GITHUB, GITLAB = GitHubHooks("sesame", HEARING), GitLabHooks("sesame", HEARING)
SHA = "1" * 40
ANN = {"login": "ann", "id": 3, "type": "User"}
PULL = {
    "number": 7,
    "title": "Mend",
    "body": "It.",
    "state": "open",
    "user": ANN,
    "head": {"sha": SHA},
    "updated_at": "10:00",
}
REPOSITORY = {"name": "sums", "owner": ANN}
REQUEST = {
    "iid": 7,
    "title": "Mend",
    "description": "It.",
    "state": "opened",
    "author_id": 3,
    "last_commit": {"id": SHA},
    "updated_at": "2026-11-26 10:00:00 UTC",
}
USER = {"id": 3, "username": "ann"}


def github(kind: str, **payload: Any) -> Event | Unwanted:
    body = {"repository": REPOSITORY, "sender": ANN, **payload}
    headers = {"x-github-event": kind, "x-github-delivery": "guid-1"}
    return GITHUB.read(headers, json.dumps(body).encode())


def gitlab(kind: str, **payload: Any) -> Event | Unwanted:
    body = {"object_kind": kind, "user": USER, "project": {"path_with_namespace": "ann/sums"}, **payload}
    return GITLAB.read({}, json.dumps(body).encode())


def pull(action: str, **change: Any) -> Event | Unwanted:
    more = {name: change.pop(name) for name in ("requested_reviewer", "sender") if name in change}
    return github("pull_request", action=action, pull_request={**PULL, **change}, **more)


def request(action: str | None, **more: Any) -> Event | Unwanted:
    named = {} if action is None else {"action": action}
    changes = {"changes": more.pop("changes")} if "changes" in more else {}
    return gitlab("merge_request", object_attributes={**REQUEST, **named, **more}, **changes)


ME, BOB = {"username": "codex"}, {"username": "bob"}
OUTCOME = {"conclusion": "failure", "head_sha": SHA, "pull_requests": [{"number": 7, "head": {"sha": SHA}}]}


@pytest.mark.parametrize(
    ("told", "kind", "action"),
    [
        (pull("opened"), "pull_request", "opened"),
        (pull("reopened"), "pull_request", "opened"),
        (pull("ready_for_review"), "pull_request", "ready"),
        (pull("synchronize"), "pull_request", "pushed"),
        (pull("review_requested", requested_reviewer={"login": "Codex"}), "pull_request", "review_requested"),
        (
            pull("review_requested", requested_reviewer={"login": "codex"}, draft=True),
            "pull_request",
            "review_requested",
        ),
        (github("check_suite", action="completed", check_suite=OUTCOME), "check", "failed"),
        (github("workflow_run", action="completed", workflow_run=OUTCOME), "check", "failed"),
        (request("open"), "pull_request", "opened"),
        (request("reopen"), "pull_request", "opened"),
        (request("update", oldrev="2" * 40), "pull_request", "pushed"),
        (request("update", changes={"draft": {"previous": True, "current": False}}), "pull_request", "ready"),
        (
            request("update", changes={"reviewers": {"previous": [BOB], "current": [BOB, ME]}}),
            *("pull_request", "review_requested"),
        ),
        (
            gitlab("pipeline", object_attributes={"status": "failed", "sha": SHA}, merge_request=REQUEST),
            "check",
            "failed",
        ),
    ],
)
def test_it_is_an_event_of_the_pull_request_and_its_commit(told: Event | Unwanted, kind: str, action: str) -> None:
    assert isinstance(told, Event)
    assert (told.kind, told.action, told.head) == (kind, action, SHA)
    assert (told.repo.path, told.issue.subject) == ("ann/sums", Subject(7, is_pull_request=True))
    assert told.asker.login == "ann"


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (pull("closed"), "that are closed"),
        (pull("labeled"), "that are labeled"),
        (pull("opened", draft=True), "drafts"),
        (pull("synchronize", draft=True), "drafts"),
        (pull("review_requested", requested_reviewer={"login": "bob"}), "somebody else"),
        (pull("review_requested"), "somebody else"),
        (pull("opened", sender={"login": "renovate[bot]", "type": "Bot"}), "is a bot"),
        (pull("opened", sender={"login": "codex"}), "the bot itself"),
        (github("check_suite", action="requested", check_suite=OUTCOME), "that are requested"),
        (github("check_suite", action="completed", check_suite={**OUTCOME, "conclusion": "success"}), "success"),
        (github("check_suite", action="completed", check_suite={**OUTCOME, "pull_requests": []}), "no pull request"),
        (request("close"), "the action close"),
        (gitlab("merge_request", object_attributes={"action": "open", "state": "opened"}), "without its number"),
        (request("update"), "the action update"),
        (request(None), "the action unknown"),
        (request("open", draft=True), "drafts"),
        (request("open", work_in_progress=True), "drafts"),
        (request("update", changes={"reviewers": {"previous": [ME], "current": [BOB, ME]}}), "the action update"),
        (gitlab("pipeline", object_attributes={"status": "success"}, merge_request=REQUEST), "that are success"),
        (gitlab("pipeline", object_attributes={"status": "failed"}), "no merge request"),
    ],
)
def test_everything_else_is_unwanted_and_says_why(told: Event | Unwanted, reason: str) -> None:
    assert isinstance(told, Unwanted)
    assert reason in told.reason


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = fresh_ledger(tmp_path)
    yield opened
    opened.close()


ASKED = pull("review_requested", requested_reviewer={"login": "codex"})


@pytest.mark.parametrize("told", [ASKED, pull("opened"), pull("synchronize"), request("open")])
def test_each_asks_for_one_review(ledger: Ledger, told: Event) -> None:
    again = dataclasses.replace(told, guid="by the other hook")
    assert [take_in(ledger, each, b"{}").verdict for each in (told, again)] == ["accepted", "duplicate"]
    assert [job.kind for job in ledger.jobs()] == ["review"]


def test_a_push_waits_for_quiet_and_takes_the_place_of_the_one_before(ledger: Ledger) -> None:
    first = take_in(ledger, pull("opened"), b"{}")
    second = take_in(ledger, dataclasses.replace(pull("synchronize", updated_at="later"), guid="2"), b"{}")
    states = {job.id: (job.state, job.run_after > job.created_at) for job in ledger.jobs()}
    assert states == {first.job_id: (JobState.SUPERSEDED, True), second.job_id: (JobState.QUEUED, True)}


def test_who_asks_for_a_review_does_not_wait(ledger: Ledger) -> None:
    take_in(ledger, ASKED, b"{}")
    [job] = ledger.jobs()
    assert job.run_after == job.created_at
    assert not ASKED.is_unasked


def test_no_command_answers_a_failed_check_yet(ledger: Ledger) -> None:
    told = github("check_suite", action="completed", check_suite=OUTCOME)
    assert take_in(ledger, told, b"{}").reason == "no command answers a check that is failed"
    assert ledger.jobs() == []
