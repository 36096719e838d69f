"""A bot behind a firewall: no webhook reaches it, so it looks for new comments itself."""

import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests
from stories.fresh_ledger import fresh_ledger

from bot.errors import RetryableError, UserError
from bot.events import Event
from bot.forges.gitlab.access import GitLabAccess
from bot.forges.gitlab.comments import NewComments
from bot.forges.hearing import Hearing
from bot.forges.registry import Forges, gitlab_entry
from bot.intake import take_in
from bot.ledger import Ledger
from infra.practice_forge.faults import read_fault
from infra.practice_forge.server import PracticeForge
from tasks.missed import CatchUp


@dataclasses.dataclass
class Valley:
    """A forge without webhooks, and the ledger of a bot that is a Developer there."""

    server: PracticeForge
    ledger: Ledger
    hinted: list[int]

    def ask(self, path: str, who: str = "ann", method: str = "POST", **fields: object) -> Any:
        address = f"{self.server.url}/api/v4/projects/{quote('ann/sums', safe='')}/{path}"
        headers = {"PRIVATE-TOKEN": self.server.token_for(who)}
        answer = requests.request(method, address, json=fields, headers=headers, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def comment(self, body: str, place: str = "issues/1", **more: Any) -> Any:
        return self.ask(f"{place}/notes", body=body, **more)

    def access(self, who: str = "codex-bot") -> GitLabAccess:
        return GitLabAccess(self.server.url, token=self.server.token_for(who))

    def catch_up(self) -> CatchUp:
        missed = Forges({"gitlab": gitlab_entry(self.access(), "", Hearing("codex-bot"))}).missed()
        return CatchUp(self.ledger, missed, self.hinted.append)

    def asked(self) -> list[str]:
        return [f"{job.kind} {job.argument}" for job in reversed(self.ledger.jobs())]


@pytest.fixture
def valley(tmp_path: Path) -> Iterator[Valley]:
    ledger = fresh_ledger(tmp_path)
    with PracticeForge(tmp_path / "forge", dialect="gitlab", limits=False) as server:
        server.create_repo("ann", "sums", {"a.py": b"a = 1\n"}, private=True)
        valley = Valley(server, ledger, [])
        valley.ask("issues", title="add() subtracts")
        yield valley
    ledger.close()


def test_commands_are_found_in_their_order_and_wake_workers(valley: Valley) -> None:
    for body in ("/codex implement one", "just talk", "/codex implement two"):
        valley.comment(body)
    valley.catch_up().look()
    assert valley.asked() == ["implement one", "implement two"]
    assert valley.hinted == [job.id for job in reversed(valley.ledger.jobs())]


def test_each_is_found_once_whoever_looks_how_often(valley: Valley) -> None:
    catch_up = valley.catch_up()
    valley.comment("/codex implement one")
    catch_up.look()
    valley.comment("/codex implement two")
    catch_up.look()
    catch_up.look()
    valley.catch_up().look()  # the sweeper was started anew
    assert valley.asked() == ["implement one", "implement two"]
    assert len(valley.hinted) == 2


def test_what_a_webhook_told_asks_once(valley: Valley) -> None:
    note = valley.comment("/codex implement")
    (found,) = NewComments(valley.access(), Hearing())()
    told = dataclasses.replace(found[0], guid="the webhook's own")
    assert isinstance(told, Event)
    assert told.comment is not None
    assert told.comment.id == f"issues/1/notes/{note['id']}"
    take_in(valley.ledger, told, found[1])
    valley.catch_up().look()
    assert valley.asked() == ["implement "]
    assert valley.hinted == []


def test_merge_requests_and_threads_are_found_too(valley: Valley) -> None:
    change = [{"action": "create", "file_path": "b.py", "content": "b = 1\n"}]
    valley.ask("repository/commits", branch="t", start_branch="main", commit_message="C", actions=change)
    valley.ask("merge_requests", source_branch="t", target_branch="main", title="Add b")
    valley.ask("merge_requests/1/discussions", body="/codex help")
    ((event, _),) = NewComments(valley.access(), Hearing())()
    assert isinstance(event, Event)
    assert (event.issue.is_pull_request, event.issue.number, event.issue.title) == (True, 1, "Add b")
    assert (event.sender.login, event.repo.path) == ("ann", "ann/sums")
    assert event.thread == ""


def test_a_comment_on_a_line_is_found_with_its_thread(valley: Valley) -> None:
    change = [{"action": "create", "file_path": "b.py", "content": "b = 1\n"}]
    valley.ask("repository/commits", branch="t", start_branch="main", commit_message="C", actions=change)
    refs = valley.ask("merge_requests", source_branch="t", target_branch="main", title="Add b")["diff_refs"]
    position = {**refs, "position_type": "text", "old_path": "b.py", "new_path": "b.py", "new_line": 1}
    valley.ask("merge_requests/1/discussions", body="Hm.")
    begun = valley.ask("merge_requests/1/discussions", body="Why one?", position=position)
    valley.ask(f"merge_requests/1/discussions/{begun['id']}/notes", body="/codex ask why one?")
    ((event, _),) = NewComments(valley.access(), Hearing())()
    assert isinstance(event, Event)
    assert event.thread == begun["id"]


def test_the_bots_own_words_and_what_is_confidential_are_left_alone(valley: Valley) -> None:
    valley.comment("Say `/codex implement`.\n\n/codex implement", who="codex-bot")
    valley.comment("/codex implement", internal=True)
    valley.ask("issues", title="secret", confidential=True)
    valley.comment("/codex implement", "issues/2")
    valley.catch_up().look()
    assert valley.asked() == []
    valley.comment("/codex implement")
    valley.catch_up().look()
    assert valley.asked() == ["implement "]


def test_nothing_old_is_dug_out(valley: Valley) -> None:
    valley.comment("/codex implement")

    def found(hours: float) -> int:
        later = dt.datetime.now(dt.UTC) + dt.timedelta(hours=hours)
        return len(list(NewComments(valley.access(), Hearing(), lambda: later)()))

    assert (found(0.9), found(1.1)) == (1, 0)


def test_more_than_a_page_is_read_to_its_end(valley: Valley) -> None:
    for number in range(120):
        valley.comment(f"/codex implement {number}")
    found = [event for event, _ in NewComments(valley.access(), Hearing())()]
    arguments = [event.comment.body.split()[-1] for event in found if isinstance(event, Event) and event.comment]
    assert arguments == [str(number) for number in range(120)]


def test_what_could_not_be_kept_is_shown_again(valley: Valley) -> None:
    valley.comment("/codex implement one")
    valley.comment("/codex implement two")
    look = NewComments(valley.access(), Hearing())
    shown = look()
    next(shown)
    shown.close()
    assert len(list(look())) == 2
    assert list(look()) == []


def test_a_forge_that_is_away_keeps_them_until_it_is_back(valley: Valley) -> None:
    valley.comment("/codex implement")
    look = NewComments(valley.access(), Hearing())
    for _ in range(2):  # the client looks once more by itself
        valley.server.forge.faults.arm(read_fault({"match": "/events$", "status": 503}))
    with pytest.raises(RetryableError):
        list(look())
    assert len(list(look())) == 1


def test_a_subject_that_is_gone_meanwhile_is_passed_over(valley: Valley) -> None:
    valley.comment("/codex implement")
    for _ in range(2):
        valley.server.forge.faults.arm(read_fault({"match": "/issues/1$", "status": 404}))
    assert list(NewComments(valley.access(), Hearing())()) == []


def test_a_project_in_which_the_bot_may_do_nothing_is_not_looked_at(valley: Valley) -> None:
    valley.comment("/codex implement")
    assert list(NewComments(valley.access("eve"), Hearing())()) == []


def test_a_token_that_ended_is_told(valley: Valley) -> None:
    with pytest.raises(UserError, match="list the projects"):
        list(NewComments(GitLabAccess(valley.server.url, token="glpat-gone"), Hearing())())
