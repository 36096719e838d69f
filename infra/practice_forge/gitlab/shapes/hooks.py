"""Hooks and what they sent as JSON; secrets never leave, only whether there are any."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from infra.practice_forge.gitlab.records import Hook
from infra.practice_forge.gitlab.sender import alert_status
from infra.practice_forge.gitlab.shapes.people import stamp
from infra.practice_forge.webhooks import Delivery

# Every flag, and the name of the event that it stands for.
EVENTS: Mapping[str, str] = {
    "push_events": "Push Hook",
    "tag_push_events": "Tag Push Hook",
    "merge_requests_events": "Merge Request Hook",
    "issues_events": "Issue Hook",
    "confidential_issues_events": "Confidential Issue Hook",
    "note_events": "Note Hook",
    "confidential_note_events": "Confidential Note Hook",
    "job_events": "Job Hook",
    "pipeline_events": "Pipeline Hook",
    "wiki_page_events": "Wiki Page Hook",
    "deployment_events": "Deployment Hook",
    "feature_flag_events": "Feature Flag Hook",
    "releases_events": "Release Hook",
    "milestone_events": "Milestone Hook",
    "emoji_events": "Emoji Hook",
    "resource_access_token_events": "Resource Access Token Hook",
}
HIDDEN = {"X-Gitlab-Token", "webhook-signature"}


def hook(record: Hook, now: datetime) -> dict[str, Any]:
    """Return a project hook."""
    resting = record.disabled_until if alert_status(record, now) == "temporarily_disabled" else None
    return {
        "id": record.id,
        "url": record.url,
        "name": record.name,
        "description": record.description,
        "created_at": stamp(record.created_at),
        "project_id": record.repo_id,
        "push_events_branch_filter": record.branch_filter,
        "branch_filter_strategy": "wildcard",
        "enable_ssl_verification": record.ssl_verification,
        "repository_update_events": False,
        "alert_status": alert_status(record, now),
        "disabled_until": stamp(resting),
        "url_variables": [],
        "custom_webhook_template": None,
        "custom_headers": [],
        "token_present": bool(record.token),
        "signing_token_present": bool(record.signing_token),
        **{event: event in record.events for event in EVENTS},
    }


def event(record: Delivery) -> dict[str, Any]:
    """Return one delivery of a hook."""
    headers = {name: "[REDACTED]" if name in HIDDEN else value for name, value in record.request_headers.items()}
    trigger = next((flag for flag, name in EVENTS.items() if name == record.parcel.event), "push_events")
    # GitLab writes "internal error" where there was no answer at all.
    answered = bool(record.response_headers) or record.went_well
    return {
        "id": record.parcel.id,
        "url": record.parcel.url,
        "trigger": trigger.replace("_events", "_hooks"),
        "request_headers": headers,
        "request_data": json.loads(record.parcel.body),
        "response_headers": dict(record.response_headers),
        "response_body": record.response_body,
        "execution_duration": record.duration_s,
        "response_status": str(record.status_code) if answered else "internal error",
    }
