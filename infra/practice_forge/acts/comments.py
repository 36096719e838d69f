"""Writing, editing and deleting comments, and reacting to things."""

import dataclasses
from typing import Any

from infra.practice_forge.acts.announce import announce
from infra.practice_forge.acts.issues import LONGEST_BODY
from infra.practice_forge.forge import Forge
from infra.practice_forge.refusals import invalid
from infra.practice_forge.shapes.issues import CONTENTS
from infra.practice_forge.shapes.issues import comment as shape
from infra.practice_forge.shapes.issues import issue as issue_shape
from infra.practice_forge.state import Account, Comment, Issue, Reaction, Repository


def check_body(body: str) -> None:
    """Refuse a comment that is blank or longer than GitHub allows, in GitHub's words."""
    if not body.strip():
        raise invalid("IssueComment", "data", "unprocessable", "Body cannot be blank")
    if len(body) > LONGEST_BODY:
        message = f"Body is too long (maximum is {LONGEST_BODY} characters)"
        raise invalid("IssueComment", "data", "unprocessable", message)


def add_comment(forge: Forge, repo: Repository, author: Account, issue: Issue, body: str) -> Comment:
    """Write a comment and tell the App."""
    check_body(body)
    state, now = forge.state, forge.state.now()
    comment = Comment(state.new_id(), repo.id, issue.number, author.login, body, now, now)
    state.comments[comment.id] = comment
    state.keep_issue(dataclasses.replace(issue, updated_at=now))
    _tell(forge, repo, author, comment, {"action": "created"})
    return comment


def edit_comment(forge: Forge, repo: Repository, author: Account, comment: Comment, body: str) -> Comment:
    """Replace the text of a comment and tell the App what it was."""
    check_body(body)
    new = dataclasses.replace(comment, body=body, updated_at=forge.state.now())
    forge.state.comments[comment.id] = new
    _tell(forge, repo, author, new, {"action": "edited", "changes": {"body": {"from": comment.body}}})
    return new


def delete_comment(forge: Forge, repo: Repository, author: Account, comment: Comment) -> None:
    """Remove a comment and tell the App."""
    forge.state.comments.pop(comment.id)
    _tell(forge, repo, author, comment, {"action": "deleted"})


def react(forge: Forge, author: Account, subject: int, content: str) -> tuple[Reaction, bool]:
    """Put a reaction on an issue or comment; returns it, and whether it is new: the same twice stays one."""
    if content not in CONTENTS:
        raise invalid("Reaction", "content", "invalid")
    for known in forge.state.reactions.values():
        if (known.subject, known.author, known.content) == (subject, author.login, content):
            return known, False
    reaction = Reaction(forge.state.new_id(), subject, author.login, content, forge.state.now())
    forge.state.reactions[reaction.id] = reaction
    return reaction, True


def _tell(forge: Forge, repo: Repository, author: Account, comment: Comment, payload: dict[str, Any]) -> None:
    issue = forge.state.issues[repo.id, comment.number]
    halves = {"issue": issue_shape(forge, repo, issue), "comment": shape(forge, repo, comment)}
    announce(forge, repo, author, "issue_comment", payload | halves)
