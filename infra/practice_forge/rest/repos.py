"""Repositories, their branches, commits, files and comparisons."""

import re

from infra.practice_forge.auth import can_see, require_read, role_of
from infra.practice_forge.forge import Forge
from infra.practice_forge.history import EMPTY_TREE, count, diff_files, merge_point, read_commit, read_commits
from infra.practice_forge.refusals import bad_credentials, custom, not_for_apps, not_found, unprocessable
from infra.practice_forge.rest.calls import Call, Reply, Route, created, page_of
from infra.practice_forge.rest.diffs import diff_reply
from infra.practice_forge.seeding import NewRepository, make_repository
from infra.practice_forge.shapes import repositories as shapes
from infra.practice_forge.state import RANK, Repository

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")


def get_repo(call: Call, owner: str, name: str) -> Reply:
    """GET /repos/{owner}/{repo}."""
    repo = call.repo(owner, name)
    role = role_of(call.actor, repo)
    rights = {right: RANK[role] >= RANK[right] for right in ("admin", "write", "read")}
    permissions = {"admin": rights["admin"], "push": rights["write"], "pull": rights["read"] or not repo.private}
    return Reply(shapes.full_repository(call.forge, repo, permissions=permissions))


def create_repo(call: Call) -> Reply:
    """POST /user/repos; `auto_init` makes a first commit with a README."""
    account = call.actor.account
    if account is None:
        raise bad_credentials("Requires authentication")
    if call.actor.installation is not None:
        raise not_for_apps()
    fields = call.fields()
    name = fields.text("name")
    if not NAME.fullmatch(name) or name.endswith(".git"):
        raise custom("Repository", "name is invalid")
    if call.forge.state.repository(account.login, name):
        raise custom("Repository", "name already exists on this account")
    description = fields.text_or_none("description") or ""
    files = {"README.md": f"# {name}\n{description}\n".encode()} if fields.flag("auto_init") else {}
    wish = NewRepository(account.login, name, files, description=description, private=fields.flag("private"))
    return created(shapes.repository(call.forge, make_repository(call.forge, wish)))


def list_own_repos(call: Call) -> Reply:
    """GET /user/repos: every repository in which the asker has a role."""
    if call.actor.account is None:
        raise bad_credentials("Requires authentication")
    repos = [r for r in call.forge.state.repositories.values() if role_of(call.actor, r) != "none"]
    return page_of(call, repos, lambda repo: shapes.repository(call.forge, repo))


def list_branches(call: Call, owner: str, name: str) -> Reply:
    """GET /repos/{owner}/{repo}/branches."""
    repo = _readable(call, owner, name)
    tips = list(call.forge.git(repo).branches().items())
    return page_of(call, tips, lambda pair: _branch(call.forge, repo, *pair))


def get_branch(call: Call, owner: str, name: str, branch: str) -> Reply:
    """GET /repos/{owner}/{repo}/branches/{branch}."""
    repo = _readable(call, owner, name)
    git = call.forge.git(repo)
    sha = git.branches().get(branch)
    if sha is None:
        raise not_found("Branch not found")
    full = shapes.commit(call.forge, repo, read_commit(git, sha))
    url = f"{shapes.api(call.forge, repo)}/branches/{branch}"
    links = {"self": url, "html": f"{shapes.page(call.forge, repo)}/tree/{branch}"}
    protection = {
        "enabled": False,
        "required_status_checks": {"enforcement_level": "off", "contexts": [], "checks": []},
    }
    more = {"commit": full, "_links": links, "protection": protection, "protection_url": f"{url}/protection"}
    return Reply(_branch(call.forge, repo, branch, sha) | more)


def _branch(forge: Forge, repo: Repository, branch: str, sha: str) -> dict[str, object]:
    tip = {"sha": sha, "url": f"{shapes.api(forge, repo)}/commits/{sha}"}
    return {"name": branch, "commit": tip, "protected": False}


def list_commits(call: Call, owner: str, name: str) -> Reply:
    """GET /repos/{owner}/{repo}/commits; `sha` names where to start."""
    repo = _readable(call, owner, name)
    start = _resolve(call, repo, call.request.args.get("sha") or repo.default_branch)
    commits = read_commits(call.forge.git(repo), start)
    return page_of(call, commits, lambda commit: shapes.commit(call.forge, repo, commit))


def get_commit(call: Call, owner: str, name: str, revision: str) -> Reply:
    """GET /repos/{owner}/{repo}/commits/{ref}."""
    repo = _readable(call, owner, name)
    git = call.forge.git(repo)
    sha = git.resolve(revision)
    if sha is None:
        raise unprocessable(f"No commit found for SHA: {revision}")
    commit = read_commit(git, sha)
    files = diff_files(git, commit.parents[0] if commit.parents else EMPTY_TREE, sha)
    added, removed = (sum(getattr(file, kind) for file in files) for kind in ("additions", "deletions"))
    stats = {"additions": added, "deletions": removed, "total": added + removed}
    shown = [shapes.file_diff(call.forge, repo, file, sha) for file in files]
    return Reply(shapes.commit(call.forge, repo, commit) | {"stats": stats, "files": shown})


def get_content(call: Call, owner: str, name: str, path: str = "") -> Reply:
    """GET /repos/{owner}/{repo}/contents/{path}: a file with its bytes, or a folder's list."""
    repo = _readable(call, owner, name)
    git = call.forge.git(repo)
    revision = call.request.args.get("ref") or repo.default_branch
    commit = _resolve(call, repo, revision)
    entry = git.entry(commit, path)
    if entry is None:
        raise not_found()
    if entry.kind == "tree":
        prefix = f"{path.strip('/')}/" if path.strip("/") else ""
        found = [git.entry(commit, prefix + child.path) for child in git.list_tree(entry.sha)]
        return Reply([shapes.content(call.forge, repo, child, revision) for child in found if child])
    raw = git.read_blob(entry.sha) if entry.kind == "blob" else b""
    if call.wants("raw"):
        return Reply(raw, media_type="application/vnd.github.raw; charset=utf-8")
    return Reply(shapes.file(call.forge, repo, entry, revision, raw))


def compare(call: Call, owner: str, name: str, span: str) -> Reply:
    """GET /repos/{owner}/{repo}/compare/{base}...{head}."""
    repo = _readable(call, owner, name)
    git = call.forge.git(repo)
    base_name, dots, head_name = span.partition("...")
    if not dots:
        raise not_found()
    base, head = git.resolve(base_name), git.resolve(head_name)
    if base is None or head is None:
        raise not_found()
    start = merge_point(git, base, head)
    if start is None:
        raise not_found(f"No common ancestor between {base_name} and {head_name}.")
    if call.wants("diff"):
        return diff_reply(git, start, head, resource="Commit")
    commits = [shapes.commit(call.forge, repo, commit) for commit in reversed(read_commits(git, head, f"^{base}"))]
    ahead, behind = count(git, base, head), count(git, head, base)
    status = {(True, True): "diverged", (True, False): "ahead", (False, True): "behind"}
    return Reply(
        {
            **_addresses(call.forge, repo, span, f"{base[:12]}...{head[:12]}"),
            "base_commit": shapes.commit(call.forge, repo, read_commit(git, base)),
            "merge_base_commit": shapes.commit(call.forge, repo, read_commit(git, start)),
            "status": status.get((ahead > 0, behind > 0), "identical"),
            "ahead_by": ahead,
            "behind_by": behind,
            "total_commits": ahead,
            "commits": commits,
            "files": [shapes.file_diff(call.forge, repo, diff, head) for diff in diff_files(git, start, head)],
        }
    )


def _addresses(forge: Forge, repo: Repository, span: str, fixed: str) -> dict[str, str]:
    """Return where a comparison is found; `fixed` names it by commits."""
    place = f"{shapes.page(forge, repo)}/compare"
    return {
        "url": f"{shapes.api(forge, repo)}/compare/{span}",
        "html_url": f"{place}/{span}",
        "permalink_url": f"{place}/{fixed}",
        "diff_url": f"{place}/{span}.diff",
        "patch_url": f"{place}/{span}.patch",
    }


def _readable(call: Call, owner: str, name: str) -> Repository:
    repo = call.repo(owner, name)
    if not can_see(call.actor, repo):
        raise not_found()
    require_read(call.actor, repo, "contents")
    return repo


def _resolve(call: Call, repo: Repository, revision: str) -> str:
    """Return the commit that a revision names, or raise 404 with GitHub's words."""
    sha = call.forge.git(repo).resolve(revision)
    if sha is None:
        raise not_found(f"No commit found for the ref {revision}")
    return sha


ROUTES = (
    Route("GET", "/user/repos", list_own_repos),
    Route("POST", "/user/repos", create_repo, is_content=True),
    Route("GET", "/repos/<owner>/<name>", get_repo),
    Route("GET", "/repos/<owner>/<name>/branches", list_branches),
    Route("GET", "/repos/<owner>/<name>/branches/<path:branch>", get_branch),
    Route("GET", "/repos/<owner>/<name>/commits", list_commits),
    Route("GET", "/repos/<owner>/<name>/commits/<path:revision>", get_commit),
    Route("GET", "/repos/<owner>/<name>/contents", get_content),
    Route("GET", "/repos/<owner>/<name>/contents/", get_content),
    Route("GET", "/repos/<owner>/<name>/contents/<path:path>", get_content),
    Route("GET", "/repos/<owner>/<name>/compare/<path:span>", compare),
)
