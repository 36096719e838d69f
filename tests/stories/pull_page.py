"""What stands on the page of a pull request, asked of the forge as a person's program asks it, in either dialect."""

import dataclasses
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import requests

from bot.review import Thread
from infra.practice_forge.server import PracticeForge
from stories.forge_worlds import World

MARK = "<!-- codex-bot:"
_REVIEW = re.compile(f"{MARK}[0-9a-f]+ review ")
_BLOCK = re.compile(r"^(`{3,})suggestion(?::-(\d+)\+(\d+))?\n(.*?)^\1$", re.MULTILINE | re.DOTALL)


@dataclasses.dataclass(frozen=True)
class Suggested:
    """A button on the page: it puts `lines` in the place of `first` to `last` of the new file."""

    path: str
    first: int
    last: int
    lines: tuple[str, ...]

    def applied(self, text: str) -> str:
        """Return the file that a click makes of it."""
        before = text.split("\n")
        return "\n".join([*before[: self.first - 1], *self.lines, *before[self.last :]])


@dataclasses.dataclass(frozen=True)
class Said:
    """A remark at lines, with the conversation that it began; `first` is 0 where its lines are gone from the diff."""

    thread: Thread
    first: int

    @property
    def body(self) -> str:
        return self.thread.comments[0].body

    @property
    def suggestions(self) -> list[Suggested]:
        """Return the buttons, each for the lines that this forge would replace."""
        last = self.thread.line or 0
        return [
            Suggested(
                self.thread.path,
                last - int(found[2]) if found[2] else self.first,
                last + int(found[3] or 0),
                tuple(found[4].split("\n")[:-1]),
            )
            for found in _BLOCK.finditer(self.body)
        ]


@dataclasses.dataclass(frozen=True)
class Page:
    """Everything of ours: remarks at lines, summaries of reviews, other comments.

    There is one verdict for each review, that is, for each time that people were told.
    """

    said: list[Said]
    summaries: list[str]
    comments: list[str]
    verdicts: list[str]

    @property
    def texts(self) -> list[str]:
        return [*(each.body for each in self.said), *self.summaries, *self.comments]


class Reader:
    """Somebody with ann's token."""

    def __init__(self, server: PracticeForge, world: World, number: int) -> None:
        self._world, self._number = world, number
        self._is_gitlab = world.forge.name == "gitlab"
        token, path = server.token_for("ann"), world.repo.path
        self._headers = {"PRIVATE-TOKEN": token} if self._is_gitlab else {"Authorization": f"token {token}"}
        api = f"api/v4/projects/{quote(path, safe='')}" if self._is_gitlab else f"api/v3/repos/{path}"
        self._address = f"{server.url}/{api}"

    def page(self) -> Page:
        """Read all of it."""
        threads = [each for each in self._world.ann.reviews.threads(self._world.repo, self._number) if _is_ours(each)]
        return self._on_gitlab(threads) if self._is_gitlab else self._on_github(threads)

    def ask(self, path: str, **fields: Any) -> Any:
        """Ask the API, or tell it something."""
        method = "POST" if fields else "GET"
        answer = requests.request(
            method, f"{self._address}/{path}", json=fields or None, headers=self._headers, timeout=10
        )
        answer.raise_for_status()
        return answer.json()

    def _all(self, path: str) -> Iterator[Any]:
        page = 1
        while found := self.ask(f"{path}?per_page=100&page={page}"):
            yield from found
            page += 1

    def _on_github(self, threads: list[Thread]) -> Page:
        number = self._number
        remarks = self._all(f"pulls/{number}/comments")
        at = {f"pulls/comments/{each['id']}": each["start_line"] or each["line"] for each in remarks}
        reviews = [each for each in self._all(f"pulls/{number}/reviews") if each["user"]["login"] != "ann"]
        comments = [each["body"] for each in self._all(f"issues/{number}/comments")]
        return Page(
            said=[Said(thread, at[thread.comments[0].id] or 0) for thread in threads],
            summaries=[each["body"] for each in reviews if each["body"]],
            comments=[body for body in comments if MARK in body],
            verdicts=[each["state"] for each in reviews],
        )

    def _on_gitlab(self, threads: list[Thread]) -> Page:
        request = f"merge_requests/{self._number}"
        notes = [each["notes"][0] for each in self._all(f"{request}/discussions")]
        plain = [each["body"] for each in notes if not each.get("position") and MARK in each["body"]]
        summaries = [body for body in plain if _REVIEW.search(body)]
        at = {each["id"]: _first_line(each["position"]) for each in notes if each.get("position")}
        return Page(
            said=[Said(thread, at[int(thread.comments[0].id.rpartition("/")[2])]) for thread in threads],
            summaries=summaries,
            comments=[body for body in plain if body not in summaries],
            verdicts=["COMMENTED"] * len(summaries),
        )


def _is_ours(thread: Thread) -> bool:
    return MARK in thread.comments[0].body and not thread.is_ours  # it is ann who looks


def _first_line(position: dict[str, Any]) -> int:
    start = (position.get("line_range") or {}).get("start") or {}
    return int(start.get("new_line") or position.get("new_line") or 0)
