"""Git data of the practice forge's ann/demo, made over its REST API."""

from collections.abc import Callable

import requests

Ask = Callable[..., requests.Response]
REPO = "/repos/ann/demo"
FILES = {"README.md": b"# Demo\n", "src/a.py": b"x = 1\n", "run.sh": b"#!/bin/sh\n", "big.bin": b"\0" * 1_000_001}


def tip(ask: Ask, branch: str = "main") -> str:
    return str(ask("bot", "GET", f"/git/ref/heads/{branch}").json()["object"]["sha"])


def commit(ask: Ask, path: str, content: str, parent: str, **more: object) -> str:
    tree = ask("bot", "GET", f"/git/commits/{parent}").json()["tree"]["sha"]
    entry = {"path": path, "mode": "100644", "type": "blob", "content": content}
    new = ask("bot", "POST", "/git/trees", {"base_tree": tree, "tree": [entry]})
    assert new.status_code == 201, new.text
    body = {"message": f"Change {path}", "tree": new.json()["sha"], "parents": [parent], **more}
    made = ask("bot", "POST", "/git/commits", body)
    assert made.status_code == 201, made.text
    return str(made.json()["sha"])


def branch(ask: Ask, name: str, content: str = "x = 2\n") -> str:
    sha = commit(ask, "src/a.py", content, tip(ask))
    assert ask("bot", "POST", "/git/refs", {"ref": f"refs/heads/{name}", "sha": sha}).status_code == 201
    return sha
