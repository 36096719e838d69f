"""Plays one random history of a pull request at a practice forge, with people and a model in it."""

import ast
import collections
import contextlib
import dataclasses
import random
import re
from collections.abc import Iterator
from pathlib import Path

from fakes.hands import hands
from fakes.model_server import ModelServer, Says, model_server
from fakes.reviewer import Reviewer, Row, named_in

from bot.ledger import Job, JobState
from bot.settings import Settings
from infra.practice_forge.server import PracticeForge
from stories.forge_worlds import World, Worlds
from stories.pull_history import PullHistory
from stories.pull_page import Reader, Said
from stories.review_storm import Refusals
from stories.review_watch import Count, Watch
from stories.reviewed_pull import ReviewedPull, Slot
from tasks.commands.reviewing.verdict import CHECK
from tasks.model import ModelClient
from tasks.wiring import make_analysers

FORGES = {"github": "github-app", "gitlab": "gitlab"}
RULES = "[review]\ntools = false\nmost = 50\n"
REST = {".codex.toml": RULES, "README.md": "Work.\n"}
THUMB_DOWN = {"github": "-1", "gitlab": "thumbsdown"}
COMPLETE = ("clean: ", "findings: ")
BREAKS = (
    Says(status=500, text="out of memory"),
    Says(""),
    Says("All of this looks fine to me."),
    Says("{}", breaks_off=True),
)
# GitLab's answer to a second pair of eyes on one comment, as a second attempt at a job puts them there.
_PROBING = re.compile(r"POST \S+/award_emoji HTTP\S+ 404")
DEMOTED = "Instead (as text, because "


@dataclasses.dataclass
class Suggestions:
    """What became of the model's suggestions; `wrong` ones do something else than what was meant."""

    posted: int = 0
    demoted: int = 0
    wrong: list[str] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Stage:
    """Two forges, a model server, and one worker slot."""

    worlds: Worlds
    slot: Slot
    model: ModelServer
    folder: Path
    played: int = 0

    def world(self, dialect: str) -> tuple[World, PracticeForge]:
        """Return a new repository at a forge."""
        self.played += 1
        folder = self.folder / f"world-{self.played}"
        folder.mkdir()
        return self.worlds.make(FORGES[dialect], folder), self.worlds.server(dialect)


@contextlib.contextmanager
def stage(folder: Path, *, context: int = 8192) -> Iterator[Stage]:
    """Build the stage; its model answers nothing of use until it is given a `reply`."""
    (folder / "slot").mkdir()
    with Worlds(folder) as worlds, model_server(lambda _body: Says(""), dialect="vllm", context=context) as model:
        tools = dataclasses.replace(hands(ModelClient(model.url)), analysers=make_analysers(Settings()))
        slot = Slot(folder / "slot", tools)
        yield Stage(worlds, slot, model, folder)
        slot.ledger.close()


class Play:
    """One history. `count` and `suggestions` are added to."""

    def __init__(self, stage: Stage, dialect: str, seed: int, count: Count, suggestions: Suggestions) -> None:
        self.chance = random.Random(f"play {seed}")
        self.history = PullHistory(seed, rest=REST)
        self.world, server = stage.world(dialect)
        self.reviewer = stage.model.reply = Reviewer(random.Random(f"model {seed}"), suggest=self._suggest)
        head = {**REST, **self.history.texts()}
        self.pull = ReviewedPull(self.world, stage.slot, {**REST, **self.history.base}, head)
        self.reader = Reader(server, self.world, self.pull.number)
        self.watch = Watch(f"{dialect} {seed}", count)
        self.count, self.suggestions = count, suggestions

    def play(self) -> None:
        """Play from the first push to the last."""
        self._review("opened")
        for _ in range(self.chance.randint(3, 6)):
            self._people()
            self.history.play(self.pull)
            self._review("pushed" if self.chance.random() < 0.8 else "")
            if self.chance.random() < 0.15:
                self._review("")
        self.count.histories += 1

    def _review(self, action: str) -> None:
        """Let the bot review what was pushed, or what it is asked to, and look at the page."""
        truth = self.reviewer.truth = self.history.truth()
        self.reviewer.broken = self.chance.choice(BREAKS) if self.chance.random() < 0.1 else None
        before = collections.Counter(self._checks())
        with Refusals() as refusals:
            job = self.pull.reviewed_after(action) if action else self.pull.ask()
        for line in (line for line in refusals.heard if not _PROBING.search(line)):
            self.count.blame("refused", f"{self.watch.name}: {line}")
        if not _came_to_an_end(job):
            self.count.blame("crashed", f"{self.watch.name}: {job.state.value}: {job.outcome}")
        states = list((collections.Counter(self._checks()) - before).elements())
        new = self.watch.look(self.reader.page(), truth, complete=job.outcome.startswith(COMPLETE), states=states)
        self._try_suggestions(new)

    def _checks(self) -> list[str]:
        return [each.state for each in self.world.checked(self.pull.head) if each.name == CHECK]

    def _people(self) -> None:
        """Let somebody react to a remark, now and then."""
        open_ = [each for each in self.watch.page.said if not each.thread.is_resolved]
        if not open_ or self.chance.random() < 0.5:
            return
        said = self.chance.choice(open_)
        number, reviews = named_in(said.body), self.world.ann.reviews
        match self.chance.choice(["talk", "talk", "refuse", "settle", "thumb"]):
            case "talk":
                reviews.reply(self.world.repo, self.pull.number, said.thread.id, "I will look at it tomorrow.")
            case "refuse":
                reviews.reply(self.world.repo, self.pull.number, said.thread.id, "Won't fix, it is meant so.")
                self.watch.hush(number)
            case "settle":
                reviews.resolve(self.world.repo, self.pull.number, said.thread.id)
                self.watch.waved[number] = None
            case _:
                first, thumb = said.thread.comments[0].id, THUMB_DOWN[self.world.forge.name]
                self.world.ann.react(self.world.repo, self.pull.subject, first, thumb)
                self.watch.hush(number)
        self.watch.page = self.reader.page()

    def _suggest(self, row: Row) -> tuple[str | None, int]:
        """Suggest what is meant, in one of the ways in which models get it wrong, or nothing."""
        good, last = meant(row.text), row.number
        ways = {
            "right": (good, last),
            "context": (f"{row.before}\n{good}\n{row.after}" if row.before and row.after else good, last),
            "stripped": (good.strip(), last),
            "too far": (f"{good}\n{row.after}" if row.after else good, last),
            "too wide": (good, last + 2),
            "broken": ("    made = (", last),
            "fenced": (f"```python\n{good}\n```", last),
            "diff": (f"-{row.text}\n+{good}", last),
        }
        return (None, last) if self.chance.random() < 0.5 else ways[self.chance.choice(sorted(ways))]

    def _try_suggestions(self, new: list[Said]) -> None:
        texts = self.history.texts()
        places = {number: place for place, number in self.reviewer.truth.items()}
        for said in new:
            self.suggestions.demoted += DEMOTED in said.body
            for button in said.suggestions:
                self.suggestions.posted += 1
                text, (_, line) = texts[button.path], places[named_in(said.body)]
                rows = text.split("\n")
                wanted = "\n".join([*rows[: line - 1], meant(rows[line - 1]), *rows[line:]])
                if button.applied(text) != wanted or not _parses(button.applied(text)):
                    self.suggestions.wrong.append(f"{self.watch.name}: {button}")


def meant(line: str) -> str:
    """Return a line with its defect mended."""
    return line.rstrip().removesuffix("),") + ", strict=True),"


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def _came_to_an_end(job: Job) -> bool:
    return job.state is JobState.DONE and not job.outcome.startswith(("refused", "not reviewed"))
