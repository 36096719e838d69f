"""A GitLab world with the project ann/sums, and ways to ask it as somebody."""

from collections.abc import Iterator
from pathlib import Path

import gitlab
import pytest
import requests
from fakes.door import Door, open_door
from gitlab.v4.objects import Project
from stories.sums import FILES, Ask

from infra.practice_forge.server import PracticeForge
from infra.practice_forge.state import Repository


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[PracticeForge]:
    with PracticeForge(tmp_path, dialect="gitlab", limits=False) as forge:
        yield forge


@pytest.fixture
def repo(forge: PracticeForge) -> Repository:
    return forge.create_repo("ann", "sums", FILES)


@pytest.fixture
def ask(forge: PracticeForge, repo: Repository) -> Ask:
    """Return a function that asks about ann/sums as somebody; "" is a stranger."""
    secrets = {login: forge.token_for(login) for login in ("ann", "bob", "eve", "codex-bot")}

    def call(who: str, method: str, path: str = "", body: object = None, **headers: str) -> requests.Response:
        own = {"PRIVATE-TOKEN": secrets[who]} if who else {}
        url = f"{forge.url}/api/v4/projects/ann%2Fsums{path}"
        return requests.request(method, url, headers=own | headers, json=body, timeout=20)

    return call


@pytest.fixture
def project(forge: PracticeForge, repo: Repository) -> Iterator[Project]:
    """Return ann/sums as the bot sees it through python-gitlab."""
    token = forge.token_for("codex-bot")
    with gitlab.Gitlab(forge.url, private_token=token, keep_base_url=True, timeout=10) as client:
        yield client.projects.get(repo.path)


@pytest.fixture
def door() -> Iterator[Door]:
    with open_door() as door:
        yield door
