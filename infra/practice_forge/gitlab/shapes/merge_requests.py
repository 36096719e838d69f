"""Merge requests, their versions and their diffs as JSON."""

from typing import Any

from infra.practice_forge.forge import Forge
from infra.practice_forge.gitlab.access import Asker, may_push
from infra.practice_forge.gitlab.records import MergeRequest, Version
from infra.practice_forge.gitlab.shapes.issues import references
from infra.practice_forge.gitlab.shapes.people import people, person, stamp
from infra.practice_forge.gitlab.shapes.projects import api, page
from infra.practice_forge.gitlab.shelves import Shelves
from infra.practice_forge.history import FileDiff
from infra.practice_forge.state import Repository

LARGEST_PATCH, LARGEST_SHOWN_PATCH = 200 * 1024, 20 * 1024
MOST_FILES = 1000


def merge_request_page(forge: Forge, repo: Repository, record: MergeRequest) -> str:
    """Return the address of a merge request's page."""
    return f"{page(forge, repo)}/-/merge_requests/{record.number}"


def has_conflicts(forge: Forge, repo: Repository, record: MergeRequest) -> bool:
    """Return whether git cannot merge an open merge request by itself."""
    git = forge.git(repo)
    target = git.ref(f"refs/heads/{record.target}")
    if record.state != "opened" or target is None:
        return False
    told = git.run("merge-tree", "--write-tree", "--name-only", target, record.version.head_sha, ok=(0, 1))
    return len(told.split(b"\n", 1)[1].strip()) > 0


def merge_status(record: MergeRequest, *, conflicts: bool) -> str:
    """Return GitLab's `detailed_merge_status`."""
    if record.state != "opened":
        return "not_open"
    if record.draft:
        return "draft_status"
    return "conflict" if conflicts else "mergeable"


def merge_request(shelves: Shelves, repo: Repository, record: MergeRequest, asker: Asker) -> dict[str, Any]:
    """Return a merge request."""
    forge = shelves.forge
    conflicts = has_conflicts(forge, repo, record)
    return summary(shelves, repo, record) | {
        "has_conflicts": conflicts,
        "merge_status": "cannot_be_merged" if conflicts else "can_be_merged",
        "detailed_merge_status": merge_status(record, conflicts=conflicts),
        "diff_refs": record.version.refs(),
        "changes_count": str(_changes(forge, repo, record)),
        "user": {"can_merge": may_push(asker, repo, record.target)},
        "subscribed": False,
        "merge_error": None,
        "head_pipeline": None,
    }


def summary(shelves: Shelves, repo: Repository, record: MergeRequest) -> dict[str, Any]:
    """Return a merge request as lists show it."""
    forge = shelves.forge
    assignees = people(forge, record.assignees)
    return {
        "id": record.id,
        "iid": record.number,
        "project_id": repo.id,
        "title": record.title,
        "description": record.body,
        "state": record.state,
        "created_at": stamp(record.created_at),
        "updated_at": stamp(record.updated_at),
        "merged_by": person(forge, record.merged_by) if record.merged_by else None,
        "merge_user": person(forge, record.merged_by) if record.merged_by else None,
        "merged_at": stamp(record.merged_at),
        "closed_at": stamp(record.closed_at),
        "source_branch": record.source,
        "target_branch": record.target,
        "source_project_id": record.home_id,
        "target_project_id": repo.id,
        "author": person(forge, record.author),
        "assignees": assignees,
        "assignee": assignees[0] if assignees else None,
        "reviewers": people(forge, record.reviewers),
        "labels": sorted(record.labels),
        "draft": record.draft,
        "work_in_progress": record.draft,
        "sha": record.version.head_sha,
        "merge_commit_sha": record.merge_sha or None,
        "squash": False,
        "user_notes_count": shelves.count_notes(record),
        "web_url": merge_request_page(forge, repo, record),
        "references": references(repo, "!", record.number),
        "_links": {"self": f"{api(forge, repo)}/merge_requests/{record.number}", "project": api(forge, repo)},
    } | _collaboration(record)


def _collaboration(record: MergeRequest) -> dict[str, bool]:
    """Return what GitLab says of merge requests from forks only, under its new and its old name."""
    names = ("allow_collaboration", "allow_maintainer_to_push") if record.fork_id else ()
    return dict.fromkeys(names, record.is_collaborative)


def _changes(forge: Forge, repo: Repository, record: MergeRequest) -> int:
    git, version = forge.git(repo), record.version
    return git.run("diff-tree", "-r", "-M", "--name-only", version.base_sha, version.head_sha).count(b"\n")


def version(record: MergeRequest, shown: Version) -> dict[str, Any]:
    """Return one version of a merge request's diff."""
    return {
        "id": shown.id,
        "head_commit_sha": shown.head_sha,
        "base_commit_sha": shown.base_sha,
        "start_commit_sha": shown.start_sha,
        "created_at": stamp(shown.created_at),
        "merge_request_id": record.id,
        "state": "collected",
        "real_size": "",
    }


def file_diff(diff: FileDiff, *, whole: bool = False) -> dict[str, Any]:
    """Return what became of one file; large patches are left out and said to be, `whole` shows the middling ones."""
    patch = f"{diff.patch}\n" if diff.patch else ""
    if diff.is_binary:
        patch = f"Binary files a/{diff.old_path} and b/{diff.path} differ\n"
    size = len(patch.encode())
    too_large = size > LARGEST_PATCH
    collapsed = not whole and not too_large and size > LARGEST_SHOWN_PATCH
    return {
        "old_path": diff.old_path,
        "new_path": diff.path,
        "a_mode": diff.old_mode.lstrip("0") or "0",
        "b_mode": diff.mode.lstrip("0") or "0",
        "new_file": diff.status == "added",
        "renamed_file": diff.status == "renamed",
        "deleted_file": diff.status == "removed",
        "generated_file": False,
        "diff": "" if too_large or collapsed else patch,
        "collapsed": collapsed,
        "too_large": too_large,
    }
