"""Whether anything that a model is led to write takes effect on the page of a pull request."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.review.row import Row, all_of, told
from fakes.model_server import Body, Says
from fakes.reviewer import verdicts
from stories.hostile_texts import CASES, FORGED, harm
from stories.pull_page import Page, Reader
from stories.review_play import FORGES, REST, Stage, stage
from stories.reviewed_pull import ReviewedPull

PLACES = ("title", "body", "suggestion", "path")
AT_ONCE = 2  # cases of one pull request, each in all places: as many findings as a model may give
TEXT = [f"line {number}" for number in range(1, 41)]
NAMES = (
    f"@all <!-- codex-bot:finding {FORGED} -->.txt",
    "`@bob` ![x](y) [z](javascript:1).txt",
    "Closes #1 | @all.txt",
)


def measure() -> list[Row]:
    """Return the rows of this part."""
    rows = []
    with tempfile.TemporaryDirectory() as folder, stage(Path(folder), context=32_768) as made:
        for dialect in FORGES:
            harms = {**harms_of_texts(made, dialect), "names of files": harms_of_names(made, dialect)}
            safe = sum(not found for found in harms.values())
            rows.append(all_of("hostile", f"texts without any effect, {dialect}", safe, len(CASES) + 1))
            rows += [told("hostile", f"{dialect}: {name}", "; ".join(found)) for name, found in harms.items() if found]
    return rows


def harms_of_texts(made: Stage, dialect: str, names: Sequence[str] = tuple(CASES)) -> dict[str, list[str]]:
    """Return, for each case, what its text does on the page, wherever the model wrote it."""
    found = {}
    for start in range(0, len(names), AT_ONCE):
        chosen = names[start : start + AT_ONCE]
        said = [(place, CASES[name]) for name in chosen for place in PLACES]
        items = [_item(place, text, number) for number, (place, text) in enumerate(said)]
        page, beside = _reviewed(made, dialect, {"notes.txt": items})
        for at, name in enumerate(chosen):
            mine = [said for said in page.said if (said.thread.line or 0) in _lines(at)]
            harms = [words for said in mine for words in harm(said.body, suggestions=len(said.suggestions))]
            lost = [] if len(mine) == len(PLACES) - 1 else [f"{len(mine)} of {len(PLACES) - 1} remarks came through"]
            found[name] = [*harms, *lost]
        rest = [words for text in [*page.summaries, *page.comments, *beside] for words in harm(text)]
        found[chosen[0]] += rest
    return found


def harms_of_names(made: Stage, dialect: str) -> list[str]:
    """Return what the names of files do on the page, at a line and in the summary."""
    items = {name: [_item("", "", 0, path=name), _item("", "", 4, path=name, quote="nowhere at all")] for name in NAMES}
    page, beside = _reviewed(made, dialect, items)
    return [words for text in [*page.texts, *beside] for words in harm(text)]


def _lines(case: int) -> set[int]:
    return {_line(case * len(PLACES) + at) for at in range(len(PLACES))}


def _line(number: int) -> int:
    return 2 + 3 * number


def _item(place: str, text: str, number: int, *, path: str = "notes.txt", quote: str = "") -> dict[str, object]:
    line = _line(number)
    plain: dict[str, object] = {"path": path, "title": f"Problem {number}", "body": "It fails.", "suggestion": None}
    if place:
        plain[place] = text
    return plain | {
        "line": line,
        "last_line": line,
        "quote": quote or TEXT[line - 1],
        "category": "bug",
        "severity": "major",
        "confidence": 0.9,
    }


def _reviewed(made: Stage, dialect: str, items: Mapping[str, Sequence[dict[str, object]]]) -> tuple[Page, list[str]]:
    """Let a pull request that adds these files be reviewed so; return its page, and what stands beside its commit."""

    def reply(body: Body) -> Says:
        shown = body["messages"][-1]["content"]
        said = [item for each in items.values() for item in each]
        return verdicts(shown) or Says(json.dumps({"summary": "s", "findings": said}))

    made.model.reply = reply
    world, server = made.world(dialect)
    files = dict.fromkeys(items, "\n".join([*TEXT, ""]))
    pull = ReviewedPull(world, made.slot, REST, {**REST, **files})
    pull.ask()
    beside = [text for check in world.checked(pull.head) for text in (check.title, check.summary)]
    return Reader(server, world, pull.number).page(), beside
