"""What somebody finds beside a commit, on each forge: checks in words that all of them have."""

import dataclasses
import re
from collections.abc import Callable, Iterator
from typing import Any

Ask = Callable[[str], Any]
GOING = "neither green nor red"  # still going, or an end that says neither
WORDS = {
    **dict.fromkeys(("queued", "in_progress", "pending", "running"), GOING),
    **dict.fromkeys(("failed", "timed_out"), "failure"),
    **dict.fromkeys(("canceled", "error"), "cancelled"),
    "neutral": GOING,
    "skipped": GOING,
}


@dataclasses.dataclass(frozen=True)
class Checked:
    """One check; `summary` and `notes` are empty where the forge has no place for them."""

    name: str
    state: str
    title: str
    url: str
    summary: str = ""
    notes: tuple[str, ...] = ()


def at_github(ask: Ask, sha: str) -> list[Checked]:
    """Ask GitHub for check runs, and for the newest status of each context."""
    runs = ask(f"commits/{sha}/check-runs?filter=all&per_page=100")["check_runs"]
    newest: dict[str, dict[str, Any]] = {}
    for status in ask(f"commits/{sha}/statuses?per_page=100"):
        newest.setdefault(status["context"], status)
    return [_run(ask, run) for run in runs] + [
        Checked(each["context"], _word(each["state"]), each["description"], each["target_url"])
        for each in newest.values()
    ]


def at_gitlab(ask: Ask, sha: str) -> list[Checked]:
    """Ask GitLab for commit statuses."""
    return [
        Checked(each["name"], _word(each["status"]), each["description"], each["target_url"])
        for each in ask(f"repository/commits/{sha}/statuses?per_page=100")
    ]


def in_file(text: str, sha: str) -> Iterator[Checked]:
    """Read the local forge's Markdown file."""
    pattern = rf"^## Check ([^\n]*): (\w+)\n\n\*\*([^\n]*)\*\* · `{sha}` · <([^\n]*)>\n\n(.*?)(?=^##|\Z)"
    for name, state, title, url, rest in re.findall(pattern, text, re.MULTILINE | re.DOTALL):
        summary, _, notes = rest.partition("\n\n- ")
        said = tuple(f"- {notes}".strip().splitlines()) if notes else ()
        yield Checked(name, _word(state), title, url, summary.strip(), said)


def _run(ask: Ask, run: dict[str, Any]) -> Checked:
    output, notes, page = run["output"], [], 1
    while found := ask(f"check-runs/{run['id']}/annotations?per_page=100&page={page}"):
        notes += [f"{each['path']}:{each['start_line']} {each['message']}" for each in found]
        page += 1
    state = _word(run["conclusion"] or run["status"])
    return Checked(run["name"], state, output["title"], run["details_url"], output["summary"], tuple(notes))


def _word(state: str) -> str:
    return WORDS.get(state, state)
