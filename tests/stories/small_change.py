"""A small pull request with a defect in each of two files, and a model that finds both whenever it works."""

import dataclasses
import random

from fakes.reviewer import Reviewer

from stories.pull_page import Page, Reader
from stories.review_play import Stage
from stories.reviewed_pull import ReviewedPull
from tasks.commands.reviewing.verdict import CHECK

A, B = "a.py", "b.py"
BASE = {A: "import os\n\n\ndef run():\n    return 1\n", B: "def size(items):\n    return len(items)\n"}
HEAD = {
    A: "import os\n\n\ndef run(text):\n    value = eval(text)\n    return value\n",
    B: "def size(items):\n    first = items[0]\n    return len(items)\n",
}
TRUTH = {(A, 5): 1, (B, 2): 2}


@dataclasses.dataclass
class SmallChange:
    """The pull request; `rules` are its repository's `.codex.toml`."""

    stage: Stage
    dialect: str
    rules: str = "[review]\ntools = false\n"

    def __post_init__(self) -> None:
        self.world, server = self.stage.world(self.dialect)
        self.reviewer = self.stage.model.reply = Reviewer(random.Random(1), dict(TRUTH))
        base = {".codex.toml": self.rules, **BASE}
        self.pull = ReviewedPull(self.world, self.stage.slot, base, {**base, **HEAD})
        self._reader = Reader(server, self.world, self.pull.number)

    def push(self, truth: dict[tuple[str, int], int], **files: str) -> None:
        """Push other contents of `a_py` or `b_py`, in which these defects are."""
        named = {f"{name[0]}.py": text for name, text in files.items()}
        self.pull.commit({".codex.toml": self.rules, **HEAD, **named})
        self.reviewer.truth = truth

    @property
    def page(self) -> Page:
        return self._reader.page()

    @property
    def checks(self) -> list[str]:
        """Return how the checks of ours beside the head ended, one for each review of it."""
        return [each.state for each in self.world.checked(self.pull.head) if each.name == CHECK]
