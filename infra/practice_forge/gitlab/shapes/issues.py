"""Issues, labels and awards as JSON."""

from typing import Any

from infra.practice_forge.forge import Forge
from infra.practice_forge.gitlab.records import Award
from infra.practice_forge.gitlab.shapes.people import people, person, stamp
from infra.practice_forge.gitlab.shapes.projects import api, page
from infra.practice_forge.gitlab.shelves import Shelves
from infra.practice_forge.state import Issue, Repository


def issue_page(forge: Forge, repo: Repository, issue: Issue) -> str:
    """Return the address of an issue's page."""
    return f"{page(forge, repo)}/-/issues/{issue.number}"


def issue(shelves: Shelves, repo: Repository, record: Issue) -> dict[str, Any]:
    """Return an issue."""
    forge = shelves.forge
    assignees = people(forge, record.assignees)
    return {
        "id": record.id,
        "iid": record.number,
        "project_id": repo.id,
        "title": record.title,
        "description": record.body,
        "state": "opened" if record.is_open else "closed",
        "created_at": stamp(record.created_at),
        "updated_at": stamp(record.updated_at),
        "closed_at": stamp(record.closed_at),
        "labels": sorted(record.labels),
        "author": person(forge, record.author),
        "assignees": assignees,
        "assignee": assignees[0] if assignees else None,
        "type": "ISSUE",
        "issue_type": "issue",
        "confidential": record.confidential,
        "discussion_locked": record.locked or None,
        "user_notes_count": shelves.count_notes(record),
        "web_url": issue_page(forge, repo, record),
        "references": references(repo, "#", record.number),
        "_links": {"self": f"{api(forge, repo)}/issues/{record.number}", "project": api(forge, repo)},
    }


def references(repo: Repository, sign: str, number: int) -> dict[str, str]:
    """Return how texts name an issue (#) or merge request (!)."""
    short = f"{sign}{number}"
    return {"short": short, "relative": short, "full": f"{repo.path}{short}"}


def award(forge: Forge, record: Award) -> dict[str, Any]:
    """Return an emoji on something."""
    return {
        "id": record.id,
        "name": record.name,
        "user": person(forge, record.author),
        "created_at": stamp(record.created_at),
        "updated_at": stamp(record.created_at),
        "awardable_id": record.subject,
        "awardable_type": record.subject_type,
        "url": None,
    }


def hook_label(repo: Repository, name: str) -> dict[str, Any]:
    """Return a label as webhooks name it; labels need no making here, so their id is made of their name."""
    return {
        "id": sum(name.encode()),
        "title": name,
        "color": "#6699cc",
        "project_id": repo.id,
        "description": None,
        "type": "ProjectLabel",
        "group_id": None,
    }
