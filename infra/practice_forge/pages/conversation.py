"""What happened in an issue or pull request, as one list of moments."""

import dataclasses
from datetime import datetime

from infra.practice_forge.acts.pulls import closing_numbers
from infra.practice_forge.auth import association
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
    link: Issue | None = None
    is_bot: bool = False


def conversation(visit: Visit, repo: Repository, issue: Issue) -> list[Moment]:
    """Return everything that happened in an issue or pull request, oldest first."""
    first = _text(visit, repo, issue)
    comments = [
        dataclasses.replace(_text(visit, repo, comment), edited=comment.updated_at > comment.created_at)
        for comment in comments_of(visit, repo, issue)
    ]
    state = visit.forge.state
    reviews = [
        Moment(review.submitted_at, review.state.lower(), review.id, review.author, review.body)
        for review in state.reviews.values()
        if review.submitted_at and (review.repo_id, review.number) == (repo.id, issue.number)
        # A comment that stands alone, or an answer, is shown at its line only.
        if review.body or review.state != "COMMENTED"
    ]
    moments = [*comments, *reviews, *_links(visit, repo, issue)]
    if issue.closed_at:
        pull = state.pulls.get((repo.id, issue.number))
        kind = "merged" if pull and pull.merged_at else "closed"
        moments.append(Moment(issue.closed_at, kind, issue.id, pull.merged_by if pull else ""))
    # Ids grow with time, and tell apart what fell into the same second.
    return [first, *sorted(moments, key=lambda moment: (moment.time, moment.kind in {"closed", "merged"}, moment.id))]


def _text(visit: Visit, repo: Repository, said: Issue | Comment) -> Moment:
    account = visit.forge.state.account(said.author)
    role = {"OWNER": "Owner", "COLLABORATOR": "Collaborator"}.get(association(repo, said.author), "")
    found = [r.content for r in visit.forge.state.reactions.values() if r.subject == said.id]
    tally = tuple((content, found.count(content)) for content in FACES if content in found)
    is_bot = account is not None and account.is_bot
    return Moment(said.created_at, "text", said.id, said.author, said.body, role=role, reactions=tally, is_bot=is_bot)


def _links(visit: Visit, repo: Repository, issue: Issue) -> list[Moment]:
    """Return the pull requests that say they close this issue."""
    state = visit.forge.state
    found = []
    for pull in state.pulls.values():
        other = state.issues[pull.repo_id, pull.number]
        if pull.repo_id == repo.id and issue.number in closing_numbers(f"{other.title}\n{other.body}"):
            found.append(Moment(other.created_at, "linked", other.id, other.author, link=other))
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


def comments_of(visit: Visit, repo: Repository, issue: Issue) -> list[Comment]:
    """Return the comments of an issue or pull request, oldest first."""
    found = visit.forge.state.comments.values()
    return [comment for comment in found if (comment.repo_id, comment.number) == (repo.id, issue.number)]
