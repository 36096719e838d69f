"""The project ann/sums of a GitLab world, and a change to it that shows every kind of line."""

from collections.abc import Callable

import requests

Ask = Callable[..., requests.Response]
LINES = [f"line {number}\n" for number in range(1, 31)]
FILES = {"README.md": b"# Sums\n", "src/a.py": "".join(LINES).encode(), "run.sh": b"#!/bin/sh\n"}
# Line 12 goes, one comes after 14, and lines 9 to 17 of the old file stand around in one hunk.
CHANGED = "".join([*LINES[:11], *LINES[12:14], "fresh\n", *LINES[14:]])


def propose(ask: Ask, branch: str = "topic", title: str = "Change", **more: object) -> dict[str, object]:
    """Commit the change on a new branch as bob, and open a merge request of it."""
    change = {"action": "update", "file_path": "src/a.py", "content": CHANGED}
    body = {"branch": branch, "start_branch": "main", "commit_message": "Change", "actions": [change]}
    made = ask("bob", "POST", "/repository/commits", body)
    assert made.status_code == 201, made.text
    wish = {"source_branch": branch, "target_branch": "main", "title": title, **more}
    opened = ask("bob", "POST", "/merge_requests", wish)
    assert opened.status_code == 201, opened.text
    document: dict[str, object] = opened.json()
    return document
