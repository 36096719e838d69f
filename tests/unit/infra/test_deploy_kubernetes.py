"""The Kubernetes manifests are what Kubernetes takes, and fit together."""

import copy
from collections.abc import Iterator, Sequence
from typing import Any

import kubernetes_validate
import pytest
import yaml
from stories.deployment import CHOICES, FORGES, kubernetes
from stories.deployment import KUBERNETES as FOLDER

TEMPLATE, KUSTOMIZATION = "secret.template.yaml", "kustomization.yaml"
PATCHED = {"web.yaml": "web", "worker-and-sweeper.yaml": "worker|sweeper"}
OLDEST, NEWEST = "1.33", "1.37"  # user namespaces for pods are on since the oldest
Manifest = dict[str, Any]


def read(name: str) -> list[Manifest]:
    return [*yaml.safe_load_all((FOLDER / name).read_text(encoding="utf-8"))]


FILES = sorted(path.name for path in FOLDER.glob("*.yaml") if path.name != KUSTOMIZATION)
MANIFESTS = kubernetes("github", "gitlab")


def named(kind: str, name: str) -> Manifest:
    found = [one for one in MANIFESTS if (one["kind"], one["metadata"]["name"]) == (kind, name)]
    assert len(found) == 1
    return copy.deepcopy(found[0])


def pods(manifests: Sequence[Manifest]) -> Iterator[Manifest]:
    return (one["spec"]["template"] for one in manifests if one["kind"] in {"Deployment", "Job"})


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda one: f"{one['kind']}-{one['metadata']['name']}")
def test_it_is_what_kubernetes_takes(manifest: Manifest, version: str) -> None:
    assert kubernetes_validate.validate(manifest, version, strict=True) == version
    assert manifest["kind"] == "Namespace" or manifest["metadata"]["namespace"] == "codex-bot"


def test_what_kubernetes_does_not_take_is_found() -> None:
    mistyped, wrong = named("Deployment", "web"), named("Deployment", "web")
    mistyped["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}
    wrong["spec"]["replicas"] = "two"
    for manifest in (mistyped, wrong):
        with pytest.raises(kubernetes_validate.ValidationError):
            kubernetes_validate.validate(manifest, NEWEST, strict=True)


def unlisted(resources: Sequence[str]) -> set[str]:
    """Return what is listed and should not be, or should be and is not."""
    return set(resources) ^ (set(FILES) - {TEMPLATE})


def test_the_kustomization_lists_every_file_but_the_template() -> None:
    resources = read(KUSTOMIZATION)[0]["resources"]
    assert not unlisted(resources)
    assert unlisted(resources[1:]) == {resources[0]}
    assert unlisted([*resources, TEMPLATE]) == {TEMPLATE}  # applied, it would empty the real secret


def test_every_forge_has_its_folder_and_one_is_chosen() -> None:
    assert {path.name for path in (FOLDER / "forges").iterdir()} == {*FORGES}
    assert read(KUSTOMIZATION)[0]["components"] == ["forges/github"]
    for forge in FORGES:
        [component] = read(f"forges/{forge}/{KUSTOMIZATION}")
        patches = {patch["path"]: patch["target"]["name"] for patch in component["patches"]}
        assert (component["kind"], patches) == ("Component", PATCHED)
        assert {path.name for path in (FOLDER / "forges" / forge).iterdir()} == {*patches, TEMPLATE, KUSTOMIZATION}


def test_the_templates_hold_no_secret() -> None:
    templates = [one["stringData"] for one in kubernetes(*FORGES) if one["kind"] == "Secret"]
    assert len(templates) == 1 + len(FORGES)
    assert not any(value for template in templates for value in template.values())


def loose_ends(pod: Manifest, manifests: Sequence[Manifest]) -> Iterator[str]:
    """Name keys of secrets and files that a pod asks for and nobody gives."""
    secrets = {one["metadata"]["name"]: one["stringData"].keys() for one in manifests if one["kind"] == "Secret"}
    keys = secrets["codex-bot"]
    volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
    for container in pod["spec"]["containers"]:
        files = set()
        for mount in container["volumeMounts"]:
            secret = volumes[mount["name"]].get("secret", {"secretName": "codex-bot", "items": ()})
            yield from (item["key"] for item in secret["items"] if item["key"] not in secrets[secret["secretName"]])
            files |= {f"{mount['mountPath']}/{item['path']}" for item in secret["items"]}
        for variable in container["env"]:
            key = variable.get("valueFrom", {}).get("secretKeyRef", {}).get("key")
            if key is not None and key not in keys:
                yield key
            if variable["name"].endswith("_FILE") and variable["value"] not in files:
                yield variable["value"]


@pytest.mark.parametrize("forges", CHOICES, ids="+".join)
def test_every_secret_that_is_asked_for_is_given(forges: tuple[str, ...]) -> None:
    manifests = kubernetes(*forges)
    assert [end for pod in pods(manifests) for end in loose_ends(pod, manifests)] == []


def test_a_secret_that_nobody_gives_is_found() -> None:
    pod = named("Deployment", "web")["spec"]["template"]
    pod["spec"]["volumes"][2]["secret"]["items"][0] = {"key": "database", "path": "database"}
    pod["spec"]["volumes"][-1]["secret"]["items"][0]["key"] = "app-key.pem"
    ends = {"database", "/run/secrets/codex-bot/database-url", "app-key.pem"}
    assert {*loose_ends(pod, MANIFESTS)} == ends


def labels_of(component: str) -> Manifest:
    return next(
        pod["metadata"]["labels"]
        for pod in pods(MANIFESTS)
        if pod["metadata"]["labels"]["app.kubernetes.io/component"] == component
    )


def test_selectors_find_their_pods() -> None:
    for name in ("web", "worker", "sweeper"):
        assert named("Deployment", name)["spec"]["selector"]["matchLabels"] == labels_of(name)
    for name in ("web", "worker"):
        assert named("PodDisruptionBudget", name)["spec"]["selector"]["matchLabels"] == labels_of(name)
    assert named("Service", "web")["spec"]["selector"] == labels_of("web")


def test_old_and_new_run_side_by_side() -> None:
    for name in ("web", "worker", "sweeper"):
        strategy = named("Deployment", name)["spec"]["strategy"]
        assert strategy == {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}
    assert named("Deployment", "web")["spec"]["replicas"] == 2


def test_no_service_becomes_a_setting() -> None:
    # Kubernetes would set CODEX_BOT_WEB_PORT=tcp://10.0.0.1:80 for a service called codex-bot-web.
    assert all(pod["spec"]["enableServiceLinks"] is False for pod in pods(MANIFESTS))


def reach(component: str, manifests: Sequence[Manifest]) -> set[int]:
    """Return the TCP ports that policies let a component's pods reach."""
    found: set[int] = set()
    for policy in manifests:
        if policy["kind"] == "NetworkPolicy" and _selects(policy["spec"]["podSelector"], labels_of(component)):
            rules = policy["spec"].get("egress", ())
            found |= {port["port"] for rule in rules for port in rule["ports"] if port["protocol"] == "TCP"}
    return found


def _selects(selector: Manifest, labels: Manifest) -> bool:
    asked = selector.get("matchExpressions", ())
    return selector.get("matchLabels", {}).items() <= labels.items() and all(
        one["operator"] == "In" and labels.get(one["key"]) in one["values"] for one in asked
    )


@pytest.mark.parametrize(
    ("component", "ports"),
    [
        ("web", {53, 5432, 6379}),
        ("worker", {53, 443, 5432, 6379, 8080}),
        ("sweeper", {53, 443, 5432, 6379}),
        ("ledger-upgrade", {53, 5432}),
    ],
)
def test_each_reaches_what_it_needs_and_no_more(component: str, ports: set[int]) -> None:
    closed = named("NetworkPolicy", "nothing-else")["spec"]
    assert closed == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert reach(component, MANIFESTS) == ports


def test_a_policy_that_opens_too_much_is_found() -> None:
    policy = named("NetworkPolicy", "forge")
    policy["spec"]["podSelector"] = {}
    assert 443 in reach("web", [*MANIFESTS, policy])
