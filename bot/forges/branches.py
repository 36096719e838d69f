"""What every forge has in common about branches: their names, and that nobody's commit is written over."""

from bot.errors import UserError
from bot.git import run_git


def check_branch(branch: str) -> None:
    """Raise `UserError` when git would not take `branch` as the name of a branch, or for an option."""
    refusal = UserError(f"{branch!r} is no name for a branch.", mend="See `git help check-ref-format`.")
    if branch.startswith("-") or "\0" in branch:  # a ref may begin so, but no git command could be told about it
        raise refusal
    try:
        run_git(["check-ref-format", f"refs/heads/{branch}"])
    except UserError as error:
        raise refusal from error


def moved_on(branch: str) -> UserError:
    """Return the refusal to commit to a branch that is not where the change started from."""
    return UserError(
        f"The branch {branch} has moved on since the bot looked at it.",
        mend="Ask again; the bot starts from what the branch holds now.",
    )


def require_place(branch: str, head: str | None, *, parent: str, merging: str = "") -> None:
    """Raise `UserError` unless `branch`, which points to `head`, may get a commit on top of `parent`.

    A missing one may, but nothing can be merged into it.
    """
    if head != parent and (head is not None or merging):
        raise moved_on(branch)
