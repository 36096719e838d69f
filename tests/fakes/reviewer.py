"""A model that reviews as small models do: it finds what is there, in other words each time, and quotes it loosely."""

import collections
import dataclasses
import json
import random
import re
from collections.abc import Callable, Iterator, Mapping

from fakes.model_server import Body, Says

MOST = 8  # findings of one answer
TITLES = ("{} may be empty here", "An empty {} is not handled", "Nobody checks {}", "This trusts {} blindly")
NOUNS = ("the value", "the index", "the reader", "the buffer", "a token")
CATEGORIES = ("bug", "security", "performance", "test", "docs", "style")
_ROW = re.compile(r" *(\d+) ([+ ]) \| (.*)")
_NAMED = re.compile(r"\(defect (-?\d+)\)")


@dataclasses.dataclass(frozen=True)
class Row:
    """A line of the new file as a prompt shows it, with those right before and after it, empty where not shown."""

    path: str
    number: int
    is_new: bool
    text: str
    before: str = ""
    after: str = ""


@dataclasses.dataclass
class Reviewer:
    """Finds the defects that `truth` names by path and line; those below 0 are none, and found only now and then.

    `broken` takes the place of every answer. `suggest` makes a suggestion of a row, as lines and its last line.
    """

    chance: random.Random
    truth: Mapping[tuple[str, int], int] = dataclasses.field(default_factory=dict)
    broken: Says | None = None
    suggest: Callable[[Row], tuple[str | None, int]] = lambda row: (None, row.number)

    def __call__(self, body: Body) -> Says:
        """Answer as a model server is asked to."""
        if self.broken is not None:
            return self.broken
        shown = body["messages"][-1]["content"]
        if said := verdicts(shown):
            return said
        listed = list(rows(shown))
        counted = collections.Counter(" ".join(row.text.split()) for row in listed)
        seen = [row for row in listed if self._is_told(row)]
        seen.sort(key=lambda row: (not row.is_new, self.truth[row.path, row.number] < 0))
        items = [self._item(row, is_one=counted[" ".join(row.text.split())] == 1) for row in seen[:MOST]]
        return Says(json.dumps({"summary": "It changes code.", "findings": items}))

    def _is_told(self, row: Row) -> bool:
        number = self.truth.get((row.path, row.number), 0)
        return number > 0 or (number < 0 and self.chance.random() < 0.4)

    def _item(self, row: Row, *, is_one: bool) -> dict[str, object]:
        """Return a finding; only a line that stands once may be misnumbered, else nobody could tell which is meant."""
        chance, number = self.chance, self.truth[row.path, row.number]
        suggestion, last = self.suggest(row)
        shift = chance.choice([0, 0, 1, -1, 3]) if is_one and suggestion is None else 0
        quote = self._quote(row.text) if is_one else row.text
        if (
            suggestion is None and number > 0 and row.after.strip() and chance.random() < 0.2
        ):  # one line more than is wrong
            quote, last = f"{row.text}\n{row.after}", last + 1
        return {
            "path": chance.choice([row.path, row.path, f"b/{row.path}"]),
            "line": max(1, row.number + shift),
            "last_line": max(1, last + shift),
            "quote": quote,
            "body": f"It {chance.choice(['breaks', 'fails', 'loses data'])} at once. (defect {number})",
            "title": chance.choice(TITLES).format(chance.choice(NOUNS)),
            "category": chance.choice(CATEGORIES),
            "severity": chance.choice(["minor", "major", "critical"]),
            "suggestion": suggestion,
            "confidence": chance.choice([0.75, 0.8, 0.95, 1]),
        }

    def _quote(self, text: str) -> str:
        ways = (text, text, text.strip(), text.strip().replace(" ", "  "), f"+ | {text}", text.strip().rstrip(","))
        return self.chance.choice(ways)


def named_in(body: str) -> int:
    """Return the defect that a remark of this model is about, 0 for none."""
    found = _NAMED.search(body)
    return int(found[1]) if found else 0


def rows(prompt: str) -> Iterator[Row]:
    """Yield the lines of the new files that a prompt shows."""
    path, lines = "", prompt.split("\n")
    for at, line in enumerate(lines):
        if line.startswith("=== "):
            path = line.removeprefix("=== ").partition(" (")[0]
        elif row := _ROW.fullmatch(line):
            beside = (_ROW.fullmatch(each) for each in (lines[at - 1], lines[min(at + 1, len(lines) - 1)]))
            before, after = (each[3] if each else "" for each in beside)
            yield Row(path, int(row[1]), row[2] == "+", row[3], before, after)


def verdicts(prompt: str) -> Says | None:
    """Return the answer of a model that refutes nothing; None where it is not asked to."""
    if "# The findings" not in prompt:
        return None
    numbers = map(int, re.findall(r"(?m)^Finding (\d+): ", prompt))
    return Says(json.dumps({"verdicts": [_stands(number) for number in numbers]}))


def _stands(number: int) -> dict[str, object]:
    return {"id": number, "reason": "The code shows it.", "refuted": False, "confidence": 0.9}
