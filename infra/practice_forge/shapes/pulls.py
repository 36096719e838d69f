"""Pull requests and check runs as JSON."""

from typing import Any

from infra.practice_forge.ci import CheckRun
from infra.practice_forge.forge import Forge
from infra.practice_forge.history import count, diff_files, fork_point
from infra.practice_forge.shapes.issues import issue as issue_shape
from infra.practice_forge.shapes.people import app, node_id, person, stamp
from infra.practice_forge.shapes.repositories import api, page, repository
from infra.practice_forge.state import PullRequest, Repository

SHARED = (
    "number",
    "title",
    "body",
    "user",
    "labels",
    "state",
    "locked",
    "active_lock_reason",
    "assignee",
    "assignees",
    "milestone",
    "created_at",
    "updated_at",
    "closed_at",
    "author_association",
    "html_url",
)


def pull(forge: Forge, repo: Repository, record: PullRequest) -> dict[str, Any]:
    """Return a pull request as lists show it."""
    issue = issue_shape(forge, repo, forge.state.issues[repo.id, record.number])
    url = f"{api(forge, repo)}/pulls/{record.number}"
    statuses = f"{api(forge, repo)}/statuses/{record.head_sha}"
    addresses = {
        "self": url,
        "html": issue["html_url"],
        "issue": issue["url"],
        "comments": issue["comments_url"],
        "review_comments": f"{url}/comments",
        "review_comment": f"{api(forge, repo)}/pulls/comments{{/number}}",
        "commits": f"{url}/commits",
        "statuses": statuses,
    }
    return {key: issue[key] for key in SHARED} | {
        "id": record.id,
        "node_id": node_id("PR", record.id),
        "url": url,
        "diff_url": f"{issue['html_url']}.diff",
        "patch_url": f"{issue['html_url']}.patch",
        "issue_url": issue["url"],
        **{f"{name}_url": addresses[name] for name in ("commits", "comments", "review_comments", "review_comment")},
        "statuses_url": statuses,
        "_links": {name: {"href": address} for name, address in addresses.items()},
        "head": _end(forge, forge.state.repository_of(record.home_id), record.head, record.head_sha),
        "base": _end(forge, repo, record.base, record.base_sha),
        "draft": record.draft,
        "merged_at": stamp(record.merged_at),
        "merge_commit_sha": record.merge_sha or None,
        "requested_reviewers": [],
        "requested_teams": [],
        "auto_merge": None,
    }


def full_pull(forge: Forge, repo: Repository, record: PullRequest) -> dict[str, Any]:
    """Return a pull request on its own, with what takes git a moment to count."""
    git = forge.git(repo)
    start = fork_point(git, record.base_sha, record.head_sha)
    files = diff_files(git, start, record.head_sha)
    is_open = forge.state.issues[repo.id, record.number].is_open
    return pull(forge, repo, record) | {
        "merged": record.merged_at is not None,
        "merged_by": person(forge, record.merged_by) if record.merged_by else None,
        "mergeable": True if is_open else None,
        "rebaseable": True if is_open else None,
        "mergeable_state": "draft" if record.draft else "clean" if is_open else "unknown",
        "comments": issue_shape(forge, repo, forge.state.issues[repo.id, record.number])["comments"],
        "review_comments": sum(
            (said.repo_id, said.number) == (repo.id, record.number) for said in forge.state.review_comments.values()
        ),
        "maintainer_can_modify": record.maintainer_can_modify,
        "commits": count(git, start, record.head_sha),
        "additions": sum(file.additions for file in files),
        "deletions": sum(file.deletions for file in files),
        "changed_files": len(files),
    }


def _end(forge: Forge, repo: Repository, branch: str, sha: str) -> dict[str, Any]:
    """Return the head or base of a pull request."""
    user, shape = person(forge, repo.owner), repository(forge, repo)
    return {"label": f"{repo.owner}:{branch}", "ref": branch, "sha": sha, "user": user, "repo": shape}


def check_run(forge: Forge, repo: Repository, record: CheckRun) -> dict[str, Any]:
    """Return a check run; its annotations have an address of their own."""
    url = f"{api(forge, repo)}/check-runs/{record.id}"
    return {
        "id": record.id,
        "node_id": node_id("CR", record.id),
        "name": record.name,
        "head_sha": record.head_sha,
        "external_id": record.external_id,
        "url": url,
        "html_url": f"{page(forge, repo)}/commit/{record.head_sha}",
        "details_url": record.details_url or forge.base_url,
        "status": record.status,
        "conclusion": record.conclusion,
        "started_at": stamp(record.started_at),
        "completed_at": stamp(record.completed_at),
        "output": {
            "title": record.title,
            "summary": record.summary,
            "text": record.text,
            "annotations_count": len(record.annotations),
            "annotations_url": f"{url}/annotations",
        },
        "check_suite": {"id": record.repo_id},
        "app": app(forge),
        "pull_requests": [],
    }
