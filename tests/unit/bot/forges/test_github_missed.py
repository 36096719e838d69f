"""Which failed deliveries are fetched from GitHub, and how often it is asked."""

import datetime as dt
import json
from typing import Any

import pytest

from bot.errors import RetryableError, UserError
from bot.events import Unwanted
from bot.forges.github.access import GitHubAccess
from bot.forges.github.missed import MissedDeliveries
from bot.forges.hearing import Hearing
from infra.practice_forge.server import new_app_key

LIST = "/app/hook/deliveries?per_page=100&status=failure"


def attempt(number: int, *, guid: str = "", minutes: float = 1) -> dict[str, Any]:
    moment = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=minutes)
    return {
        "id": number,
        "guid": guid or f"guid-{number}",
        "delivered_at": moment.isoformat().replace("+00:00", "Z"),
        "status_code": 502,
    }


class Desk:
    """What GitHub says, and who asks it."""

    def __init__(self, scripted: Any) -> None:
        self.scripted = scripted
        self.missed = MissedDeliveries(GitHubAccess(scripted.url, app_id="7", private_key=new_app_key()), Hearing())

    def tell(self, *attempts: dict[str, Any], cursor: str = "", following: str = "") -> None:
        path = LIST.replace("?", f"?cursor={cursor}&") if cursor else LIST
        links = f'<{self.scripted.url}/api/v3{LIST}&cursor={following}>; rel="next"' if following else ""
        self.scripted.answers.pop(("GET", path), None)
        self.scripted.say("GET", path, list(attempts), headers={"Link": links} if links else None)
        for each in attempts:
            headers = {"X-GitHub-Event": "ping", "X-GitHub-Delivery": each["guid"]}
            request = {"headers": headers, "payload": {"number": each["id"]}}
            self.scripted.say("GET", f"/app/hook/deliveries/{each['id']}", {**each, "request": request})

    def look(self) -> list[int]:
        return [json.loads(body)["number"] for _, body in self.missed()]


@pytest.fixture
def desk(scripted: Any) -> Desk:
    return Desk(scripted)


def test_a_delivery_is_read_as_the_hook_would_have_read_it(desk: Desk) -> None:
    desk.tell(attempt(1))
    assert list(desk.missed()) == [(Unwanted("guid-1", "ping", "ping events are not read"), b'{"number": 1}')]


def test_what_is_no_delivery_is_passed_over_and_not_fetched_again(desk: Desk) -> None:
    desk.tell(attempt(2), attempt(1))
    desk.scripted.answers.pop(("GET", "/app/hook/deliveries/1"))
    broken = {**attempt(1), "request": {"headers": {}, "payload": "no object"}}
    desk.scripted.say("GET", "/app/hook/deliveries/1", broken)
    assert desk.look() == [2]
    assert desk.look() == []


def test_all_pages_are_read_and_the_oldest_comes_first(desk: Desk) -> None:
    desk.tell(attempt(9), attempt(8), following="v1_8")
    desk.tell(attempt(7), attempt(6), cursor="v1_8")
    assert desk.look() == [6, 7, 8, 9]


def test_of_many_attempts_at_one_delivery_one_is_fetched(desk: Desk) -> None:
    desk.tell(attempt(9, guid="same"), attempt(8), attempt(5, guid="same"))
    assert desk.look() == [8, 9]


def test_what_github_no_longer_keeps_is_not_asked_for(desk: Desk) -> None:
    desk.tell(attempt(9), attempt(1, minutes=3 * 24 * 60 + 1), following="v1_1")
    assert desk.look() == [9]
    assert len(desk.scripted.asked) == 2


def test_the_next_look_fetches_only_what_is_new_and_reads_no_further_back(desk: Desk) -> None:
    desk.tell(attempt(2, minutes=50), attempt(1, minutes=70), following="")
    assert desk.look() == [1, 2]
    desk.tell(attempt(3), attempt(2, minutes=50), attempt(1, minutes=70), following="v1_1")
    del desk.scripted.asked[:]
    assert desk.look() == [3]
    assert [asked.path for asked in desk.scripted.asked] == [LIST, "/app/hook/deliveries/3"]


def test_one_that_was_not_kept_comes_again(desk: Desk) -> None:
    desk.tell(attempt(2), attempt(1))
    looking = iter(desk.missed())
    next(looking)
    next(looking)  # the first one was kept, the second one was not
    assert desk.look() == [2]


def test_a_github_that_is_away_or_refuses_says_so(desk: Desk) -> None:
    desk.scripted.say("GET", LIST, {"message": "Bad gateway"}, status=502)
    with pytest.raises(RetryableError, match="list the deliveries"):
        desk.look()
    del desk.scripted.answers["GET", LIST]
    with pytest.raises(UserError, match="refused to list the deliveries"):
        desk.look()


def test_with_a_token_the_hooks_of_the_repositories_that_it_administers_are_asked(scripted: Any) -> None:
    missed = MissedDeliveries(GitHubAccess(scripted.url, token="sesame"), Hearing())
    repos = [
        {"full_name": f"ann/{name}", "url": f"{scripted.url}/api/v3/repos/ann/{name}", "permissions": {"admin": admin}}
        for name, admin in (("sums", True), ("others", False))
    ]
    hooks = [
        {"id": number, "url": f"{scripted.url}/api/v3/repos/ann/sums/hooks/{number}", "config": {"url": url}}
        for number, url in ((5, "https://bot.example/webhooks/github"), (6, "https://ci.example/hook"))
    ]
    failed = attempt(1)
    headers = {"X-GitHub-Event": "ping", "X-GitHub-Delivery": failed["guid"]}
    place = "/repos/ann/sums/hooks/5/deliveries"
    scripted.say("GET", "/user/repos?per_page=100", repos)
    scripted.say("GET", "/repos/ann/sums/hooks?per_page=100", hooks)
    scripted.say("GET", f"{place}?per_page=100&status=failure", [failed])
    scripted.say("GET", f"{place}/1", {**failed, "request": {"headers": headers, "payload": {"number": 1}}})
    assert [json.loads(body)["number"] for _, body in missed()] == [1]
    assert list(missed()) == []
    assert not [path for path in scripted.questions("GET") if "others" in path or "hooks/6/" in path]
