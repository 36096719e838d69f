"""A pull request of somebody's in a household: a real diff of a real branch, and conversations about its lines."""

import dataclasses
from collections.abc import Mapping

from fakes.events import ANN
from fakes.reviews import BOT

from bot.events import Account, Comment, Issue
from bot.forges.git_compare import compare_here
from bot.review import Thread
from stories.household import Household

CHANGED = {"src/kit.py": "def one():\n    return 3\n", "src/new.py": "def two():\n    return one() - 1\n"}


def propose(
    house: Household, files: Mapping[str, str] = CHANGED, *, title: str = "Return three", body: str = "As asked."
) -> Issue:
    """Open ann's pull request 9, from a branch with these files; from now on everything is asked on it."""
    house.push(files, "topic")
    pull = Issue(9, title, body, ANN, is_pull_request=True)
    house.event = dataclasses.replace(house.event, issue=pull)
    house.forge.issue_ = pull
    house.forge.reviews.compared = compare_here(house.repository, "refs/heads/main", "refs/heads/topic")
    return pull


def begin_talk(house: Household, path: str, line: int | None, *said: str) -> str:
    """Let bob and others talk about a line; return the conversation's name."""
    comments = tuple(Comment(f"talk-{number}", text, Account("bob")) for number, text in enumerate(said))
    house.forge.reviews.talks["talk"] = (
        9,
        Thread("talk", path, line, is_resolved=False, comments=comments, us=BOT.login),
    )
    return "talk"


def answers(house: Household) -> list[str]:
    """Return what the bot said in that conversation, without its markers."""
    _, thread = house.forge.reviews.talks["talk"]
    ours = [comment.body for comment in thread.comments if comment.author.login != "bob"]
    return [body.rpartition("\n\n<!--")[0] for body in ours]
