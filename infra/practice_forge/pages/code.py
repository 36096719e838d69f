"""Home, repositories, files and commits."""

import dataclasses

from werkzeug.wrappers import Response

from infra.practice_forge.auth import can_see
from infra.practice_forge.diff_rows import rows
from infra.practice_forge.history import EMPTY_TREE, Commit, diff_files, read_commit, read_commits
from infra.practice_forge.pages.visits import PageRoute, Visit
from infra.practice_forge.refusals import not_found
from infra.practice_forge.repos import TreeEntry
from infra.practice_forge.state import Repository

LARGEST_SHOWN_BYTES = 512_000
SHA_LENGTH = 40


@dataclasses.dataclass(frozen=True, slots=True)
class Spot:
    """Where in a repository somebody looks: a branch or commit by its name, the commit, and a path."""

    revision: str
    sha: str
    path: str


def home(visit: Visit) -> Response:
    """Show every repository that the visitor may see."""
    state = visit.forge.state
    repos = [repo for repo in state.repositories.values() if can_see(visit.actor, repo)]
    return visit.page("home.html", repos=repos)


def front(visit: Visit, owner: str, name: str) -> Response:
    """Show a repository: its newest commit, files and README."""
    repo = visit.repo(owner, name)
    sha = visit.forge.git(repo).branches().get(repo.default_branch)
    if sha is None:
        return visit.page("empty.html", repo=repo)
    return _folder(visit, repo, Spot(repo.default_branch, sha, ""))


def tree(visit: Visit, owner: str, name: str, rest: str) -> Response:
    """Show a folder of any branch or commit."""
    repo = visit.repo(owner, name)
    return _folder(visit, repo, _spot(visit, repo, rest))


def _folder(visit: Visit, repo: Repository, spot: Spot) -> Response:
    git = visit.forge.git(repo)
    entry = git.entry(spot.sha, spot.path)
    if entry is None or entry.kind != "tree":
        raise not_found()
    children = sorted(git.list_tree(entry.sha), key=lambda child: (child.kind != "tree", child.path.lower()))
    readme = next((child for child in children if child.path.lower() == "readme.md"), None)
    return visit.page(
        "folder.html",
        repo=repo,
        spot=spot,
        children=children,
        branches=list(git.branches()),
        commit=read_commit(git, spot.sha),
        commit_count=int(git.run("rev-list", "--count", spot.sha)),
        readme=_readme(visit, repo, readme),
    )


def _readme(visit: Visit, repo: Repository, entry: TreeEntry | None) -> object:
    if entry is None or (entry.size or 0) > LARGEST_SHOWN_BYTES:
        return None
    return visit.markdown(repo, visit.forge.git(repo).read_blob(entry.sha).decode(errors="replace"))


def blob(visit: Visit, owner: str, name: str, rest: str) -> Response:
    """Show one file with line numbers."""
    repo = visit.repo(owner, name)
    spot = _spot(visit, repo, rest)
    entry, raw = _file(visit, repo, spot)
    is_text = b"\0" not in raw and len(raw) <= LARGEST_SHOWN_BYTES
    lines = raw.decode(errors="replace").removesuffix("\n").split("\n") if is_text and raw else []
    return visit.page("file.html", repo=repo, spot=spot, entry=entry, lines=lines, is_text=is_text)


def raw_file(visit: Visit, owner: str, name: str, rest: str) -> Response:
    """Send a file's bytes, always as text: nothing of a repository may run in this origin."""
    repo = visit.repo(owner, name)
    _, raw = _file(visit, repo, _spot(visit, repo, rest))
    return Response(raw, mimetype="text/plain")


def _file(visit: Visit, repo: Repository, spot: Spot) -> tuple[TreeEntry, bytes]:
    git = visit.forge.git(repo)
    entry = git.entry(spot.sha, spot.path)
    if entry is None or entry.kind != "blob":
        raise not_found()
    return entry, git.read_blob(entry.sha)


def _spot(visit: Visit, repo: Repository, rest: str) -> Spot:
    """Cut `branch/path` where the longest branch name ends, or after a full sha."""
    git = visit.forge.git(repo)
    tips = git.branches()
    for branch in sorted(tips, key=len, reverse=True):
        if rest == branch or rest.startswith(f"{branch}/"):
            return Spot(branch, tips[branch], rest[len(branch) + 1 :].strip("/"))
    revision, _, path = rest.partition("/")
    if len(revision) != SHA_LENGTH or git.resolve(revision) != revision:
        raise not_found()
    return Spot(revision, revision, path.strip("/"))


def commits(visit: Visit, owner: str, name: str, rest: str) -> Response:
    """Show the history of a branch."""
    repo = visit.repo(owner, name)
    spot = _spot(visit, repo, rest)
    history = read_commits(visit.forge.git(repo), spot.sha, limit=100)
    return visit.page("commits.html", repo=repo, spot=spot, commits=history)


def commit(visit: Visit, owner: str, name: str, sha: str) -> Response:
    """Show one commit and its diff."""
    repo = visit.repo(owner, name)
    git = visit.forge.git(repo)
    if git.resolve(sha) is None:
        raise not_found()
    record: Commit = read_commit(git, git.resolve(sha) or sha)
    files = diff_files(git, record.parents[0] if record.parents else EMPTY_TREE, record.sha)
    shown = [(file, list(rows(file))) for file in files]
    return visit.page("commit.html", repo=repo, commit=record, files=shown)


REPO = "/<owner>/<name>"
ROUTES = (
    PageRoute("GET", "/", home),
    PageRoute("GET", REPO, front),
    PageRoute("GET", f"{REPO}/tree/<path:rest>", tree),
    PageRoute("GET", f"{REPO}/blob/<path:rest>", blob),
    PageRoute("GET", f"{REPO}/raw/<path:rest>", raw_file),
    PageRoute("GET", f"{REPO}/commits/<path:rest>", commits),
    PageRoute("GET", f"{REPO}/commit/<sha>", commit),
)
