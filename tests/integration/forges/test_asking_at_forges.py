"""From what a forge delivers to what somebody finds there: a question in a thread, and a description with labels."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.hands import FakeModel, hands
from stories.forge_worlds import World, Worlds
from stories.fresh_ledger import fresh_ledger

from bot.diff import place
from bot.events import Event, FileChange, Subject
from bot.forges.github.hooks import read_delivery as read_github
from bot.forges.gitlab.hooks import read_delivery as read_gitlab
from bot.intake import take_in
from bot.ledger import Job
from bot.review import Review, ReviewComment
from tasks.commands.registry import discover
from tasks.described import without_block
from tasks.running import Runner

NOBODY = "http://127.0.0.1:1/webhooks"
BRANCH = "topic"
ANSWER = "Because of `new.py:1`."
PROPOSAL = {"title": "T", "summary": "It adds x.", "groups": [], "effort": "1", "risk": "high"}


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worlds]:
    with Worlds(tmp_path_factory.mktemp("forges")) as made:
        yield made


@pytest.fixture(params=["github-app", "gitlab"])
def world(request: pytest.FixtureRequest, tmp_path: Path, worlds: Worlds) -> World:
    made = worlds.make(request.param, tmp_path)
    server = worlds.server(made.forge.name)
    if made.forge.name == "github":
        server.send_webhooks_to(NOBODY)
    else:
        record = server.forge.state.repository(made.repo.owner, made.repo.name)
        assert record is not None
        server.gitlab.add_hook(record, NOBODY, token="t", events=["note_events"])
    return made


def propose(world: World) -> int:
    """Let ann open a pull request."""
    forge, repo = world.ann, world.repo
    parent = forge.head(repo, "main")
    assert parent is not None
    forge.commit(repo, branch=BRANCH, parent=parent, message="Add", changes=[FileChange("new.py", b"x = 1\ny = 2\n")])
    return forge.open_pull_request(repo, branch=BRANCH, base="main", title="Add x", body="Why.\r\n", draft=False).number


def heard(worlds: Worlds, world: World, text: str) -> Event:
    """Return what the bot makes of the delivery that tells of a comment with this text."""
    read = read_github if world.forge.name == "github" else read_gitlab
    for delivery in worlds.server(world.forge.name).deliveries():
        headers = {name.lower(): value for name, value in delivery.request_headers.items()}
        if text in json.dumps(json.loads(delivery.parcel.body)):
            event = read(headers, delivery.parcel.body)
            assert isinstance(event, Event)
            return event
    raise AssertionError(f"nobody was told of {text}")


def work(world: World, event: Event, answer: str, folder: Path) -> Job:
    ledger = fresh_ledger(folder)
    try:
        job_id = take_in(ledger, event, b"").job_id or 0
        runner = Runner(
            ledger=ledger,
            connect=lambda _name, _installation: world.forge,
            hands=hands(FakeModel(answer)),
            commands=discover(),
            worker="w",
        )
        runner.run(job_id)
        job = ledger.job(job_id)
    finally:
        ledger.close()
    assert job is not None
    return job


def test_a_question_in_a_thread_is_answered_in_it(worlds: Worlds, world: World, tmp_path: Path) -> None:
    number, reviews = propose(world), world.forge.reviews
    compared = reviews.compare(world.repo, number)
    remark = ReviewComment(place(compared.files, "new.py", 1, 1), "Hm.")
    reviews.submit(world.repo, number, Review(compared, "One thing.", (remark,)))
    (begun,) = reviews.threads(world.repo, number)
    world.ann.reviews.reply(world.repo, number, begun.id, "/codex ask why one?")
    job = work(world, heard(worlds, world, "/codex ask why one?"), ANSWER, tmp_path)
    assert job.outcome.startswith("answered from")
    (thread,) = reviews.threads(world.repo, number)
    assert [said.body.split("\n")[0] for said in thread.comments] == ["Hm.", "/codex ask why one?", ANSWER]
    assert thread.comments[-1].author.login == thread.us
    assert "`new.py`, lines 1-2" in thread.comments[-1].body


def test_a_description_and_labels_are_written_at_the_head(worlds: Worlds, world: World, tmp_path: Path) -> None:
    number = propose(world)
    subject = Subject(number, is_pull_request=True)
    world.ann.create_comment(world.repo, subject, "/codex describe")
    job = work(world, heard(worlds, world, "/codex describe"), json.dumps(PROPOSAL), tmp_path)
    assert job.outcome == "described: effort 1, risk high"
    found = world.forge.issue(world.repo, subject)
    assert found.body.startswith("Why.\r\n\n<!-- codex-bot:described ")
    assert "| `new.py` +2 -0 | *not described* |" in found.body
    assert (found.title, without_block(found.body)) == ("Add x", "Why.")
    assert sorted(world.forge.descriptions.labels(world.repo, number)) == ["codex/effort-1", "codex/risk-high"]
