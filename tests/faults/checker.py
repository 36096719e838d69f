"""Compares what was promised with what became visible: lost, done twice, given up, withdrawn.

A promise is an answer of the door (202, or "I have it already"). What is visible is read from the forge, both as it
stands in the end and as its log of writes tells it.
"""

import collections
import dataclasses
import re
from collections.abc import Mapping, Sequence
from typing import Any

from faults.forge import API, Ask
from faults.forge_program import REPOSITORY
from faults.script import PAID, PULL_REQUEST, REPLY

BOT = "codex-bot[bot]"
_COMMENTS = re.compile(rf"^{API}/repos/([^/]+)/{REPOSITORY}/issues/(\d+)/comments$")
_COMMENT = re.compile(rf"^{API}/repos/([^/]+)/{REPOSITORY}/issues/comments/(\d+)$")
_GIVEN_UP = "**Not done:**"


@dataclasses.dataclass
class Count:
    """The result of one part; `faults` names what was really injected and how often."""

    faults: dict[str, int] = dataclasses.field(default_factory=dict)
    acknowledged: int = 0
    done: int = 0
    lost: int = 0
    duplicates: int = 0
    given_up: int = 0
    withdrawn: int = 0
    stale: int = 0  # status comments that do not say the last thing that there was to say
    paid_again: int = 0
    taken_over: int = 0
    notes: list[str] = dataclasses.field(default_factory=list)
    failures: list[str] = dataclasses.field(default_factory=list)

    @property
    def injected(self) -> int:
        return sum(self.faults.values())


@dataclasses.dataclass(frozen=True)
class Seen:
    """What is visible of one request."""

    statuses: Sequence[str]
    replies: Sequence[str]
    pulls: int
    posted: int  # comments that the log says were made, without those that their maker took back
    withdrawn: int


def check(world: Any, asks: Sequence[Ask] | None = None) -> Count:
    """Count for these requests, or for all that were promised."""
    promised = world.door.acknowledged() if asks is None else list(asks)
    dump = world.forge.dump()
    seen, jobs = _look(dump), _jobs(world)
    count = Count(acknowledged=len(promised))
    for ask in promised:
        _count(count, ask, seen.get((ask.owner, ask.number)), jobs.get(ask.guid))
    count.duplicates += world.door.accepted_more_than_once()
    count.paid_again = _paid_again(world)
    count.taken_over = sum(job["lost_attempts"] for job in jobs.values())
    promised_places = {(ask.owner, ask.number) for ask in world.door.answers}
    strangers = [place for place in seen if place not in promised_places and _is_ours(seen[place])]
    if strangers and asks is None:
        count.failures.append(f"the bot spoke where nobody asked: {strangers[:3]}")
    return count


def _count(count: Count, ask: Ask, seen: Seen | None, job: Mapping[str, Any] | None) -> None:
    state = job["state"] if job else "not in the ledger"
    talks = ask.text.split()[0] != REPLY
    wanted = (int(talks), 1, int(ask.text.split()[0] == PULL_REQUEST))
    found = (len(seen.statuses), len(seen.replies), seen.pulls) if seen else (0, 0, 0)
    if seen:
        extra = sum(max(0, has - due) for has, due in zip(found, wanted, strict=True))
        told = max(0, seen.posted - wanted[0] - wanted[1])
        count.duplicates += max(extra, told)
        count.withdrawn += seen.withdrawn
        if extra or told:
            count.notes.append(
                f"{ask.path}: visible {found}, posted {seen.posted}, wanted {wanted}, job {dict(job or {})}"
            )
    if state == "dead" or (seen and any(_GIVEN_UP in text for text in seen.replies)):
        count.given_up += 1
        count.notes.append(f"{ask.path}: given up, {dict(job or {})}")
    elif state == "done" and all(has >= due for has, due in zip(found, wanted, strict=True)):
        count.done += 1
        late = [text.split("\n")[0] for text in seen.statuses if not text.startswith("done")] if seen else []
        count.stale += len(late)
        count.notes.extend(
            f"{ask.path}: the status says {text!r} though all is done, job {dict(job or {})}" for text in late
        )
    else:
        count.lost += 1
        count.notes.append(f"{ask.path}: visible {found}, wanted {wanted}, job {dict(job or {})}")


def _look(dump: Mapping[str, Any]) -> dict[tuple[str, int], Seen]:
    bodies: dict[tuple[str, int], list[str]] = collections.defaultdict(list)
    posted: dict[tuple[str, int], int] = collections.Counter()
    withdrawn: dict[tuple[str, int], int] = collections.Counter()
    places: dict[str, tuple[str, int]] = {}
    for comment in dump["comments"]:
        if comment["author"] == BOT:
            bodies[comment["owner"], comment["number"]].append(comment["body"])
    for effect in dump["effects"]:
        if effect["actor"] != BOT:
            continue
        if effect["method"] == "POST" and (made := _COMMENTS.match(effect["path"])):
            place = places[effect["id"]] = (made[1], int(made[2]))
            posted[place] += 1
        if effect["method"] == "DELETE" and (gone := _COMMENT.match(effect["path"])):
            place = places[gone[2]]
            posted[place] -= 1
            withdrawn[place] += 1
    pulls = collections.Counter((pull["owner"], pull["head"]) for pull in dump["pulls"])
    return {
        place: Seen(
            statuses=[text for text in bodies[place] if _is(text, "status")],
            replies=[text for text in bodies[place] if _is(text, "reply")],
            pulls=pulls[place[0], f"codex/issue-{place[1]}"] + pulls[place[0], f"codex/issue-{place[1]}-2"],
            posted=posted[place],
            withdrawn=withdrawn[place],
        )
        for place in {*bodies, *posted}
    }


def _is(body: str, what: str) -> bool:
    """Return whether a comment carries the marker of its kind."""
    return bool(re.search(rf"<!-- codex-bot:\S+ {what} -->", body))


def _is_ours(seen: Seen) -> bool:
    return bool(seen.statuses or seen.replies)


def _jobs(world: Any) -> dict[str, Mapping[str, Any]]:
    rows = world.rows(
        "SELECT delivery.guid, job.id, job.state, job.outcome, job.attempts, job.lost_attempts, job.worker "
        "FROM job JOIN delivery ON delivery.id = job.delivery_id"
    )
    return {row.guid: dict(row._mapping) for row in rows}


def _paid_again(world: Any) -> int:
    file = world.folder / "bot" / PAID
    payments = collections.Counter(file.read_text().split()) if file.exists() else {}
    return sum(times - 1 for times in payments.values())
