"""What a merge request changes: versions, diffs and commits."""

import dataclasses
import re

from infra.practice_forge.gitlab.calls import Call, page_of
from infra.practice_forge.gitlab.records import MergeRequest, Version
from infra.practice_forge.gitlab.refusals import record_not_found
from infra.practice_forge.gitlab.routing import Route
from infra.practice_forge.gitlab.shapes import merge_requests as shapes
from infra.practice_forge.gitlab.shapes.commits import commit as commit_shape
from infra.practice_forge.history import Commit, FileDiff, diff_files, diff_text, read_commits
from infra.practice_forge.rest.calls import Reply
from infra.practice_forge.state import Repository

EACH_HUNK = re.compile(r"^(?=@@ )", re.MULTILINE)
EMPTIED = re.compile(r"@@ -\S+ \+0,0 @@")


def _files(call: Call, repo: Repository, version: Version) -> list[FileDiff]:
    files = diff_files(call.git(repo), version.base_sha, version.head_sha)
    return [part for file in files for part in _parts(file)][: shapes.MOST_FILES]


def _parts(file: FileDiff) -> list[FileDiff]:
    """Return a file that becomes a link, or the other way round, as one that goes and one that comes."""
    if file.old_mode[:3] == file.mode[:3] or file.status in {"added", "removed"}:
        return [file]
    hunks = [hunk for hunk in EACH_HUNK.split(file.patch) if hunk]
    gone = "".join(hunk for hunk in hunks if EMPTIED.match(hunk))
    come = "".join(hunk for hunk in hunks if not EMPTIED.match(hunk))
    return [
        dataclasses.replace(file, status="removed", patch=gone.rstrip("\n"), mode="000000"),
        dataclasses.replace(file, status="added", patch=come.rstrip("\n"), old_mode="000000"),
    ]


def _commits(call: Call, repo: Repository, version: Version) -> list[Commit]:
    return read_commits(call.git(repo), version.head_sha, f"^{version.start_sha}")


def list_versions(call: Call, project: str, number: int) -> Reply:
    """GET .../versions, newest first."""
    request = call.merge_request(call.project(project), number)
    return page_of(call, request.versions[::-1], lambda version: shapes.version(request, version))


def get_version(call: Call, project: str, number: int, version: int) -> Reply:
    """GET .../versions/:version_id, with its commits and diffs."""
    repo = call.project(project)
    request = call.merge_request(repo, number)
    found = next((known for known in request.versions if known.id == version), None)
    if found is None:
        raise record_not_found()
    commits = [commit_shape(call.forge, repo, commit) for commit in _commits(call, repo, found)]
    diffs = [shapes.file_diff(diff) for diff in _files(call, repo, found)]
    return Reply(shapes.version(request, found) | {"commits": commits, "diffs": diffs})


def list_diffs(call: Call, project: str, number: int) -> Reply:
    """GET .../diffs, a page of files."""
    repo = call.project(project)
    request = call.merge_request(repo, number)
    return page_of(call, _files(call, repo, request.version), shapes.file_diff)


def get_changes(call: Call, project: str, number: int) -> Reply:
    """GET .../changes: the merge request with all files; `access_raw_diffs` shows large ones too."""
    repo = call.project(project)
    request = call.merge_request(repo, number)
    whole = bool(call.params().flag("access_raw_diffs"))
    files = [shapes.file_diff(diff, whole=whole) for diff in _files(call, repo, request.version)]
    overflow = any(file["too_large"] or file["collapsed"] for file in files)
    document = shapes.merge_request(call.shelves, repo, request, call.asker)
    return Reply(document | {"changes": files, "overflow": overflow})


def raw_diffs(call: Call, project: str, number: int) -> Reply:
    """GET .../raw_diffs: what `git diff` prints."""
    repo = call.project(project)
    version = call.merge_request(repo, number).version
    text = diff_text(call.git(repo), version.base_sha, version.head_sha)
    return Reply(text.encode(), media_type="text/plain")


def list_commits(call: Call, project: str, number: int) -> Reply:
    """GET .../commits, newest first."""
    repo = call.project(project)
    request: MergeRequest = call.merge_request(repo, number)
    return page_of(call, _commits(call, repo, request.version), lambda commit: commit_shape(call.forge, repo, commit))


REQUEST = "/projects/:project/merge_requests/:number"
ROUTES = (
    Route("GET", f"{REQUEST}/versions", list_versions),
    Route("GET", f"{REQUEST}/versions/:version", get_version),
    Route("GET", f"{REQUEST}/diffs", list_diffs),
    Route("GET", f"{REQUEST}/changes", get_changes),
    Route("GET", f"{REQUEST}/raw_diffs", raw_diffs),
    Route("GET", f"{REQUEST}/commits", list_commits),
)
