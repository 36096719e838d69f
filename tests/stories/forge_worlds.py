"""One forge after the other, each with a repository, an issue and people, for stories that hold for all of them."""

import contextlib
import dataclasses
import functools
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import requests

from bot.events import Account, Issue, Permission, Repo, Subject
from bot.forges.github.access import GitHubAccess
from bot.forges.github.adapter import GitHubForge
from bot.forges.gitlab.access import GitLabAccess
from bot.forges.gitlab.adapter import GitLabForge
from bot.forges.local import LocalForge
from bot.forges.protocol import Forge
from bot.git import header_environment, run_git
from infra.practice_forge.ci import CiRun, Job
from infra.practice_forge.forge import AppSpec
from infra.practice_forge.server import PracticeForge, new_app_key
from stories import checked
from stories.trees import Tree, read_tree

FILES = {"sums.py": b"def add(a, b):\n    return a - b\n", "old.py": b"gone = True\n", "run.sh": b"exit 1\n"}
RIGHTS = {"ann": Permission.ADMIN, "bob": Permission.WRITE, "eve": Permission.READ, "nobody": Permission.NONE}
ROLES: dict[str, Any] = {"bob": "write", "eve": "read", "codex-bot": "write"}
TITLE, BODY = "add() subtracts", "It does."


@dataclasses.dataclass(frozen=True)
class Remark:
    """A comment on lines as somebody finds it on the forge: `first` to `last` of the old or the new file.

    `suggestion` is what its button would put there instead, each line with its LF; None where there is no button.
    """

    path: str
    side: str
    first: int
    last: int
    body: str
    suggestion: str | None = None


@dataclasses.dataclass(frozen=True)
class Reviewed:
    """What somebody finds of a pull request's reviews: remarks on lines, and all texts that stand on none."""

    remarks: list[Remark]
    texts: list[str]


@dataclasses.dataclass
class World:
    """One forge with a repository, an issue and three people.

    `reactions` asks it from outside for those to a comment, or without an id to the issue; `says` lets ann comment.
    `reviewed` asks it for what was said about the diff of a pull request. `ann` speaks for her, its owner,
    who can close a pull request with `closes` (none is ever closed in a plain repository). `checked` asks for what
    stands beside a commit, and `ci` lets jobs run on one; None where there is no CI.
    """

    forge: Forge
    ann: Forge
    repo: Repo
    issue: Subject
    rights: dict[str, Permission]
    reactions: Callable[[str], list[str]]
    says: Callable[[str], object]
    reviewed: Callable[[int], Reviewed]
    closes: Callable[[int], object]
    checked: Callable[[str], list[checked.Checked]]
    ci: Callable[[str, Sequence[Job]], CiRun] | None
    folder: Path

    def tree(self, branch: str) -> Tree:
        """Clone as the worker does and return path -> (mode, content) of a branch."""
        clone = self.forge.clone(self.repo)
        target = self.folder / "clone.git"
        if not target.exists():
            run_git(["init", "--quiet", "--bare", str(target)])
        refspec = f"+refs/heads/{branch}:refs/heads/{branch}"
        run_git(["fetch", "--quiet", clone.url, refspec], cwd=target, env_extra=header_environment(clone))
        return read_tree(target, branch)


class Worlds:
    """Makes worlds by name; every one has a repository of its own, on servers that are started once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = contextlib.ExitStack()
        self._servers: dict[str, PracticeForge] = {}
        self._key = new_app_key()
        self._made = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def server(self, dialect: str) -> PracticeForge:
        """Return the practice forge of a dialect."""
        if dialect not in self._servers:
            server = PracticeForge(
                self._folder / dialect, app=AppSpec(key_pem=self._key), dialect=dialect, limits=False
            )
            self._servers[dialect] = self._stack.enter_context(server)
        return self._servers[dialect]

    def app_access(self) -> GitHubAccess:
        """Return how the bot reaches the practice GitHub as an App."""
        return GitHubAccess(web_url=self.server("github").url, app_id=str(AppSpec().id), private_key=self._key)

    def make(self, name: str, folder: Path) -> World:
        """Return a new world; its name is one of `NAMES`."""
        self._made += 1
        return _MAKERS[name](self, Repo("ann", f"sums-{self._made}"), folder)

    def local(self, _repo: Repo, folder: Path) -> World:
        """Return a world of a plain git repository."""
        place = folder / "sums"
        run_git(["init", "--quiet", "--initial-branch=main", str(place)])
        for name, content in FILES.items():
            (place / name).write_bytes(content)
        run_git(["add", "."], cwd=place)
        run_git(
            ["-c", "user.name=Ann", "-c", "user.email=ann@localhost", "commit", "--quiet", "-m", "Start"], cwd=place
        )
        out = folder / "said.md"
        forge = LocalForge(place, Issue(7, TITLE, BODY, Account("ann")), out)

        def reactions(comment_id: str) -> list[str]:
            target = f"comment {comment_id}" if comment_id else "#7"
            lines = out.read_text().splitlines()
            return [line.split()[1] for line in lines if line.startswith(">") and line.endswith(target)]

        def reviewed(_number: int) -> Reviewed:
            return _reviewed_in(out.read_text())

        everybody = dict.fromkeys(RIGHTS, Permission.ADMIN)
        return World(
            forge,
            forge,
            Repo("local", "sums"),
            Subject(7),
            everybody,
            reactions,
            says=lambda _body: None,
            reviewed=reviewed,
            closes=lambda _number: None,
            checked=lambda sha: list(checked.in_file(out.read_text(), sha)),
            ci=None,
            folder=folder,
        )

    def github_app(self, repo: Repo, folder: Path) -> World:
        """Return a world of GitHub's in which the bot is an App."""
        server = self.server("github")
        installation = server.forge.state.installation_of("ann")
        assert installation is not None
        return self._github(repo, folder, GitHubForge(self.app_access(), str(installation.id)))

    def github_token(self, repo: Repo, folder: Path) -> World:
        """Return a world of GitHub's in which the bot has bob's token."""
        server = self.server("github")
        return self._github(repo, folder, GitHubForge(GitHubAccess(server.url, token=server.token_for("bob"))))

    def _github(self, repo: Repo, folder: Path, forge: Forge) -> World:
        server = self.server("github")
        made = server.create_repo(repo.owner, repo.name, FILES, private=True, roles=ROLES)
        ann = _Person(f"{server.url}/api/v3/repos/{repo.path}", {"Authorization": f"token {server.token_for('ann')}"})
        number = ann.ask("issues", title=TITLE, body=BODY)["number"]

        def reactions(comment_id: str) -> list[str]:
            target = f"comments/{comment_id}" if comment_id else str(number)
            return [each["content"] for each in ann.ask(f"issues/{target}/reactions")]

        def says(body: str) -> object:
            return ann.ask(f"issues/{number}/comments", body=body)

        def reviewed(pull: int) -> Reviewed:
            comments = ann.ask(f"pulls/{pull}/comments?per_page=100")
            reviews = ann.ask(f"pulls/{pull}/reviews?per_page=100")
            return Reviewed([_remark(each) for each in comments], [each["body"] for each in reviews if each["body"]])

        def closes(pull: int) -> object:
            return ann.ask(f"pulls/{pull}", method="PATCH", state="closed")

        hers = GitHubForge(GitHubAccess(server.url, token=server.token_for("ann")))
        beside, ci = functools.partial(checked.at_github, ann.ask), functools.partial(server.ci_run, made)
        return World(forge, hers, repo, Subject(number), RIGHTS, reactions, says, reviewed, closes, beside, ci, folder)

    def gitlab(self, repo: Repo, folder: Path) -> World:
        """Return a world of GitLab's in which the bot has a token of its own account."""
        server = self.server("gitlab")
        made = server.create_repo(repo.owner, repo.name, FILES, private=True, roles=ROLES)
        project = f"{server.url}/api/v4/projects/{quote(repo.path, safe='')}"
        ann = _Person(project, {"PRIVATE-TOKEN": server.token_for("ann")})
        number = ann.ask("issues", title=TITLE, description=BODY)["iid"]

        def reactions(comment_id: str) -> list[str]:
            return [each["name"] for each in ann.ask(f"{comment_id or f'issues/{number}'}/award_emoji")]

        def says(body: str) -> object:
            return ann.ask(f"issues/{number}/notes", body=body)

        def reviewed(request: int) -> Reviewed:
            discussions = ann.ask(f"merge_requests/{request}/discussions?per_page=100")
            return _discussed([each["notes"][0] for each in discussions])

        def closes(request: int) -> object:
            return ann.ask(f"merge_requests/{request}", method="PUT", state_event="close")

        beside, ci = functools.partial(checked.at_gitlab, ann.ask), functools.partial(server.ci_run, made)
        forge = GitLabForge(GitLabAccess(server.url, token=server.token_for("codex-bot")))
        hers = GitLabForge(GitLabAccess(server.url, token=server.token_for("ann")))
        return World(forge, hers, repo, Subject(number), RIGHTS, reactions, says, reviewed, closes, beside, ci, folder)


@dataclasses.dataclass(frozen=True)
class _Person:
    """Somebody who uses the API beside the bot."""

    address: str
    headers: dict[str, str]

    def ask(self, path: str, *, method: str = "", **fields: Any) -> Any:
        answer = requests.request(
            method or ("POST" if fields else "GET"),
            f"{self.address}/{path}",
            json=fields or None,
            headers=self.headers,
            timeout=10,
        )
        answer.raise_for_status()
        return answer.json()


def _remark(said: dict[str, Any]) -> Remark:
    """Read a review comment of GitHub's."""
    first, last = said["start_line"] or said["line"], said["line"]
    side = {"LEFT": "old", "RIGHT": "new"}[said["side"]]
    return Remark(said["path"], side, first, last, *_text(said["body"]))


def _discussed(notes: list[dict[str, Any]]) -> Reviewed:
    """Read the notes of GitLab's that began a discussion; a position without lines is one on a file."""
    found = Reviewed([], [])
    for note in notes:
        position = note.get("position") or {}
        new, old = position.get("new_line"), position.get("old_line")
        if not (new or old):
            found.texts.append(note["body"])
            continue
        side, last = ("new", new) if new else ("old", old)
        start = (position.get("line_range") or {}).get("start") or {}
        first = start.get(f"{side}_line") or last
        found.remarks.append(Remark(position[f"{side}_path"], side, first, last, *_text(note["body"])))
    return found


def _reviewed_in(text: str) -> Reviewed:
    """Read the local forge's Markdown file."""

    def sections(pattern: str) -> list[re.Match[str]]:
        return list(re.finditer(rf"^{pattern}$(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL))

    found = sections(r"### `(.*?)`, lines? (\d+)(?: to (\d+))?( of the old file)?(?: \(settled\))?")
    remarks = [
        Remark(path, "old" if of_old else "new", int(first), int(last or first), *_text(said.strip()))
        for path, first, last, of_old, said in (match.groups() for match in found)
    ]
    return Reviewed(remarks, [match[1].strip() for match in sections(r"## Review \d+ of pull request \d+")])


def _text(body: str) -> tuple[str, str | None]:
    """Return the words of a comment and, apart from them, what a suggestion in it would put there."""
    found = re.search(r"^(`{3,})suggestion(?::-\d+\+0)?\n(.*?)^\1$", body, re.MULTILINE | re.DOTALL)
    return (body[: found.start()].strip(), found[2]) if found else (body, None)


_MAKERS = {
    "github-app": Worlds.github_app,
    "github-token": Worlds.github_token,
    "gitlab": Worlds.gitlab,
    "local": Worlds.local,
}
NAMES = tuple(_MAKERS)
