"""The compose file is what compose takes, and agrees with the files beside it."""

import datetime as dt
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook
from stories.deployment import CHOICES, FORGES, compose
from stories.deployment import DEPLOY as FOLDER

FILE = FOLDER / "compose.yaml"
TEXT = FILE.read_text(encoding="utf-8")
FILES = {"": FILE, **{forge: FOLDER / f"compose.{forge}.yaml" for forge in FORGES}}
TEXTS = "\n".join(path.read_text(encoding="utf-8") for path in FILES.values())


def services(*forges: str) -> dict[str, Any]:
    return compose(*(forges or ("github", "gitlab")))["services"]


def check(path: Path) -> str:
    """Return what the compose specification's own schema has against a file."""
    argv = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(path)]
    done = subprocess.run(argv, check=False, capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize("name", FILES)
def test_it_is_what_compose_takes(name: str) -> None:
    assert not check(FILES[name])


def test_every_forge_has_its_file_and_every_file_its_forge() -> None:
    assert {*FOLDER.glob("compose*.yaml")} == {*FILES.values()}


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
    found = re.findall(r"(?<!\$)\$\{(\w+):([-?+])([^}]*)\}", text)
    switches = {name for name, kind, _ in found if kind == "+"}
    return {name: words if kind == "-" and name not in switches else "" for name, kind, words in found}


def offered(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))


def test_the_example_environment_names_every_variable_with_its_default() -> None:
    example = offered((FOLDER / ".env.example").read_text(encoding="utf-8"))
    assert example.pop("COMPOSE_FILE") == "compose.yaml:compose.github.yaml"  # compose's own
    assert variables(TEXTS) == example
    assert variables(TEXTS + "${NEW:-x}") != example
    assert not re.search(r"(?<!\$)\$(?!\{\w+:[-?+]|\$)", TEXTS), "a variable without a default"


def loose_ends(parts: dict[str, Any]) -> set[str]:
    """Return secrets' paths that a service's settings name and that it is not given, or the other way round."""
    found = set()
    for service in parts.values():
        named = {name: value for name, value in service.get("environment", {}).items() if name.endswith("_FILE")}
        asked = {value for name, value in named.items() if not name.endswith("_CA_FILE")}
        found |= asked ^ {f"/run/secrets/{name}" for name in service.get("secrets", ())}
    return found


@pytest.mark.parametrize("forges", CHOICES, ids="+".join)
def test_each_service_is_given_the_secrets_that_it_asks_for_and_no_more(forges: tuple[str, ...]) -> None:
    document = compose(*forges)
    assert not loose_ends(document["services"])
    given = {name for service in document["services"].values() for name in service.get("secrets", ())}
    assert document["secrets"].keys() == given
    document["services"]["web"]["secrets"].append("github-app-key.pem")
    assert loose_ends(document["services"]) == {"/run/secrets/github-app-key.pem"}


@pytest.mark.parametrize(
    ("forges", "must"),
    [
        (("github",), {"CODEX_BOT_GITHUB_APP_ID", "CODEX_BOT_MODEL_URL"}),
        (("github-token",), {"CODEX_BOT_LOGIN", "CODEX_BOT_MODEL_URL"}),
        (("gitlab",), {"CODEX_BOT_LOGIN", "CODEX_BOT_MODEL_URL"}),
        (("github", "gitlab"), {"CODEX_BOT_GITHUB_APP_ID", "CODEX_BOT_LOGIN", "CODEX_BOT_MODEL_URL"}),
    ],
)
def test_only_what_the_chosen_forge_needs_must_be_filled_in(forges: tuple[str, ...], must: set[str]) -> None:
    assert {*re.findall(r"\$\{(\w+):\?", str(compose(*forges)))} == must


def test_only_who_has_to_reaches_the_world() -> None:
    assert compose()["networks"]["backstage"] == {"internal": True}
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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("prepare.sh", ".env.example"):
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    return tmp_path


def prepare(folder: Path, *forges: str) -> subprocess.CompletedProcess[str]:
    argv = ["sh", str(folder / "prepare.sh"), *forges]
    return subprocess.run(argv, check=False, capture_output=True, text=True, cwd="/")


def made(folder: Path) -> dict[str, str]:
    paths = [folder / ".env", *(folder / "secrets").iterdir()]
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in paths}


def test_preparing_makes_secrets_for_one_reader_and_keeps_them(folder: Path) -> None:
    first, second = (prepare(folder, "github").returncode or made(folder) for _ in range(2))
    assert first == second
    password = first["secrets/database-password"]
    assert first["secrets/database-url"] == f"postgresql://codex_bot:{password}@postgres:5432/codex_bot"
    assert len(password) == len(first["secrets/github-webhook-secret"]) == 48
    owner = (folder / "secrets" / "database-url").stat()
    assert f"BOT_UID={owner.st_uid}\nBOT_GID={owner.st_gid}\n" in first[".env"]
    assert owner.st_uid != 0
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (folder / "secrets").iterdir()}
    assert modes == {0o600}


@pytest.mark.parametrize("forges", CHOICES, ids="+".join)
def test_preparing_names_the_forges_files_and_what_is_still_to_be_done(forges: tuple[str, ...], folder: Path) -> None:
    done = prepare(folder, *forges)
    assert done.returncode == 0, done.stderr
    files = offered((folder / ".env").read_text(encoding="utf-8"))["COMPOSE_FILE"].split(":")
    assert files == ["compose.yaml", *(f"compose.{forge}.yaml" for forge in forges)]
    lying = {f"./{name}" for name in made(folder)}
    asked = {one["file"] for one in compose(*forges)["secrets"].values()}
    still = {str(folder / path) for path in asked - lying}
    assert still
    assert all(path in done.stdout for path in still)


def test_another_forge_comes_later_and_changes_nothing_else(folder: Path) -> None:
    prepare(folder, "github")
    env = folder / ".env"
    env.write_text(env.read_text(encoding="utf-8").replace("MODEL_URL=", "MODEL_URL=http://m:1"), encoding="utf-8")
    before = made(folder)
    prepare(folder, "github", "gitlab")
    after = made(folder)
    signing = after.pop("secrets/gitlab-webhook-secret")
    assert Webhook(signing).sign("1", _now(), "{}").startswith("v1,")
    assert len(signing) == len("whsec_") + 44
    assert offered(after.pop(".env")) == offered(before.pop(".env")) | {
        "COMPOSE_FILE": "compose.yaml:compose.github.yaml:compose.gitlab.yaml"
    }
    assert after == before


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@pytest.mark.parametrize("forges", [(), ("gitea",), ("github", "gitbucket")])
def test_a_forge_that_there_is_not_is_refused_and_nothing_is_made(forges: tuple[str, ...], folder: Path) -> None:
    done = prepare(folder, *forges)
    assert done.returncode == 2
    assert "gitlab" in done.stderr
    assert {path.name for path in folder.iterdir()} == {"prepare.sh", ".env.example"}


def test_secrets_are_kept_out_of_git_and_of_the_image() -> None:
    assert (FOLDER / ".gitignore").read_text(encoding="utf-8").split() == [".env", "secrets/"]
    assert "infra/deploy" in (FOLDER / "Containerfile.dockerignore").read_text(encoding="utf-8").splitlines()
