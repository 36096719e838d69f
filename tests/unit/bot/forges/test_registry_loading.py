"""Programs load the libraries of those forges that they speak to, and of no other."""

import json
import subprocess
import sys

import pytest

PROGRAM = """
import json, sys
from bot.forges.registry import make_forges
from bot.settings import read_settings
make_forges(read_settings(), speaking=sys.argv[1] == "speaking")
print(json.dumps(sorted(sys.modules)))
"""
GITHUB = {"CODEX_BOT_GITHUB_TOKEN": "t", "CODEX_BOT_GITHUB_WEBHOOK_SECRET": "s"}
GITLAB = {"CODEX_BOT_GITLAB_TOKEN": "t", "CODEX_BOT_GITLAB_WEBHOOK_SECRET": "s"}
LISTENING, SPEAKING = "bot.forges.{}.hooks", "bot.forges.{}.adapter"
LOADED_LATE = {name: {name, LISTENING.format(name), SPEAKING.format(name)} for name in ("github", "gitlab")}


def loaded(part: str, environment: dict[str, str]) -> set[str]:
    argv = [sys.executable, "-c", PROGRAM, part]
    path = {"PYTHONPATH": ":".join(filter(None, sys.path))}
    done = subprocess.run(argv, env={**path, **environment}, capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout)) & (LOADED_LATE["github"] | LOADED_LATE["gitlab"])


@pytest.mark.parametrize(
    ("part", "environment", "wanted"),
    [
        pytest.param("speaking", {}, set(), id="nothing is set up"),
        pytest.param("speaking", GITHUB, LOADED_LATE["github"], id="a worker for GitHub"),
        pytest.param("speaking", GITLAB, LOADED_LATE["gitlab"], id="a worker for GitLab"),
        pytest.param("speaking", GITHUB | GITLAB, LOADED_LATE["github"] | LOADED_LATE["gitlab"], id="for both"),
        pytest.param("listening", GITHUB, {LISTENING.format("github")}, id="a door for GitHub"),
        pytest.param("listening", GITLAB, {LISTENING.format("gitlab")}, id="a door for GitLab"),
    ],
)
def test_what_is_loaded(part: str, environment: dict[str, str], wanted: set[str]) -> None:
    assert loaded(part, environment) == wanted
