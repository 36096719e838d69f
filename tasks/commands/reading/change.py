"""A pull request's change as a model reads it, the most important files first."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.diff import FileDiff, Kind
from bot.errors import RetryableError, UserError
from bot.review import Comparison
from tasks.commands.reading.files import read_file
from tasks.commands.work import Work
from tasks.context.checkout import check_out
from tasks.review.listing import Listing, listing
from tasks.review.selection import Chosen, Skipped, select


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """The exact diff, the files of its head below `tree`, what of it can be read, and what is passed over and why."""

    compared: Comparison
    tree: Path
    chosen: tuple[Chosen, ...]
    skipped: tuple[Skipped, ...]

    @property
    def files(self) -> Sequence[FileDiff]:
        """Return every file of the diff."""
        return self.compared.files

    @property
    def listings(self) -> list[Listing]:
        """Return what can be read."""
        return [self.listing(each) for each in self.chosen]

    def listing(self, chosen: Chosen) -> Listing:
        """Return the listing of a file, or of some of its hunks."""
        return listing(chosen, self.text(chosen.file.path))

    def text(self, path: str) -> str | None:
        """Return a file of the head; None where it is not there, too large, binary or a link."""
        content = read_file(self.tree, path)
        return None if content is None else content.decode("utf-8", "surrogateescape")


def require_pull_request(work: Work, command: str) -> None:
    """Raise `UserError` on an issue, and on a pull request that is closed."""
    if not work.event.issue.is_pull_request:
        raise UserError(
            f"`/codex {command}` works on pull requests, and this is an issue", mend="Ask on the pull request."
        )
    if not work.forge.issue(work.event.repo, work.event.issue.subject).is_open:
        raise UserError("this pull request is closed", mend="Open it again if it is still wanted.")


def look_at_change(work: Work) -> Change:
    """Compare as the forge does, and check out the head."""
    compared = work.forge.reviews.compare(work.event.repo, work.event.issue.number)
    tree = check_out_commit(work, compared.head)
    chosen, skipped = select(compared.files, None, work.config.opens)
    return Change(compared, tree, chosen, skipped)


def check_out_commit(work: Work, sha: str) -> Path:
    """Write the files of a commit into the attempt's folder, and return where."""
    tree = work.folder / "tree"
    clone = work.forge.clone(work.event.repo)
    try:
        check_out(clone, sha, tree, scratch=work.folder, cancelled=lambda: work.stopped() is not None)
    except RetryableError:
        work.check()  # which says why, if it was we who ended it
        raise
    return tree


def counts(file: FileDiff) -> Mapping[str, int]:
    """Return how many lines a file gained and lost."""
    kinds = [line.kind for hunk in file.hunks for line in hunk.lines]
    return {"added": kinds.count(Kind.ADDED), "removed": kinds.count(Kind.REMOVED)}
