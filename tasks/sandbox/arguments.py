"""The options that make bubblewrap a boundary, in the order in which it applies them."""

import dataclasses
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

REPO = "/repo"
RESULTS = "/results"
INSIDE_ID = 1000

# Files of /etc that programs need to start, find certificates and tell the time. Nothing else of /etc is there.
ETC = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "ssl/certs", "localtime")
STUBS = {
    "/etc/passwd": f"root:x:0:0:root:/:/bin/sh\nsandbox:x:{INSIDE_ID}:{INSIDE_ID}:sandbox:/tmp:/bin/sh\n",
    "/etc/group": f"root:x:0:\nsandbox:x:{INSIDE_ID}:\n",
    "/etc/hosts": "127.0.0.1 localhost sandbox\n::1 localhost\n",
    "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}
_SYSTEM = ("usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32")
_OWN_PLACES = frozenset(f"/{name}" for name in ("repo", "results", "tmp", "proc", "dev", "etc", *_SYSTEM))


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """Everything that differs from run to run.

    `system` maps the host's top folders of programs to the target of their symlink, or to None where they
    are real folders. `stubs` maps a path inside to an open descriptor with its content.
    """

    tree: Path
    results: Path
    system: Mapping[str, str | None]
    mounts: Mapping[str, Path]
    stubs: Mapping[str, int]
    environment: Mapping[str, str]
    tmp_bytes: int
    seccomp: int
    block: int
    status: int


def options(plan: Plan) -> list[str]:
    """Return the options; they travel through a descriptor, for the command line of pid 1 is readable inside."""
    parts: Iterable[Sequence[str]] = (
        *_namespaces(),
        *_system(plan),
        *_devices(plan),
        *(("--ro-bind", str(source), inside) for inside, source in sorted(plan.mounts.items())),
        ("--bind", str(plan.tree), REPO),
        ("--bind", str(plan.results), RESULTS),
        # Both are tmpfs without a size: writable they would be memory that nobody bounds.
        ("--remount-ro", "/dev", "--remount-ro", "/"),
        ("--chdir", REPO),
        *(("--setenv", name, value) for name, value in sorted(plan.environment.items())),
        ("--seccomp", str(plan.seccomp)),
        ("--block-fd", str(plan.block)),
        ("--json-status-fd", str(plan.status)),
    )
    return list(itertools.chain.from_iterable(parts))


def _namespaces() -> Iterator[Sequence[str]]:
    yield ("--unshare-user", "--disable-userns", "--uid", str(INSIDE_ID), "--gid", str(INSIDE_ID))
    yield ("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try")
    yield ("--hostname", "sandbox", "--new-session", "--die-with-parent", "--cap-drop", "ALL")


def _system(plan: Plan) -> Iterator[Sequence[str]]:
    for folder, target in sorted(plan.system.items()):
        yield ("--ro-bind", folder, folder) if target is None else ("--symlink", target, folder)
    yield ("--perms", "0755", "--dir", "/etc")
    for name in ETC:
        yield ("--ro-bind-try", f"/etc/{name}", f"/etc/{name}")
    for inside, descriptor in sorted(plan.stubs.items()):
        yield ("--perms", "0444", "--ro-bind-data", str(descriptor), inside)


def _devices(plan: Plan) -> Iterator[Sequence[str]]:
    yield ("--proc", "/proc")
    # bubblewrap leaves /proc/sys writable when it believes to be an ordinary user in the wrong way: say it ourselves.
    yield ("--ro-bind", "/proc/sys", "/proc/sys")
    yield ("--dev", "/dev")
    # --size and --perms speak about the very next option, so they stand directly before their --tmpfs.
    yield ("--perms", "1777", "--size", str(max(plan.tmp_bytes // 4, 4096)), "--tmpfs", "/dev/shm")  # noqa: S108
    yield ("--perms", "1777", "--size", str(max(plan.tmp_bytes, 4096)), "--tmpfs", "/tmp")  # noqa: S108


def system_folders(root: Path = Path("/")) -> dict[str, str | None]:
    """Say which of the host's program folders are real and which are symlinks, for `Plan.system`."""
    found: dict[str, str | None] = {}
    for name in _SYSTEM:
        path = root / name
        if path.is_symlink():
            found[f"/{name}"] = str(path.readlink())
        elif path.is_dir():
            found[f"/{name}"] = None
    return found


def environment(mounts: Iterable[str], extra: Mapping[str, str]) -> dict[str, str]:
    """Return the whole environment of the command: five fixed variables and the caller's."""
    path = ":".join([*(f"{inside}/bin" for inside in mounts), "/usr/bin", "/bin"])
    return {"PATH": path, "HOME": "/tmp", "LANG": "C.UTF-8", "CI": "1", **extra}  # noqa: S108


def check_mount_point(inside: str) -> None:
    """Raise `ValueError` unless a toolchain may be mounted there: absolute, plain, and no place of our own."""
    parts = inside.split("/")
    if not inside.startswith("/") or any(part in {"", ".", ".."} for part in parts[1:]):
        raise ValueError(f"A mount point must be a plain absolute path: {inside!r}")
    if f"/{parts[1]}" in _OWN_PLACES:
        raise ValueError(f"This mount point is the sandbox's own: {inside!r}")
