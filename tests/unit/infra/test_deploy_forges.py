"""Either forge is enough for a deployment, or both; and each part holds the secrets that it uses, and no more."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from stories.deployment import CHOICES, KUBERNETES, Part, compose, compose_parts, kubernetes, kubernetes_parts

from bot.errors import SettingsError
from bot.forges.registry import github_access, gitlab_access, make_forges
from bot.settings import Settings, read_settings

PATHS = {"compose": "/run/secrets/{forge}-{name}", "kubernetes": "/run/secrets/{folder}/{name}"}
SPOKEN = {"github": "app-key.pem", "github-token": "token", "gitlab": "token"}
FILLED_IN = {
    "CODEX_BOT_GITHUB_APP_ID": "77",
    "CODEX_BOT_LOGIN": "robin",
    "CODEX_BOT_MODEL_URL": "http://model:8080",
    "CODEX_BOT_ALLOWED_BOTS": "7,8",
    "CODEX_BOT_REQUIRE_CONFIG": "1",
    "CODEX_BOT_PUBLIC_URL": "https://bot.example.com",
}
both_worlds = pytest.mark.parametrize("world", PATHS)
each_choice = pytest.mark.parametrize("forges", CHOICES, ids="+".join)


def documents(world: str, forges: tuple[str, ...]) -> Any:
    return compose(*forges) if world == "compose" else kubernetes(*forges)


def parts(world: str, document: Any, given: Mapping[str, str] = FILLED_IN) -> dict[str, Part]:
    return compose_parts(document, given) if world == "compose" else kubernetes_parts(document, given)


def excess(world: str, forges: tuple[str, ...], found: Mapping[str, Part]) -> dict[str, set[str]]:
    """Return, by part, secrets that it has and should not have, or should have and has not."""

    def place(forge: str, name: str) -> str:
        return PATHS[world].format(forge=forge.partition("-")[0], folder=forge, name=name)

    base = {f"/run/secrets/{'codex-bot/' if world == 'kubernetes' else ''}database-url"}
    keys = base | {place(forge, SPOKEN[forge]) for forge in forges}
    signed = base | {place(forge, "webhook-secret") for forge in forges}
    wanted = {"ledger": base, "serve": signed, "work": keys, "sweep": keys}
    return {name: set(part.secrets) ^ wanted[name] for name, part in found.items() if set(part.secrets) != wanted[name]}


@each_choice
@both_worlds
def test_the_door_holds_what_deliveries_are_signed_with_and_the_others_what_opens_the_forge(
    world: str, forges: tuple[str, ...]
) -> None:
    found = parts(world, documents(world, forges))
    assert found.keys() == {"ledger", "serve", "work", "sweep"}
    assert excess(world, forges, found) == {}


def test_a_secret_in_the_wrong_place_is_found() -> None:
    document = compose("gitlab")
    document["services"]["web"]["secrets"].append("gitlab-token")
    assert excess("compose", ("gitlab",), parts("compose", document)) == {"serve": {"/run/secrets/gitlab-token"}}
    manifests = kubernetes("github")
    web = next(one for one in manifests if (one["kind"], one["metadata"]["name"]) == ("Deployment", "web"))
    web["spec"]["template"]["spec"]["volumes"][-1]["secret"]["items"][0]["path"] = "app-key.pem"
    assert excess("kubernetes", ("github",), parts("kubernetes", manifests)).keys() == {"serve"}


def settings_of(part: Part, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Read a part's settings as its process does; every secret is a file that holds its own name."""
    for name, value in part.variables.items():
        path = folder / value.removeprefix("/")
        if value in part.secrets:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("postgresql://x/y" if "database" in value else path.name)
        monkeypatch.setenv(name, str(path) if name.endswith("_FILE") and value else value)
    return read_settings()


@each_choice
@both_worlds
def test_the_door_hears_the_forges_that_were_named(
    world: str, forges: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = parts(world, documents(world, forges))["serve"]
    settings = settings_of(part, tmp_path, monkeypatch)
    assert make_forges(settings).listening() == tuple(forge.partition("-")[0] for forge in forges)
    assert settings.listed_bots == {7, 8}
    assert not settings.secret("github_token")
    assert not settings.secret("gitlab_token")
    assert not settings.app_key()


@pytest.mark.parametrize("command", ["work", "sweep"])
@each_choice
@both_worlds
def test_worker_and_sweeper_have_their_way_in_and_no_webhook_secret(
    world: str, forges: tuple[str, ...], command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(parts(world, documents(world, forges))[command], tmp_path, monkeypatch)
    assert make_forges(settings).listening() == ()
    github, gitlab = github_access(settings), gitlab_access(settings)
    assert bool(github.private_key and github.app_id) is ("github" in forges)
    assert bool(github.token) is ("github-token" in forges)
    assert bool(gitlab.token) is ("gitlab" in forges)
    assert settings.login == ("" if world == "compose" and forges == ("github",) else "robin")
    if command == "work":
        assert (settings.require_config, settings.public_url) == (True, "https://bot.example.com")


@both_worlds
def test_a_key_that_was_not_put_there_is_named_and_not_passed_over(
    world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = parts(world, documents(world, ("gitlab",)))["work"]
    settings = settings_of(part, tmp_path, monkeypatch)
    assert settings.gitlab_token_file
    settings.gitlab_token_file.write_text("")
    with pytest.raises(SettingsError, match=r"CODEX_BOT_GITLAB_TOKEN_FILE .* it is empty"):
        make_forges(settings)


@pytest.mark.parametrize("forge", ["github", "gitlab"])
def test_certificates_of_a_forge_are_named_only_where_there_are_some(forge: str) -> None:
    setting = f"CODEX_BOT_{forge.upper()}_CA_FILE"
    usual = compose_parts(compose(forge))["work"]
    own = compose_parts(compose(forge), {f"{forge.upper()}_CA": "./ca.pem"})["work"]
    [mounted] = compose(forge)["services"]["worker"]["configs"]
    assert (usual.variables[setting], own.variables[setting]) == ("", mounted["target"])
    for part in ("serve", "work", "sweep"):
        assert kubernetes_parts(kubernetes(forge))[part].variables[setting] == ""
        assert _sees_certificates(part)


def _sees_certificates(command: str) -> bool:
    pods = [one["spec"]["template"]["spec"] for one in kubernetes() if one["kind"] == "Deployment"]
    pod = next(pod for pod in pods if pod["containers"][0]["args"] == [command])
    [volume] = [one for one in pod["volumes"] if one["name"] == "certificates"]
    mounts = {mount["name"]: mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]}
    told = (KUBERNETES / "configmap.yaml").read_text(encoding="utf-8")
    return volume["configMap"]["optional"] is True and f" {mounts['certificates']}/gitlab.pem" in told


@both_worlds
def test_without_a_forge_the_door_does_not_open(world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    part = parts(world, documents(world, ()))["serve"]
    assert make_forges(settings_of(part, tmp_path, monkeypatch)).listening() == ()
