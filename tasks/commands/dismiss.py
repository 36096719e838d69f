"""Hears that a finding is not wanted: the next review looks for the comment itself, so nothing is left to do."""

from bot.errors import UserError
from tasks.commands.registry import command
from tasks.commands.work import Work
from tasks.review.signs import COMMAND


@command(COMMAND, help="in the thread of a finding: do not tell it again; a thumb down on it says the same")
def dismiss(work: Work) -> str:
    """Answer with the eyes that every command gets, and refuse where nothing can be dismissed."""
    if not work.event.issue.is_pull_request:
        raise UserError("there is no finding here", mend="Answer in the thread of the finding.")
    return "noted: the next review will not tell it again"
