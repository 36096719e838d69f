"""Checks over the wire: what is asked of GitHub, what a refusal leads to, and what never leaves for another host."""

from pathlib import Path
from typing import Any

import pytest

from bot.check import Annotation, CheckReport, Conclusion, Status
from bot.errors import ForgeAwayError, RetryableError, UserError
from bot.events import Repo
from bot.forges.github.access import GitHubAccess
from bot.forges.github.adapter import GitHubForge
from bot.forges.github.check_words import as_requests, as_status
from bot.forges.github.failed_jobs import downloaded

REPO = Repo("ann", "sums")
HEAD = "c" * 40
RUNS = f"/repos/ann/sums/commits/{HEAD}/check-runs?check_name=Codex+Bot&filter=all&page=1&per_page=100"
STATUSES = f"/repos/ann/sums/commits/{HEAD}/statuses?page=1&per_page=100"
POST_RUN, POST_STATUS = "/repos/ann/sums/check-runs", f"/repos/ann/sums/statuses/{HEAD}"
LOG = "/repos/ann/sums/actions/jobs/7/logs"
REFUSED = {"message": "You must authenticate via a GitHub App."}
CHECK = CheckReport("Codex Bot", HEAD, "job-7", Status.QUEUED, "Waiting", "Soon.")


def ended(conclusion: Conclusion, annotations: int = 0) -> CheckReport:
    said = tuple(Annotation("a.py", n, n, "Hm") for n in range(1, annotations + 1))
    return CheckReport("Codex Bot", HEAD, "job-7", Status.COMPLETED, "Over", "All.", conclusion, annotations=said)


@pytest.mark.parametrize(
    ("count", "sent", "sizes"),
    [(0, 0, [0]), (50, 0, [50]), (51, 0, [50, 1]), (120, 50, [50, 20]), (50, 50, [0]), (20, 50, [0])],
)
def test_only_the_last_request_ends_a_check(count: int, sent: int, sizes: list[int]) -> None:
    bodies = list(as_requests(ended(Conclusion.FAILURE, count), sent))
    assert [len(body["output"]["annotations"]) for body in bodies] == sizes
    assert [body["status"] for body in bodies] == ["in_progress"] * (len(sizes) - 1) + ["completed"]
    assert [body.get("conclusion") for body in bodies] == [None] * (len(sizes) - 1) + ["failure"]


def test_every_conclusion_has_a_state() -> None:
    told = {conclusion: as_status(ended(conclusion))["state"] for conclusion in Conclusion}
    assert told == {
        Conclusion.SUCCESS: "success",
        Conclusion.NEUTRAL: "pending",
        Conclusion.SKIPPED: "success",
        Conclusion.FAILURE: "failure",
        Conclusion.TIMED_OUT: "failure",
        Conclusion.CANCELLED: "error",
    }
    assert as_status(CHECK)["state"] == "pending"


def test_a_token_that_may_not_gets_a_status(scripted: Any, forge: GitHubForge) -> None:
    scripted.say("GET", RUNS, {"total_count": 0, "check_runs": []})
    scripted.say("POST", POST_RUN, REFUSED, status=403)
    scripted.say("GET", STATUSES, [])
    scripted.say("POST", POST_STATUS, {"id": 5})
    assert forge.checks.report(REPO, CHECK) == "5"
    assert scripted.asked[-1].body == {
        "state": "pending",
        "context": "Codex Bot",
        "description": "Waiting",
        "target_url": None,
    }


@pytest.mark.parametrize(
    ("status", "headers", "kind"),
    [(403, {"Retry-After": "7"}, RetryableError), (502, {}, ForgeAwayError), (422, {}, UserError)],
)
def test_no_other_refusal_leads_to_a_status(
    scripted: Any, forge: GitHubForge, status: int, headers: dict[str, str], kind: type[Exception]
) -> None:
    scripted.say("GET", RUNS, {"total_count": 0, "check_runs": []})
    scripted.say("POST", POST_RUN, REFUSED, status=status, headers=headers)
    with pytest.raises(kind):
        forge.checks.report(REPO, CHECK)
    assert scripted.questions("POST") == [POST_RUN]


def test_a_check_of_another_job_is_left_alone(scripted: Any, forge: GitHubForge) -> None:
    other = {"id": 3, "name": "Codex Bot", "external_id": "job-6", "app": None}
    scripted.say("GET", RUNS, {"total_count": 1, "check_runs": [other]})
    scripted.say("POST", POST_RUN, {"id": 4})
    assert forge.checks.report(REPO, CHECK) == "4"


def test_the_token_stays_with_github(
    scripted: Any, forge: GitHubForge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine localhost login ann password pass\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    elsewhere = scripted.url.replace("127.0.0.1", "localhost")
    scripted.say("GET", LOG, "", status=302, headers={"Location": f"{elsewhere}/storage?sig=s3cret"})
    scripted.say("GET", "/storage?sig=s3cret", "boom")
    assert forge.checks.log(REPO, "7") == "boom"
    assert [bool(asked.authorization) for asked in scripted.asked] == [True, False]


@pytest.mark.parametrize(
    ("status", "kind"), [(404, UserError), (410, UserError), (403, ForgeAwayError), (503, ForgeAwayError)]
)
def test_no_error_tells_the_address(scripted: Any, forge: GitHubForge, status: int, kind: type[Exception]) -> None:
    scripted.say("GET", LOG, "", status=302, headers={"Location": f"{scripted.url}/storage?sig=s3cret"})
    scripted.say("GET", "/storage?sig=s3cret", "no", status=status)
    with pytest.raises(kind) as told:
        forge.checks.log(REPO, "7")
    assert "s3cret" not in str(told.value)


def test_storage_that_is_away(scripted: Any, forge: GitHubForge) -> None:
    scripted.say("GET", LOG, "", status=302, headers={"Location": "http://127.0.0.1:9/storage?sig=s3cret"})
    with pytest.raises(ForgeAwayError) as told:
        forge.checks.log(REPO, "7")
    chain, error = [], told.value
    while error is not None:
        chain.append(str(error))
        error = error.__cause__ or error.__context__
    assert "s3cret" not in "".join(chain)


def test_an_address_without_encryption_is_not_asked(scripted: Any) -> None:
    with pytest.raises(UserError, match="not encrypted"):
        downloaded(f"{scripted.url}/storage", GitHubAccess(), "7", 100)
    assert scripted.asked == []
