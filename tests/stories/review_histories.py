"""Random histories of a pull request whose defects are known: what becomes of each is known before anybody answers."""

import dataclasses
import itertools
import random
from collections.abc import Iterator

from tasks.review.finding import Category, Finding, Severity
from tasks.review.identity import even

_WORDS = ["parser", "value", "index", "token", "reader", "window", "buffer", "signal", "module", "record"]
_RULES = [f"model/{category}" for category in Category]
_TITLES = ("{} may be empty here", "An empty {} is not handled", "Nobody checks {}", "This trusts {} blindly")


@dataclasses.dataclass(eq=False)
class Row:
    """One line of a file; `defect` is the number of the planted defect that stands on it, 0 for none."""

    text: str
    defect: int = 0


@dataclasses.dataclass
class History:
    """The files of one pull request, edited push by push; a rename is told by git only if the base has the file."""

    seed: int
    files: dict[str, list[Row]] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.numbers = itertools.count(1)
        self.lines = itertools.count(1)
        self.files = {f"{name}.py": [self._row() for _ in range(40)] for name in ("a", "b")}
        self.base, self.copied, self.mended = self.texts(), set[str](), set[str]()
        for _ in range(6):
            self._plant()

    def texts(self) -> dict[str, str]:
        return {path: "".join(f"{row.text}\n" for row in rows) for path, rows in self.files.items()}

    def defects(self) -> Iterator[tuple[int, str, int]]:
        """Yield (defect, path, line) of every defect that is there."""
        for path, rows in self.files.items():
            yield from ((row.defect, path, line) for line, row in enumerate(rows, 1) if row.defect)

    def reviewed(self) -> dict[int, Finding]:
        """Return what a model finds this time: most of the defects, each time in other words, by their numbers."""
        found = {}
        for defect, path, line in self.defects():
            if self.chance.random() < 0.8:
                rule = self.chance.choice(_RULES)
                found[defect] = Finding(
                    path=path,
                    first=line,
                    last=line,
                    title=self.chance.choice(_TITLES).format(self.chance.choice(_WORDS)),
                    body="",
                    rule=rule,
                    source="model",
                    severity=Severity.MAJOR,
                    category=Category(rule.removeprefix("model/")),
                )
        return found

    def push(self) -> None:
        """Make a few edits of any kind."""
        self.copied.clear()
        self.mended.clear()
        edits = (
            self._insert,
            self._delete,
            self._move,
            self._indent,
            self._plant,
            self._mend,
            self._edit,
            self._rename,
        )
        weights = (6, 2, 3, 3, 2, 2, 4, 1)
        for edit in self.chance.choices(edits, weights, k=self.chance.randint(1, 6)):
            edit()

    def _row(self, text: str = "") -> Row:
        number = next(self.lines)
        words = self.chance.sample(_WORDS, 2)
        return Row(text or f"    {words[0]}_{number} = {words[1]}(self.{words[0]}, {number % 7})")

    def _rows(self) -> list[Row]:
        return self.files[self.chance.choice(sorted(self.files))]

    def _insert(self) -> None:
        rows = self._rows()
        place = self.chance.randint(0, len(rows))
        rows[place:place] = [self._row() for _ in range(self.chance.randint(1, 8))]

    def _delete(self) -> None:
        rows = self._rows()
        harmless = [row for row in rows if not row.defect]
        for row in self.chance.sample(harmless, min(3, len(harmless))):
            rows.remove(row)

    def _move(self) -> None:
        rows = self._rows()
        first = self.chance.randint(0, max(0, len(rows) - 8))
        block = rows[first : first + 8]
        del rows[first : first + 8]
        place = self.chance.randint(0, len(rows))
        rows[place:place] = block

    def _indent(self) -> None:
        rows = self._rows()
        first = self.chance.randint(0, len(rows))
        for row in rows[first : first + 10]:
            row.text = f"    {row.text}" if self.chance.random() < 0.5 else row.text.replace(" = ", "  =  ")

    def _plant(self) -> None:
        """Add a defect; some stand on lines that are equal to others."""
        rows, number = self._rows(), next(self.numbers)
        twins = [row.text for row in rows if row.defect and even(row.text) not in self.mended]
        text = self.chance.choice(twins) if twins and self.chance.random() < 0.3 else self._row().text
        self.copied.add(even(text))
        place = self.chance.randint(0, len(rows))
        rows[place:place] = [self._row(), Row(text, number), self._row()]

    def _mend(self) -> None:
        rows = self._rows()
        # To mend a line and to write it anew elsewhere at once is to move it, whoever looks.
        bad = [place for place, row in enumerate(rows) if row.defect and even(row.text) not in self.copied]
        if bad:
            place = self.chance.choice(bad)
            self.mended.add(even(rows[place].text))
            rows[place] = self._row()

    def _edit(self) -> None:
        """Change lines beside a defect."""
        rows = self._rows()
        for place in [place for place, row in enumerate(rows) if row.defect][:2]:
            beside = place + self.chance.choice([-1, 1])
            if 0 <= beside < len(rows) and not rows[beside].defect:
                rows[beside] = self._row()

    def _rename(self) -> None:
        path = self.chance.choice(sorted(self.files))
        self.files[f"{path[0]}{next(self.lines)}.py"] = self.files.pop(path)
