"""Checks of a repository on this machine: kept in memory, shown in the forge's Markdown file."""
# ruff: noqa: ARG002 - there is one repository here, so nobody needs to look which one is meant

from collections.abc import Callable, Iterator, Sequence

from bot.check import LAST_BYTES, Annotation, CheckReport, FailedJob, within_limits
from bot.errors import UserError
from bot.events import Repo


class LocalChecks:
    """What stands beside the commits of one `LocalForge`; `changed` is called after every act."""

    __slots__ = ("_changed", "_shown")

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._shown: dict[tuple[str, str, str], CheckReport] = {}

    def report(self, repo: Repo, check: CheckReport) -> str:
        """Show the state of one of our jobs in a section of its own."""
        place = (check.name, check.head, check.key)
        self._shown[place] = within_limits(check)
        self._changed()
        return str(1 + list(self._shown).index(place))

    def failures(self, repo: Repo, sha: str) -> Sequence[FailedJob]:
        """Return nothing: no CI runs here."""
        return ()

    def log(self, repo: Repo, job_id: str, *, last_bytes: int = LAST_BYTES) -> str:
        """Raise `UserError`: no CI runs here."""
        raise UserError("There is no CI for a repository on this machine.", mend="Run its tests yourself.")

    def sections(self) -> Iterator[str]:
        """Return every check as Markdown."""
        for check in self._shown.values():
            state = check.conclusion or check.status
            link = f" · <{check.details_url}>" if check.details_url else ""
            yield f"## Check {check.name}: {state}\n\n**{check.title}** · `{check.head}`{link}\n\n{check.summary}"
            if check.annotations:
                yield "\n".join(map(_line, check.annotations))


def _line(said: Annotation) -> str:
    lines = f"line {said.first}" if said.first == said.last else f"lines {said.first} to {said.last}"
    path = said.path.replace("`", "'").replace("\n", " ")
    title = f"{said.title}: " if said.title else ""
    return f"- `{path}`, {lines}, {said.level}: {title}{' '.join(said.message.split())}"
