"""A storm of random reviews over random diffs: how much of what the bot says about lines would a forge refuse?"""

import collections
import contextlib
import dataclasses
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Self

from bot.diff import FileDiff, Place, Side, parse_diff, place
from bot.events import Repo
from bot.forges.github.access import GitHubAccess
from bot.forges.github.adapter import GitHubForge
from bot.forges.gitlab.access import GitLabAccess
from bot.forges.gitlab.adapter import GitLabForge
from bot.forges.protocol import Forge
from bot.forges.review_text import clean
from bot.git import run_git
from bot.review import Review, ReviewComment
from infra.practice_forge.server import AppSpec, PracticeForge, new_app_key
from stories.random_changes import change, fast_import

REPO = Repo("ann", "storm")
MARKDOWN = ("Why?", "```python\nx = 1\n```", "@ann #1 <!-- x -->", "größe 🚀", "half \ud83d", "a" * 5000, "`` ` ``")
_STATUS = re.compile(r'" (4\d\d) \S+$')
Placing = Callable[[Sequence[FileDiff], str, int, int, Side], Place]


@dataclasses.dataclass(frozen=True)
class Stand:
    """A forge that is spoken to in one dialect; `folder` is its bare repository of REPO."""

    forge: Forge
    folder: Path


class Refusals(logging.Handler):
    """Hears every answer of the practice forge and counts those of 400 to 499, while it is listened."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if _STATUS.search(record.getMessage()):
            self.heard.append(record.getMessage())

    def __enter__(self) -> Self:
        logger = logging.getLogger("infra.practice_forge")
        logger.addHandler(self)
        logger.setLevel(logging.DEBUG)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        logging.getLogger("infra.practice_forge").removeHandler(self)


@dataclasses.dataclass
class Count:
    """What became of the remarks; `unlike` are diffs other than git's own, `lost` remarks that are nowhere."""

    reviews: int = 0
    lines: int = 0
    files: int = 0
    nowhere: int = 0
    unlike: int = 0
    lost: int = 0
    refused: list[str] = dataclasses.field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Return whether nothing was refused, read differently or lost."""
        return not (self.refused or self.unlike or self.lost)


@contextlib.contextmanager
def github(folder: Path) -> Iterator[Stand]:
    """Serve the practice forge and speak GitHub's dialect to it."""
    with PracticeForge(folder, app=AppSpec(key_pem=new_app_key()), limits=False) as server:
        repo = server.create_repo(REPO.owner, REPO.name, {"README.md": b"# Storm\n"})
        access = GitHubAccess(web_url=server.url, token=server.token_for("bob"))
        yield Stand(GitHubForge(access), server.forge.git(repo).folder)


@contextlib.contextmanager
def gitlab(folder: Path) -> Iterator[Stand]:
    """Serve the practice forge and speak GitLab's dialect to it."""
    with PracticeForge(folder, dialect="gitlab", limits=False) as server:
        repo = server.create_repo(REPO.owner, REPO.name, {"README.md": b"# Storm\n"})
        access = GitLabAccess(server.url, token=server.token_for("codex-bot"))
        yield Stand(GitLabForge(access), server.forge.git(repo).folder)


DIALECTS = {"github": github, "gitlab": gitlab}


def storm(stand: Stand, count: int, *, seed: int, placing: Placing = place) -> Count:
    """Give `count` reviews, each of a pull request of its own, and count; `placing` finds the places."""
    random, found = Random(seed), Count()
    stream = b"".join(fast_import(change(random) for _ in range(count)))
    run_git(["fast-import", "--quiet"], cwd=stand.folder, stdin=stream, timeout=300)
    with Refusals() as refusals:
        for number in range(count):
            _review(stand, number, random, placing, found)
        found.refused = refusals.heard
    return found


def _review(stand: Stand, number: int, random: Random, placing: Placing, found: Count) -> None:
    forge, base, head = stand.forge, f"base-{number}", f"head-{number}"
    pull = forge.open_pull_request(REPO, branch=head, base=base, title=head, body="", draft=False)
    compared = forge.reviews.compare(REPO, pull.number)
    own = run_git(["diff", "--find-renames", compared.base, compared.head], cwd=stand.folder)
    found.unlike += _readable(compared.files) != _readable(parse_diff(own.decode(errors="replace")))
    comments = [_comment(random, compared.files, placing, n) for n in range(random.randint(1, 8))]
    review = forge.reviews.submit(REPO, pull.number, Review(compared, "A summary.", tuple(comments)))
    said = collections.Counter(
        comment.body for thread in forge.reviews.threads(REPO, pull.number) for comment in thread.comments
    )
    on_lines = [c for c in comments if c.place.last]
    found.reviews += 1
    found.lines += len(on_lines)
    found.files += sum(1 for c in comments if c.place.file and not c.place.last)
    found.nowhere += sum(1 for c in comments if not c.place.file)
    found.lost += max(0, len([c for c in on_lines if _is_utf8(c)]) - said.total())
    found.lost += forge.reviews.find(REPO, pull.number, "A summary.") != review


def _comment(random: Random, files: Sequence[FileDiff], placing: Placing, number: int) -> ReviewComment:
    """Return a remark about random lines: mostly near some hunk, now and then beside all of them."""
    side = random.choice([Side.NEW, Side.NEW, Side.OLD])
    file = random.choice(files) if files and random.random() < 0.95 else None
    if file and (file.new_path is None or file.old_path is None):  # it has one side only
        side = Side.OLD if file.new_path is None else Side.NEW
    path = (file.old_path if side is Side.OLD else file.new_path) if file else None
    first = random.randint(1, 200)
    if file and file.hunks and random.random() < 0.8:
        line = random.choice(random.choice(file.hunks).lines)
        first = max(1, (line.old_at if side is Side.OLD else line.new_at) + random.randint(-2, 2))
    where = placing(files, path or "none.txt", first, first + random.choice([0, 0, 1, 3, 20]), side)
    text = None
    if where.last and where.side is Side.NEW and random.random() < 0.5:
        text = random.choice(["", "x = 2", "a\nb", "``` `", "größe 🚀\n"])
    return ReviewComment(where, f"{number}: {random.choice(MARKDOWN)}", text)


def _readable(files: Sequence[FileDiff]) -> list[FileDiff]:
    """Return a diff with its paths as a forge can write them: what is no UTF-8 has lost its odd characters."""

    def path(name: str | None) -> str | None:
        return None if name is None else clean(name.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))

    return [dataclasses.replace(file, old_path=path(file.old_path), new_path=path(file.new_path)) for file in files]


def _is_utf8(comment: ReviewComment) -> bool:
    path = comment.place.file.path if comment.place.file else ""
    return path.isascii() or path == path.encode("utf-8", "replace").decode()
