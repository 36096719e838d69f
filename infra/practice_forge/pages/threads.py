"""Conversations about lines, put to the rows of the diff under which they are shown."""

import dataclasses
from collections.abc import Mapping, Sequence

from infra.practice_forge.acts.review_comments import threads
from infra.practice_forge.pages.visits import Visit
from infra.practice_forge.spots import moved
from infra.practice_forge.state import PullRequest, Repository, ReviewComment

Spot = tuple[str, int | None]
ON_FILE: Spot = ("", None)


@dataclasses.dataclass(frozen=True, slots=True)
class Talk:
    """One conversation; `where` says in words where it stands, `is_resolved` whether it is settled."""

    id: int
    where: str
    is_resolved: bool
    said: Sequence[ReviewComment]


def talks(visit: Visit, repo: Repository, pull: PullRequest) -> Mapping[str, Mapping[Spot, list[Talk]]]:
    """Return by path, and then by side and line of the diff as it is now, what was said there.

    What stands on a file as a whole, or on a line that is gone, is found at `ON_FILE`.
    """
    found: dict[str, dict[Spot, list[Talk]]] = {}
    for thread, said in threads(visit.forge, repo, pull.number, viewer=visit.visitor.login).items():
        spot = said[0].spot
        line = moved(visit.forge.git(repo), spot, said[0].commit, pull.head_sha)
        where = ON_FILE if line is None else (spot.side, line)
        talk = Talk(thread, _words(said[0], line), thread in visit.forge.state.resolved, said)
        found.setdefault(spot.path, {}).setdefault(where, []).append(talk)
    return found


def _words(first: ReviewComment, line: int | None) -> str:
    spot = first.spot
    if spot.line is None:
        return "On the file"
    if line is None:
        return f"On line {spot.line}, which has changed since"
    if spot.start_line is not None:
        return f"On lines {spot.start_line + line - spot.line} to {line}"
    return f"On line {line}"
