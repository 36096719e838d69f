"""A practice forge with the repository ann/demo, and a way to ask it as somebody."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from stories.demo_repository import FILES, REPO, Ask

from infra.practice_forge.server import AppSpec, PracticeForge, new_app_key
from infra.practice_forge.state import Token


@pytest.fixture(scope="module")
def app() -> AppSpec:
    return AppSpec(key_pem=new_app_key())


@pytest.fixture
def forge(tmp_path: Path, app: AppSpec) -> Iterator[PracticeForge]:
    with PracticeForge(tmp_path, app=app, limits=False) as forge:
        forge.create_repo("ann", "demo", FILES)
        yield forge


@pytest.fixture
def bot_token(forge: PracticeForge) -> str:
    installation = forge.forge.state.installation_of("ann")
    assert installation
    token = Token(forge.forge.app.login, installation.id, forge.forge.app.permissions)
    return forge.forge.new_token(token, prefix="ghs_")


@pytest.fixture
def ask(forge: PracticeForge, bot_token: str) -> Ask:
    """Return a function that asks about ann/demo as somebody: "ann", "bob", "eve" or "bot"."""
    secrets = {login: forge.token_for(login) for login in ("ann", "bob", "eve")} | {"bot": bot_token}

    def call(who: str, method: str, path: str, body: object = None, **headers: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {secrets[who]}"} | headers
        url = f"{forge.url}/api/v3{REPO}{path}"
        return requests.request(method, url, headers=headers, json=body, timeout=20)

    return call


@pytest.fixture
def graph(forge: PracticeForge, bot_token: str) -> Callable[..., Any]:
    """Return a function that asks a question of GraphQL as somebody and returns the whole answer."""

    def call(query: str, who: str = "bot", **variables: Any) -> Any:
        token = bot_token if who == "bot" else forge.token_for(who)
        body = {"query": query, "variables": variables}
        headers = {"Authorization": f"Bearer {token}"}
        answer = requests.post(f"{forge.url}/api/graphql", json=body, headers=headers, timeout=10)
        assert answer.status_code == 200
        return answer.json()

    return call
