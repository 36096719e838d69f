"""What no linter knows of the house."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FORGES = re.compile(r"github|gitlab|gitea|forgejo|bitbucket", re.IGNORECASE)
LINK = re.compile(r"https://\S+")
# Settings are where a forge is named by people.
MAY_NAME_FORGES = ("bot/forges/", "bot/settings.py")


def named(text: str) -> list[str]:
    """Return the names of forges in a text, those in links to sources aside."""
    return FORGES.findall(LINK.sub("", text))


def files() -> list[Path]:
    found = [path for room in ("bot", "tasks") for path in (ROOT / room).rglob("*") if path.suffix in {".py", ".j2"}]
    return [path for path in found if not str(path.relative_to(ROOT)).startswith(MAY_NAME_FORGES)]


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_room_but_the_forges_own_knows_a_forge_by_name(path: Path) -> None:
    assert named(path.read_text(encoding="utf-8")) == []


def test_a_name_would_be_found() -> None:
    assert len(files()) > 50
    assert named("if forge.name == 'GitHub':  # see https://docs.github.com") == ["GitHub"]
