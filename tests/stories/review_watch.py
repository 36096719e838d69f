"""Watches the page of a pull request over its history, and counts what a reviewer must never do."""

import dataclasses
import re
from collections.abc import Collection
from typing import ClassVar

from fakes.reviewer import named_in

from bot.events import Comment
from stories.pull_page import Page, Said

_SPOT = re.compile(r"`([^`\s]+):(\d+)(?:-\d+)?`")
Truth = dict[tuple[str, int], int]


@dataclasses.dataclass
class Count:
    """What was counted; all but the first six must be 0. `complaints` tell each case in words."""

    histories: int = 0
    reviews: int = 0
    remarks: int = 0
    fixed: int = 0
    dismissed: int = 0
    failed: int = 0
    repeated: int = 0
    lost: int = 0
    misplaced: int = 0
    approved: int = 0
    refused: int = 0
    unsettled: int = 0
    wrongly_settled: int = 0
    touched: int = 0
    noisy: int = 0
    crashed: int = 0
    complaints: list[str] = dataclasses.field(default_factory=list)

    MUST_BE_0: ClassVar = (
        *("repeated", "lost", "misplaced", "approved", "refused", "unsettled", "wrongly_settled", "touched", "noisy"),
        "crashed",
    )

    def blame(self, what: str, words: str) -> None:
        """Count one case of something that must not happen."""
        setattr(self, what, getattr(self, what) + 1)
        self.complaints.append(f"{what}: {words}")

    def add(self, other: "Count") -> None:
        """Take in what was counted elsewhere."""
        for field in dataclasses.fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))

    @property
    def is_clean(self) -> bool:
        return not any(getattr(self, name) for name in self.MUST_BE_0)


class Watch:
    """`told` are the defects that stand on the page as open, by number; `hushed` those that somebody dismissed."""

    def __init__(self, name: str, count: Count) -> None:
        self.name = name
        self.count = count
        self.page = Page([], [], [], [])
        self.told: set[int] = set()
        self.ever: set[int] = set()
        self.hushed: set[int] = set()
        self.waved: dict[int, None] = {}  # settled by somebody, who may have mended it
        self.threads: dict[str, int] = {}

    def look(self, page: Page, truth: Truth, *, complete: bool, states: Collection[str]) -> list[Said]:
        """Compare the page with the one before the review, and with what is true of the head; return what is new."""
        alive = set(truth.values())
        self._look_at_reviews(page, states, complete=complete)
        self._look_at_threads(page, alive, complete=complete)
        new = [each for each in page.said if each.thread.id not in self.threads]
        for each in new:
            self._hear(each, truth)
        for text in page.summaries[len(self.page.summaries) :]:
            self._hear_summary(text, truth)
        if complete:
            self._settle_accounts(alive)
        self.count.reviews += 1
        self.count.failed += not complete
        self.count.remarks += len(new)
        self.page = page
        return new

    def _look_at_reviews(self, page: Page, states: Collection[str], *, complete: bool) -> None:
        fresh = page.verdicts[len(self.page.verdicts) :]
        if len(fresh) > 1:
            self.count.blame("noisy", f"{self.name}: {len(fresh)} reviews of one push")
        if set(fresh) - {"COMMENTED"}:
            self.count.blame("approved", f"{self.name}: {fresh}")
        if not complete and "success" in states:
            self.count.blame("approved", f"{self.name}: a green check beside a review that failed")

    def _look_at_threads(self, page: Page, alive: set[int], *, complete: bool) -> None:
        before = {each.thread.id: each.thread for each in self.page.said}
        now = {each.thread.id: each.thread for each in page.said}
        for id_, was in before.items():
            number, thread = self.threads[id_], now.get(id_)
            if _has_people(was.comments):
                if thread is None or (thread.is_resolved, thread.comments) != (was.is_resolved, was.comments):
                    self.count.blame("touched", f"{self.name}: the conversation about {number}, in which people spoke")
            elif thread is None:
                self.count.blame("touched", f"{self.name}: the conversation about {number} is gone")
            elif thread.is_resolved and not was.is_resolved:
                self.count.fixed += 1
                if number in alive:
                    self.count.blame("wrongly_settled", f"{self.name}: {number} is still there")
            elif complete and number and number not in alive and not thread.is_resolved and number in self.told:
                self.count.blame("unsettled", f"{self.name}: {number} is gone")

    def _hear(self, said: Said, truth: Truth) -> None:
        number = named_in(said.body)
        self.threads[said.thread.id] = number
        last = said.thread.line or 0
        if number not in {truth.get((said.thread.path, line)) for line in range(said.first, last + 1)}:
            self.count.blame("misplaced", f"{self.name}: {number} at {said.thread.path}:{said.first} to {last}")
        self._tell(number)

    def _hear_summary(self, text: str, truth: Truth) -> None:
        """Take in what stands in a summary alone: no words of the model, but the place."""
        for path, line in _SPOT.findall(text):
            number = truth.get((path, int(line)), 0)
            if number:
                self._tell(number)

    def _tell(self, number: int) -> None:
        if number in self.told or number in self.hushed:
            self.count.blame("repeated", f"{self.name}: {number} {'was dismissed' if number in self.hushed else ''}")
        self.told.add(number)
        self.ever.add(number)

    def _settle_accounts(self, alive: set[int]) -> None:
        """Take note of what a whole review saw: who is gone may be told anew when it comes back."""
        for number in {each for each in alive if each > 0} - self.told - self.hushed:
            self.count.blame("lost", f"{self.name}: {number}")
            self.told.add(number)  # once
        for number in self.waved:
            if number in alive:
                self.hushed.add(number)
        self.waved.clear()
        self.told = {number for number in self.told if number in alive}

    def hush(self, number: int) -> None:
        """Note that somebody dismissed a defect."""
        self.hushed.add(number)
        self.count.dismissed += 1


def _has_people(comments: tuple[Comment, ...]) -> bool:
    return any(each.author != comments[0].author for each in comments)
