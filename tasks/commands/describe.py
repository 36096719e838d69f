"""Writes the bot's own part of a pull request's description, and labels it by effort and risk."""

from collections.abc import Mapping, Sequence

from bot.diff import FileDiff
from bot.errors import UserError
from tasks.commands.patience import told_to_wait
from tasks.commands.reading.change import Change, counts, look_at_change, require_pull_request
from tasks.commands.reading.proposal import SCHEMA, Proposal, read_proposal, walk
from tasks.commands.reading.question import Prompt, Question, without_thoughts
from tasks.commands.registry import command
from tasks.commands.templates import render
from tasks.commands.work import Work
from tasks.described import without_block
from tasks.model import Completion, Message
from tasks.quoting import as_data, code, first_characters
from tasks.review.listing import Listing
from tasks.review.prose import prose
from tasks.review.selection import Skipped

LONGEST_BODY = 4_000  # characters of what the author wrote
_MOST_FILES = 200  # named in a prompt
_MOST_NAMES = 20
_GREEN, _YELLOW, _RED = "0e8a16", "fbca04", "d93f0b"
_EFFORTS = dict(zip(range(1, 6), (_GREEN, _GREEN, _YELLOW, _YELLOW, _RED), strict=True))
_RISKS = {"low": _GREEN, "medium": _YELLOW, "high": _RED}


@command("describe", help="write what this pull request changes into its description, and label it by effort and risk")
def describe(work: Work) -> str:
    """Look, ask once, write our part and nothing else, say so."""
    require_pull_request(work, "describe")
    with told_to_wait(work):
        return _Story(work).tell()


class _Story:
    """One description, from the diff to the pull request's body."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.question = Question(work)
        self.change: Change = look_at_change(work)
        self.issue = work.event.issue

    def tell(self) -> str:
        if not self.change.chosen:
            raise UserError("nothing in this pull request can be read by a model", mend=_why(self.change.skipped))
        prompt = self.question.fit(self.change.listings, self._messages)
        proposal, completion = self.question.ask(prompt.chunk.messages, _read, schema=SCHEMA)
        self.work.check()
        require_pull_request(self.work, "describe")  # or it was closed while the model wrote
        values = self._values(proposal, completion, self._unread(prompt))
        # No path or title may look like a marker of ours.
        self.work.publisher.describe(render("describe/block.md.j2", **values).replace("<!--", "&lt;!--"))
        no_labels = self._label(proposal)
        told = {**values, "unread": len(self._unread(prompt)), "all": len(self.change.files), "no_labels": no_labels}
        self.work.publisher.reply(render("describe/done.md.j2", **told))
        return f"described: effort {proposal.effort}, risk {proposal.risk}"

    def _messages(self, listings: Sequence[Listing]) -> Sequence[Message]:
        files = self.change.files
        body = without_block(self.issue.body.replace("\r\n", "\n"))
        user = render(
            "describe/user.j2",
            title=as_data(self.issue.title),
            body=as_data(first_characters(body, LONGEST_BODY)),
            files=[{"path": as_data(file.path), **counts(file)} for file in files[:_MOST_FILES]],
            more=max(0, len(files) - _MOST_FILES),
            change="\n\n".join(listing.text for listing in listings),
        )
        system = render("describe/system.j2", language=self.work.config.model.language)
        return [Message("system", system), Message("user", user)]

    def _unread(self, prompt: Prompt) -> Sequence[Skipped]:
        return [*prompt.unread, *self.change.skipped]

    def _label(self, proposal: Proposal) -> str:
        """Label the pull request; return why that could not be done, if it could not."""
        if not self.work.config.describe.labels:
            return ""
        wanted = {
            f"codex/effort-{proposal.effort}": _EFFORTS[proposal.effort],
            f"codex/risk-{proposal.risk}": _RISKS[proposal.risk],
        }
        try:
            self.work.publisher.relabel(wanted)
        except UserError as error:
            return error.message  # a forge that lets us describe and not label must not undo the description
        return ""

    def _values(self, proposal: Proposal, completion: Completion, unread: Sequence[Skipped]) -> Mapping[str, object]:
        walked = walk(proposal, self.change.files)
        title = " ".join(proposal.title.split())
        return {
            "summary": prose(proposal.summary),
            "title": "" if title == self.issue.title else title,
            "groups": [{"files": _names(files), "what": what} for files, what in walked.groups],
            "others": _names(walked.others),
            "effort": proposal.effort,
            "risk": proposal.risk,
            "unread": unread,
            "most": _MOST_NAMES,
            "sha": self.change.compared.head,
            "asker": self.work.event.asker.login,
            **self.question.foot(completion),
        }


def _read(completion: Completion) -> Proposal | None:
    return read_proposal(without_thoughts(completion.text))


def _names(files: Sequence[FileDiff]) -> str:
    """Return files as a cell of a table, each with its lines."""
    shown = [f"{_cell(file.path)} +{counts(file)['added']} -{counts(file)['removed']}" for file in files[:_MOST_NAMES]]
    more = [f"and {len(files) - _MOST_NAMES} more"] if len(files) > _MOST_NAMES else []
    return "<br>".join([*shown, *more])


def _cell(path: str) -> str:
    return code(path.encode("utf-8", "replace").decode()).replace("|", "\\|")


def _why(skipped: Sequence[Skipped]) -> str:
    named = ", ".join(f"{code(each.path)} ({each.reason})" for each in skipped[:_MOST_NAMES])
    return f"Not read: {named}." if named else "It changes no lines."
