"""Files and folders of a commit."""

import base64
import hashlib

from infra.practice_forge.gitlab.acts.commits import read_commits_of
from infra.practice_forge.gitlab.calls import Call, page_of
from infra.practice_forge.gitlab.refusals import not_found
from infra.practice_forge.gitlab.routing import Route
from infra.practice_forge.gitlab.shapes.commits import entry as shape
from infra.practice_forge.repos import TreeEntry
from infra.practice_forge.rest.calls import Reply
from infra.practice_forge.state import Repository

READ_SCOPES = ("api", "read_api", "read_repository")


def _commit(call: Call, repo: Repository) -> tuple[str, str]:
    """Return the revision that `ref` names, and its commit."""
    ref = call.params().text_or_none("ref") or "HEAD"
    revision = repo.default_branch if ref == "HEAD" else ref
    found = call.git(repo).resolve(revision)
    if found is None:
        raise not_found("Commit")
    return revision, found


def _blob(call: Call, repo: Repository, path: str) -> tuple[str, str, TreeEntry]:
    revision, sha = _commit(call, repo)
    found = call.git(repo).entry(sha, path)
    if found is None or found.kind != "blob":
        raise not_found("File")
    return revision, sha, found


def get_file(call: Call, project: str, path: str) -> Reply:
    """GET /projects/:id/repository/files/:file_path, its content as base64."""
    repo = call.project(project)
    revision, sha, blob = _blob(call, repo, path)
    raw = call.git(repo).read_blob(blob.sha)
    return Reply(
        {
            "file_name": path.rpartition("/")[2],
            "file_path": path,
            "size": len(raw),
            "encoding": "base64",
            "content": base64.b64encode(raw).decode(),
            "content_sha256": hashlib.sha256(raw).hexdigest(),
            "ref": revision,
            "blob_id": blob.sha,
            "commit_id": sha,
            "last_commit_id": read_commits_of(call.git(repo), sha, path),
            "execute_filemode": blob.mode == "100755",
        }
    )


def raw_file(call: Call, project: str, path: str) -> Reply:
    """GET /projects/:id/repository/files/:file_path/raw."""
    repo = call.project(project)
    _, _, blob = _blob(call, repo, path)
    headers = {"X-Gitlab-Blob-Id": blob.sha, "X-Content-Type-Options": "nosniff"}
    return Reply(call.git(repo).read_blob(blob.sha), headers=headers, media_type="text/plain")


def list_tree(call: Call, project: str) -> Reply:
    """GET /projects/:id/repository/tree of `path`, all the way down if `recursive`."""
    repo, params = call.project(project), call.params()
    _, sha = _commit(call, repo)
    path = params.text_or_none("path") or ""
    folder = call.git(repo).entry(sha, path)
    if folder is None or folder.kind != "tree":
        raise not_found("Tree")
    entries = call.git(repo).list_tree(folder.sha, recursive=bool(params.flag("recursive")))
    return page_of(call, entries, lambda entry: shape(entry, path))


REPOSITORY = "/projects/:project/repository"
ROUTES = (
    Route("GET", f"{REPOSITORY}/files/:path", get_file, scopes=READ_SCOPES),
    Route("GET", f"{REPOSITORY}/files/:path/raw", raw_file, scopes=READ_SCOPES),
    Route("GET", f"{REPOSITORY}/tree", list_tree, scopes=READ_SCOPES),
)
