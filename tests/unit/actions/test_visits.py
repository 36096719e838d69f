"""Ann at each practice forge, and the bot beside her, connected by nothing but that stage's arguments and settings."""

import dataclasses
import functools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from fakes.door import Door, open_door
from stories.practice_command import started

from actions.practice import STAGES
from actions.visits.protocol import Place, Visitor
from bot.events import Event, FileChange
from bot.forges.protocol import Forge
from bot.forges.registry import make_forges
from bot.settings import read_settings

FILES = {"kit.py": "x = 1\n", "README.md": "# Kit\n"}
COMMAND = "/codex implement"


@dataclasses.dataclass(frozen=True)
class Evening:
    """A practice forge of one kind with ann, and a door where the bot would hear."""

    name: str
    visitor: Visitor
    door: Door
    pages: Callable[[str, int], str]

    def hear(self) -> Event:
        """Return the next delivery that the bot would not pass over."""
        hooks = make_forges(read_settings()).hooks(self.name)
        assert hooks is not None
        while True:
            sent, body = self.door.received.get(timeout=10)
            headers = {name.lower(): value for name, value in sent.items()}
            assert hooks.verify(headers, body)
            event = hooks.read(headers, body)
            if isinstance(event, Event):
                return event

    def bot(self, event: Event) -> Forge:
        """Return the speaking half with which the bot would answer."""
        return make_forges(read_settings()).connect(event.forge, event.installation)


@pytest.fixture(params=STAGES)
def evening(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Evening]:
    stage = STAGES[request.param]
    (tmp_path / "secrets").mkdir()
    with open_door() as door:
        place = Place("", door.url.removesuffix("/webhooks"), tmp_path / "secrets")
        with started("--data-dir", str(tmp_path / "forge"), *stage.arguments(place)) as (_, url):
            place = dataclasses.replace(place, forge_url=url)
            for name, value in stage.settings(place).items():
                monkeypatch.setenv(name, value)
            yield Evening(request.param, stage.visitor(place), door, functools.partial(stage.issue_page, place))


def test_what_ann_writes_reaches_the_bot_and_what_it_does_ann_sees(evening: Evening) -> None:
    ann = evening.visitor
    path = ann.make_repository("kit", FILES)
    issue = ann.open_issue(path, "Add y", "Please.")
    comment = ann.comment(path, issue, COMMAND)
    event = evening.hear()
    assert event.comment is not None
    assert (event.repo.path, event.issue.number, event.comment.body) == (path, issue, COMMAND)
    assert not ann.is_noticed(path, issue, comment)
    assert ann.pull_requests(path) == []

    bot = evening.bot(event)
    bot.react(event.repo, event.issue.subject, event.comment.id, "eyes")
    bot.create_comment(event.repo, event.issue.subject, "Done.")
    head = bot.head(event.repo, "main")
    assert head is not None
    change = [FileChange("kit.py", b"x = 1\ny = 2\n")]
    bot.commit(event.repo, branch="codex/1", parent=head, message="Add y", changes=change)
    bot.open_pull_request(event.repo, branch="codex/1", base="main", title="Add y", body="| check |", draft=True)

    assert ann.is_noticed(path, issue, comment)
    assert list(ann.comments(path, issue)) == [COMMAND, "Done."]
    [found] = ann.pull_requests(path)
    assert (found.title.removeprefix("Draft: "), found.body, found.is_draft) == ("Add y", "| check |", True)
    for page in (found.url, evening.pages(path, issue)):
        assert "Add y" in requests.get(page, timeout=10).text
    lines = ann.diff(path, found.number).splitlines()
    assert [line for line in lines if line.startswith(("+", "---"))] == ["--- a/kit.py", "+++ b/kit.py", "+y = 2"]
