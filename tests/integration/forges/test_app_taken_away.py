"""An installation that its owner suspended or removed: whoever asked is told what to do, whatever is tried."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.errors import UserError
from bot.events import Repo, Subject
from bot.forges.github.access import GitHubAccess
from bot.forges.github.adapter import GitHubForge
from infra.practice_forge.forge import AppSpec
from infra.practice_forge.server import PracticeForge, new_app_key
from infra.practice_forge.state import Installation

REPO = Repo("ann", "sums")
TRIED: dict[str, Callable[[GitHubForge], object]] = {
    "permission": lambda forge: forge.permission(REPO, "ann"),
    "comment": lambda forge: forge.create_comment(REPO, Subject(1), "hello"),
    "clone": lambda forge: forge.clone(REPO),
}


@pytest.fixture(scope="module")
def key() -> str:
    return new_app_key()


@pytest.fixture
def server(tmp_path: Path, key: str) -> Iterator[PracticeForge]:
    with PracticeForge(tmp_path, app=AppSpec(key_pem=key), limits=False) as server:
        server.create_repo("ann", "sums", {"a.py": b"a = 1\n"}, private=True)
        yield server


@pytest.fixture
def installation(server: PracticeForge) -> Installation:
    (record,) = server.forge.state.installations.values()
    return record


@pytest.fixture
def forge(server: PracticeForge, key: str, installation: Installation) -> GitHubForge:
    return GitHubForge(GitHubAccess(web_url=server.url, app_id="4242", private_key=key), str(installation.id))


@pytest.mark.parametrize("tried", TRIED)
def test_a_suspended_installation_is_told_with_the_mend(
    server: PracticeForge, forge: GitHubForge, installation: Installation, tried: str
) -> None:
    server.forge.suspend(installation, to=True)
    with pytest.raises(UserError, match="suspended") as caught:
        TRIED[tried](forge)
    assert "Unsuspend" in caught.value.mend


@pytest.mark.parametrize("tried", TRIED)
def test_a_removed_installation_is_told_with_the_mend(
    server: PracticeForge, forge: GitHubForge, installation: Installation, tried: str
) -> None:
    server.forge.uninstall(installation)
    with pytest.raises(UserError, match="not installed any more") as caught:
        TRIED[tried](forge)
    assert "Install it again" in caught.value.mend


def test_one_that_is_suspended_while_a_job_runs_is_told_too(
    server: PracticeForge, forge: GitHubForge, installation: Installation
) -> None:
    assert forge.permission(REPO, "ann").name == "ADMIN"  # the client has its token now
    server.forge.suspend(installation, to=True)
    with pytest.raises(UserError, match="suspended") as caught:
        forge.default_branch(REPO)
    assert "Unsuspend" in caught.value.mend
