"""What happened in an issue or pull request, as one list of moments."""

import dataclasses
from datetime import datetime

from infra.practice_forge.acts.pulls import closing_numbers
from infra.practice_forge.auth import association
from infra.practice_forge.pages.desk import Subject
from infra.practice_forge.pages.visits import Visit
from infra.practice_forge.state import Comment, Issue, Repository

FACES = {
    "+1": "👍",
    "-1": "👎",
    "laugh": "😄",
    "hooray": "🎉",
    "confused": "😕",
    "heart": "❤️",
    "rocket": "🚀",
    "eyes": "👀",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Moment:
    """One thing in a conversation: a text, a linked pull request, a review or an end."""

    time: datetime
    kind: str
    id: int
    author: str
    body: str = ""
    edited: bool = False
    role: str = ""
    reactions: tuple[tuple[str, int], ...] = ()
    link: Subject | None = None
    is_bot: bool = False
    place: str = ""


def conversation(visit: Visit, repo: Repository, subject: Subject) -> list[Moment]:
    """Return everything that happened in an issue or pull request, oldest first."""
    issue, pull = subject.issue, subject.pull
    comments = [
        dataclasses.replace(
            _text(visit, repo, comment),
            edited=comment.updated_at > comment.created_at,
            place=visit.desk.place(comment),
        )
        for comment in visit.desk.comments(repo, subject)
    ]
    reviews = [
        Moment(review.submitted_at, review.state.lower(), review.id, review.author, review.body)
        for review in visit.desk.reviews(repo, subject)
        # A comment that stands alone, or an answer, is shown at its line only.
        if review.submitted_at and (review.body or review.state != "COMMENTED")
    ]
    moments = [*comments, *reviews, *([] if pull else _links(visit, repo, issue))]
    if issue.closed_at:
        kind = "merged" if pull and pull.merged_at else "closed"
        moments.append(Moment(issue.closed_at, kind, issue.id, pull.merged_by if pull else ""))
    # Ids grow with time, and tell apart what fell into the same second.
    moments.sort(key=lambda moment: (moment.time, moment.kind in {"closed", "merged"}, moment.id))
    return [_text(visit, repo, issue), *moments]


def _text(visit: Visit, repo: Repository, said: Issue | Comment) -> Moment:
    account = visit.forge.state.account(said.author)
    role = {"OWNER": "Owner", "COLLABORATOR": "Collaborator"}.get(association(repo, said.author), "")
    found = visit.desk.reactions(said.id)
    tally = tuple((content, found.count(content)) for content in FACES if content in found)
    is_bot = account is not None and account.is_bot
    return Moment(said.created_at, "text", said.id, said.author, said.body, role=role, reactions=tally, is_bot=is_bot)


def _links(visit: Visit, repo: Repository, issue: Issue) -> list[Moment]:
    """Return the pull requests that say they close this issue."""
    found = []
    for other in visit.listed(repo, "pulls"):
        half = other.issue
        if issue.number in closing_numbers(f"{half.title}\n{half.body}"):
            found.append(Moment(half.created_at, "linked", half.id, half.author, link=other))
    return found


def is_awaited(moments: list[Moment]) -> bool:
    """Return whether a `/codex` command stands there that the bot has not answered to the end.

    As long as it works or waits, its answer says "Codex Bot is ...".
    """
    texts = [moment for moment in moments if moment.kind == "text"]
    asked = [i for i, moment in enumerate(texts) if moment.body.startswith("/codex") and not moment.is_bot]
    if not asked:
        return False
    answers = [moment.body for moment in texts[asked[-1] :] if moment.is_bot]
    return not answers or "**Codex Bot is " in answers[-1]
