"""The same story on PostgreSQL and Redis: only two settings change."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from stories.scene import ISSUE, KIT, Scene, play

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def scene(tmp_path: Path, model_is_here: None, postgres_url: str, redis_url: str) -> Iterator[Scene]:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS story")
        connection.execute("CREATE DATABASE story")
    ledger = postgres_url.replace("/postgres?", "/story?")
    with play(tmp_path, {"CODEX_BOT_DATABASE_URL": ledger, "CODEX_BOT_BROKER_URL": redis_url}) as made:
        yield made


def test_a_comment_becomes_a_pull_request(scene: Scene) -> None:
    repo = scene.visitor.make_repository("numberkit", KIT)
    issue = scene.visitor.open_issue(repo, *ISSUE)
    scene.visitor.comment(repo, issue, "/codex implement")
    scene.wait(lambda: scene.visitor.pull_requests(repo), "the pull request is there")
    scene.wait(lambda: "is working on" not in "".join(scene.bot_comments(repo, issue)), "the status is final")
    assert len(scene.visitor.pull_requests(repo)) == 1
    assert len(scene.bot_comments(repo, issue)) == 1
    assert not (scene.practice.folder / "bot" / "ledger.db").exists()
    assert not (scene.practice.folder / "bot" / "hints").exists()
