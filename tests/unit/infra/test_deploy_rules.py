"""What every container of a deployment must be, in Kubernetes and under compose; each rule catches its breach."""

import dataclasses
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import pytest
from stories.deployment import compose, fill, kubernetes

from actions.cli import SUBCOMMANDS
from bot.settings import PREFIX, Settings
from tasks.sandbox import Limits

ROOT = Path(__file__).parents[3]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
SIZES = {"m": 1024**2, "g": 1024**3, "Mi": 1024**2, "Gi": 1024**3}
# Seconds from SIGTERM to SIGKILL that a part needs: what it does then, and some more.
GRACE = {"work": 60, "serve": 20}
DEFAULT_SLOTS = int(Settings.model_fields["worker_slots"].default)


@dataclasses.dataclass(frozen=True, slots=True)
class Container:
    """What both worlds say about one container, in one set of words; `limits` in bytes and processors as text."""

    name: str
    image: str
    arguments: Sequence[str]
    variables: Mapping[str, str]
    limits: Mapping[str, str]
    is_watched: bool
    ends_by_itself: bool
    read_only: bool
    privileges: Sequence[str]
    grace_seconds: float

    @property
    def is_bot(self) -> bool:
        return self.image.startswith("codex-bot:")


def in_kubernetes(documents: Sequence[dict[str, Any]]) -> Iterator[Container]:
    given = {doc["metadata"]["name"]: doc["data"] for doc in documents if doc["kind"] == "ConfigMap"}
    for doc in documents:
        if doc["kind"] in {"Deployment", "Job"}:
            pod = doc["spec"]["template"]["spec"]
            for container in [*pod.get("initContainers", ()), *pod["containers"]]:
                yield _of_pod(doc["kind"], pod, container, given)


def _of_pod(kind: str, pod: dict[str, Any], container: dict[str, Any], given: Mapping[str, Any]) -> Container:
    rights = pod.get("securityContext", {}) | container.get("securityContext", {})
    variables = {entry["name"]: str(entry.get("value", "")) for entry in container.get("env", ())}
    for source in container.get("envFrom", ()):
        variables |= given[source["configMapRef"]["name"]]
    before = container.get("lifecycle", {}).get("preStop", {}).get("exec", {}).get("command", ["sleep", "0"])
    return Container(
        name=container["name"],
        image=container["image"],
        arguments=container.get("args", ()),
        variables=variables,
        limits=container.get("resources", {}).get("limits", {}),
        is_watched="livenessProbe" in container,
        ends_by_itself=kind == "Job",
        read_only=rights.get("readOnlyRootFilesystem", False),
        privileges=[*_pod_privileges(pod, rights)],
        grace_seconds=pod.get("terminationGracePeriodSeconds", 30) - float(before[1]),
    )


def _pod_privileges(pod: dict[str, Any], rights: dict[str, Any]) -> Iterator[str]:
    yield from (name for name in ("hostNetwork", "hostPID", "hostIPC") if pod.get(name))
    yield from ("hostPath" for volume in pod.get("volumes", ()) if "hostPath" in volume)
    wanted = {"runAsNonRoot": True, "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    yield from (name for name, value in wanted.items() if rights.get(name) != value)
    if rights.get("privileged") or rights.get("runAsUser", 0) == 0:
        yield "root or privileged"
    # Without the host's users even an unmasked /proc is not the host's to lose.
    if rights.get("procMount") == "Unmasked" and pod.get("hostUsers") is not False:
        yield "procMount"
    if rights.get("seccompProfile", {}).get("type") not in {"RuntimeDefault", "Localhost"}:
        yield "seccompProfile"


def under_compose(document: dict[str, Any]) -> Iterator[Container]:
    for name, service in document["services"].items():
        yield Container(
            name=name,
            image=fill(service["image"]),
            arguments=service.get("command", ()),
            variables={key: fill(str(value)) for key, value in service.get("environment", {}).items()},
            limits={
                key.removesuffix("s"): fill(str(value))
                for key, value in service.get("deploy", {}).get("resources", {}).get("limits", {}).items()
            },
            is_watched="healthcheck" in service,
            ends_by_itself=service.get("restart") == "no",
            read_only=service.get("read_only", False),
            privileges=[*_service_privileges(service)],
            grace_seconds=float(service.get("stop_grace_period", "10s").removesuffix("s")),
        )


def _service_privileges(service: dict[str, Any]) -> Iterator[str]:
    yield from (name for name in ("privileged", "network_mode", "pid", "ipc", "devices") if service.get(name))
    options = service.get("security_opt", ())
    if service.get("cap_drop") != ["ALL"]:
        yield "cap_drop"
    if "no-new-privileges:true" not in options:
        yield "no-new-privileges"
    if "seccomp=unconfined" in options:
        yield "seccomp"
    user = fill(service.get("user", "0")).partition(":")[0]
    if user in {"0", "root"} and not service["image"].startswith("${POSTGRES_IMAGE"):
        yield "root"
    if any("docker.sock" in str(volume) or str(volume).startswith(("/", ".")) for volume in service.get("volumes", ())):
        yield "a folder of the host"


def problems(container: Container) -> Iterator[str]:
    if missing := {"cpu", "memory"} - container.limits.keys():
        yield f"no limit of {sorted(missing)}"
    if not container.is_watched and not container.ends_by_itself:
        yield "nobody looks whether it lives"
    if not re.fullmatch(r"[a-z0-9./-]+:(?!latest$)[\w.-]+|.+@sha256:[0-9a-f]{64}", container.image):
        yield f"the image {container.image} is not pinned"
    if not container.read_only:
        yield "its root can be written"
    if container.privileges:
        yield f"too many privileges: {container.privileges}"
    if container.is_bot:
        yield from _problems_of_the_bot(container)


def _problems_of_the_bot(container: Container) -> Iterator[str]:
    if not container.image.endswith(f":{VERSION}"):
        yield f"the image is not of version {VERSION}"
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    if strangers := {name for name in container.variables if name.startswith(PREFIX)} - known:
        yield f"no such settings: {sorted(strangers)}"
    if not is_a_subcommand(container.arguments):
        yield f"no such subcommand: {' '.join(container.arguments)}"
    elif container.grace_seconds < GRACE.get(container.arguments[0], 10):
        yield f"killed after {container.grace_seconds:g} s of grace"
    if [*container.arguments] == ["work"] and "memory" in container.limits:
        slots = int(container.variables.get("CODEX_BOT_WORKER_SLOTS", DEFAULT_SLOTS))
        if in_bytes(container.limits["memory"]) < slots * Limits().memory_bytes + SIZES["g"] // 2:
            yield "less memory than its slots may take"


def is_a_subcommand(arguments: Sequence[str]) -> bool:
    if not arguments or arguments[0] not in SUBCOMMANDS:
        return False
    command = SUBCOMMANDS[arguments[0]].load()
    for word in arguments[1:]:
        if not isinstance(command, click.Group) or word not in command.commands:
            return False
        command = command.commands[word]
    return not isinstance(command, click.Group)


def in_bytes(text: str) -> int:
    number, unit = re.fullmatch(r"(\d+)(\w+)", text).groups()
    return int(number) * SIZES[unit]


IN_KUBERNETES = [*in_kubernetes(kubernetes("github", "gitlab"))]
UNDER_COMPOSE = [*under_compose(compose("github", "gitlab"))]


def test_every_part_runs_in_both_worlds() -> None:
    wanted = {("serve",), ("work",), ("sweep",), ("ledger", "upgrade")}
    assert {tuple(container.arguments) for container in IN_KUBERNETES} == wanted
    assert {tuple(container.arguments) for container in UNDER_COMPOSE if container.is_bot} == wanted


@pytest.mark.parametrize("container", IN_KUBERNETES, ids=lambda container: container.name)
def test_in_kubernetes_every_rule_holds(container: Container) -> None:
    assert not [*problems(container)]


@pytest.mark.parametrize("container", UNDER_COMPOSE, ids=lambda container: container.name)
def test_under_compose_every_rule_holds(container: Container) -> None:
    assert not [*problems(container)]


def _set(place: dict[str, Any], *path: str | int, value: Any) -> None:
    for step in path[:-1]:
        place = place[step]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value


FIRST = ("containers", 0)
IN_A_POD = {
    "no limit": ((*FIRST, "resources", "limits", "memory"), None),
    "nobody looks": ((*FIRST, "livenessProbe"), None),
    "is not pinned": ((*FIRST, "image"), "codex-bot:latest"),
    "is not of version": ((*FIRST, "image"), "codex-bot:0.0.1"),
    "can be written": ((*FIRST, "securityContext", "readOnlyRootFilesystem"), False),
    "'root or privileged'": ((*FIRST, "securityContext", "privileged"), True),
    "'allowPrivilegeEscalation'": ((*FIRST, "securityContext", "allowPrivilegeEscalation"), None),
    "'capabilities'": ((*FIRST, "securityContext", "capabilities"), {"drop": ["ALL"], "add": ["SYS_ADMIN"]}),
    "'procMount'": (("hostUsers",), True),
    "'seccompProfile'": (("securityContext", "seccompProfile"), {"type": "Unconfined"}),
    "'hostNetwork'": (("hostNetwork",), True),
    "'hostPath'": (("volumes", 0), {"name": "data", "hostPath": {"path": "/"}}),
    "no such settings": ((*FIRST, "env", 0, "name"), "CODEX_BOT_DATABASE_URI_FILE"),
    "no such subcommand": ((*FIRST, "args"), ["labour"]),
    "of grace": (("terminationGracePeriodSeconds",), 30),
    "less memory": ((*FIRST, "resources", "limits", "memory"), "3Gi"),
}
IN_A_SERVICE = {
    "no limit": (("deploy", "resources", "limits", "memory"), None),
    "nobody looks": (("healthcheck",), None),
    "is not pinned": (("image",), "codex-bot:latest"),
    "can be written": (("read_only",), False),
    "'privileged'": (("privileged",), True),
    "'cap_drop'": (("cap_drop",), None),
    "'no-new-privileges'": (("security_opt", 0), "label=disable"),
    "'seccomp'": (("security_opt", 1), "seccomp=unconfined"),
    "'root'": (("user",), None),
    "'a folder of the host'": (("volumes", 0), "/var/run/docker.sock:/var/run/docker.sock"),
    "no such settings": (("environment", "CODEX_BOT_MODEL"), "x"),
    "no such subcommand": (("command",), ["ledger", "downgrade"]),
    "of grace": (("stop_grace_period",), None),
    "less memory": (("environment", "CODEX_BOT_WORKER_SLOTS"), "4"),
}


@pytest.mark.parametrize("words", IN_A_POD)
def test_in_kubernetes_a_breach_is_found(words: str) -> None:
    documents = kubernetes("gitlab")
    worker = next(doc for doc in documents if (doc["kind"], doc["metadata"]["name"]) == ("Deployment", "worker"))
    _found(words, IN_A_POD, worker["spec"]["template"]["spec"], lambda: in_kubernetes(documents))


@pytest.mark.parametrize("words", IN_A_SERVICE)
def test_under_compose_a_breach_is_found(words: str) -> None:
    document = compose("gitlab")
    _found(words, IN_A_SERVICE, document["services"]["worker"], lambda: under_compose(document))


def _found(
    words: str, table: Mapping[str, Any], place: dict[str, Any], containers: Callable[[], Iterator[Container]]
) -> None:
    path, value = table[words]
    _set(place, *path, value=value)
    worker = next(container for container in containers() if container.name == "worker")
    assert any(words in problem for problem in problems(worker)), [*problems(worker)]
