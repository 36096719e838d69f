"""What compose and kustomize make of infra/deploy for the forges that somebody names."""

import dataclasses
import functools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

DEPLOY = Path(__file__).parents[2] / "infra" / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
FORGES = ("github", "github-token", "gitlab")
CHOICES = (*((forge,) for forge in FORGES), ("github", "gitlab"))
Manifest = dict[str, Any]


def compose(*forges: str) -> Manifest:
    """Return compose.yaml with the files of forges over it."""
    names = ["compose.yaml", *(f"compose.{forge}.yaml" for forge in forges)]
    documents = [yaml.safe_load((DEPLOY / name).read_text(encoding="utf-8")) for name in names]
    return _unshared(functools.reduce(merged, documents))


def merged(under: Any, over: Any) -> Any:
    """Merge as compose does: mappings by key, and sequences one after the other.

    https://docs.docker.com/reference/compose-file/merge/
    """
    if isinstance(under, dict) and isinstance(over, dict):
        return under | {key: merged(under[key], value) if key in under else value for key, value in over.items()}
    return [*under, *over] if isinstance(under, list) and isinstance(over, list) else over


def fill(text: str, given: Mapping[str, str] | None = None) -> str:
    """Fill in variables as compose does, with nothing set but what is `given` and what must be."""

    def value(found: re.Match[str]) -> str:
        name, kind, words = found.groups()
        is_set = bool(given and given.get(name))
        if kind == "+":
            return words if is_set else ""
        return given[name] if given and is_set else {"-": words, "?": "1"}[kind]

    return re.sub(r"(?<!\$)\$\{(\w+):([-+?])([^}]*)\}", value, text)


def kubernetes(*forges: str) -> list[Manifest]:
    """Return the manifests of the kustomization, patched for forges, and the templates of the secrets."""
    manifests = [
        one for path in sorted(KUBERNETES.glob("*.yaml")) for one in _read(path) if one["kind"] != "Kustomization"
    ]
    for forge in forges:
        folder = KUBERNETES / "forges" / forge
        [component] = _read(folder / "kustomization.yaml")
        for patch in component["patches"]:
            [operations] = _read(folder / patch["path"])
            for manifest in _targets(manifests, patch["target"]):
                for operation in operations:
                    _add(manifest, **operation)
        manifests += _read(folder / "secret.template.yaml")
    return manifests


def _read(path: Path) -> list[Any]:
    return [_unshared(one) for one in yaml.safe_load_all(path.read_text(encoding="utf-8"))]


def _unshared(document: Any) -> Any:
    """Return a copy in which nothing is one object with something else, as anchors make it."""
    return json.loads(json.dumps(document))


def _targets(manifests: Sequence[Manifest], target: Mapping[str, str]) -> Iterator[Manifest]:
    for one in manifests:
        if one["kind"] == target["kind"] and re.fullmatch(target["name"], one["metadata"]["name"]):
            yield one


def _add(manifest: Manifest, *, op: str, path: str, value: Any) -> None:
    """Do the one operation of RFC 6902 that the patches use: append to a list."""
    *steps, last = path.removeprefix("/").split("/")
    assert (op, last) == ("add", "-"), f"only appending is known here, not {op} {path}"
    place: Any = manifest
    for step in steps:
        place = place[int(step) if isinstance(place, list) else step]
    place.append(_unshared(value))


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """One container of the bot: its settings, and the secrets that lie in it, by their paths."""

    variables: Mapping[str, str]
    secrets: frozenset[str]


def compose_parts(document: Manifest, given: Mapping[str, str] | None = None) -> dict[str, Part]:
    """Return web, worker, sweeper and the upgrade by their commands; `given` is what stands in .env."""
    return {
        service["command"][0]: Part(
            {name: fill(value, given) for name, value in service["environment"].items()},
            frozenset(f"/run/secrets/{name}" for name in service["secrets"]),
        )
        for service in document["services"].values()
        if service["image"].startswith("${BOT_IMAGE")
    }


def kubernetes_parts(manifests: Sequence[Manifest], given: Mapping[str, str] | None = None) -> dict[str, Part]:
    """Return web, worker, sweeper and the upgrade by their commands; `given` is what stands in configmap.yaml."""
    [shared] = [one["data"] for one in manifests if one["kind"] == "ConfigMap"]
    pods = [one["spec"]["template"]["spec"] for one in manifests if one["kind"] in {"Deployment", "Job"}]
    return {pod["containers"][0]["args"][0]: _of_pod(pod, shared | (given or {})) for pod in pods}


def _of_pod(pod: Manifest, shared: Mapping[str, str]) -> Part:
    [container] = pod["containers"]
    variables = {one["name"]: one["value"] for one in container["env"] if "value" in one}
    places = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    return Part(
        {**(shared if "envFrom" in container else {}), **variables},
        frozenset(
            f"{places[volume['name']]}/{item['path']}"
            for volume in pod["volumes"]
            for item in volume.get("secret", {}).get("items", ())
        ),
    )
