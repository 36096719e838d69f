"""The compose file is what compose takes, and agrees with the files beside it."""

import copy
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).parents[3] / "infra" / "deploy"
FILE = FOLDER / "compose.yaml"
TEXT = FILE.read_text(encoding="utf-8")


def services() -> dict[str, Any]:
    return copy.deepcopy(yaml.safe_load(TEXT)["services"])


def check(path: Path) -> str:
    """Return what the compose specification's own schema has against a file."""
    argv = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(path)]
    done = subprocess.run(argv, check=False, capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_it_is_what_compose_takes() -> None:
    assert not check(FILE)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("cap_drop: [ALL]", "cap_drop: ALL"),
        ("stop_grace_period: 90s", "stop_grace_period: [90]"),
        ("start_period: 120s", "start_periode: 120s"),
    ],
)
def test_what_compose_does_not_take_is_found(right: str, wrong: str, tmp_path: Path) -> None:
    path = tmp_path / "compose.yaml"
    path.write_text(TEXT.replace(right, wrong), encoding="utf-8")
    assert "schema" in check(path).lower()


def variables(text: str) -> dict[str, str]:
    """Return what compose asks of the environment: name -> default, empty where it must be given."""
    found = re.findall(r"(?<!\$)\$\{(\w+):([-?])([^}]*)\}", text)
    return {name: words if kind == "-" else "" for name, kind, words in found}


def offered(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))


def test_the_example_environment_names_every_variable_with_its_default() -> None:
    example = (FOLDER / ".env.example").read_text(encoding="utf-8")
    assert variables(TEXT) == offered(example)
    assert variables(TEXT + "${NEW:-x}") != offered(example)
    assert not re.search(r"(?<!\$)\$(?!\{\w+:[-?]|\$)", TEXT), "a variable without a default"


def loose_ends(parts: dict[str, Any]) -> set[str]:
    """Return secrets' paths that a service's settings name and that it is not given, or the other way round."""
    found = set()
    for service in parts.values():
        asked = {value for name, value in service.get("environment", {}).items() if name.endswith("_FILE")}
        found |= asked ^ {f"/run/secrets/{name}" for name in service.get("secrets", ())}
    return found


def test_each_service_is_given_the_secrets_that_it_asks_for_and_no_more() -> None:
    assert not loose_ends(services())
    changed = services()
    changed["web"]["secrets"].append("app-key.pem")
    assert loose_ends(changed) == {"/run/secrets/app-key.pem"}


def test_only_who_has_to_reaches_the_world() -> None:
    document = yaml.safe_load(TEXT)
    assert document["networks"]["backstage"] == {"internal": True}
    assert {name for name, one in services().items() if one["networks"] != ["backstage"]} == {
        "web",
        "worker",
        "sweeper",
    }
    assert {name for name, one in services().items() if "ports" in one} == {"web"}


def test_nothing_starts_before_the_ledger_is_of_its_version() -> None:
    parts = services()
    assert parts["upgrade"]["command"] == ["ledger", "upgrade"]
    for name in ("web", "worker", "sweeper"):
        assert parts[name]["depends_on"]["upgrade"] == {"condition": "service_completed_successfully"}


def test_redis_keeps_nothing_and_drops_nothing_silently() -> None:
    words = " ".join(services()["redis"]["command"])
    assert all(word in words for word in ("--save  --appendonly no", "--maxmemory-policy noeviction"))


def test_preparing_makes_secrets_for_one_reader_and_keeps_them(tmp_path: Path) -> None:
    for name in ("prepare.sh", ".env.example"):
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    first, second = (_prepare(tmp_path) for _ in range(2))
    assert first == second
    password = first["secrets/database-password"]
    assert first["secrets/database-url"] == f"postgresql://codex_bot:{password}@postgres:5432/codex_bot"
    assert len(password) == len(first["secrets/webhook-secret"]) == 48
    owner = (tmp_path / "secrets" / "database-url").stat()
    assert f"BOT_UID={owner.st_uid}\nBOT_GID={owner.st_gid}\n" in first[".env"]
    assert owner.st_uid != 0
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "secrets").iterdir()}
    assert modes == {0o600}


def _prepare(folder: Path) -> dict[str, str]:
    subprocess.run(["sh", str(folder / "prepare.sh")], check=True, capture_output=True, cwd="/")
    paths = [folder / ".env", *(folder / "secrets").iterdir()]
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in paths}


def test_secrets_are_kept_out_of_git_and_of_the_image() -> None:
    assert (FOLDER / ".gitignore").read_text(encoding="utf-8").split() == [".env", "secrets/"]
    assert "infra/deploy" in (FOLDER / "Containerfile.dockerignore").read_text(encoding="utf-8").splitlines()
