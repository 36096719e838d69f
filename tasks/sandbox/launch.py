"""Starts bubblewrap so that nothing of the host travels in, and holds the command until its limits are set."""

import contextlib
import dataclasses
import json
import os
import resource
import select
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tasks.sandbox.account import Account
from tasks.sandbox.arguments import STUBS, Plan, options, system_folders
from tasks.sandbox.cgroup import Group
from tasks.sandbox.failures import Failure, explain, unavailable
from tasks.sandbox.guard import post_guard
from tasks.sandbox.limits import MIB, Limits

BWRAP_PLACES = (Path("/usr/bin/bwrap"), Path("/bin/bwrap"), Path("/usr/local/bin/bwrap"))
START_SECONDS = 10.0


@dataclasses.dataclass(frozen=True, slots=True)
class Order:
    """Everything that a start needs; `place` is the workspace, `rules` the seccomp filter's bytes."""

    bwrap: Path
    account: Account
    place: Path
    argv: Sequence[str]
    mounts: Mapping[str, Path]
    environment: Mapping[str, str]
    limits: Limits
    rules: bytes
    group: Group | None


@dataclasses.dataclass(frozen=True, slots=True)
class Started:
    """A sandbox that runs: the outer bubblewrap, pid 1 of the inner world, our ends of output and status."""

    process: subprocess.Popen[bytes]
    first: int
    first_handle: int
    output: int
    status: int


def find_bwrap(places: Sequence[Path] = BWRAP_PLACES) -> Path:
    """Return bubblewrap's absolute path from a fixed list; PATH is never asked, it may be anybody's."""
    for place in places:
        if place.is_absolute() and os.access(place, os.X_OK):
            return place
    failure = Failure("bubblewrap is not installed", "Install it: `apt install bubblewrap`, `dnf install bubblewrap`.")
    raise unavailable(failure)


def start(order: Order, keep: contextlib.ExitStack) -> Started:
    """Start the command; it begins only after limits and cgroup hold. `keep` closes our descriptors.

    Must be called in a thread that outlives the run: bubblewrap dies with the thread that started it.
    Raises `SandboxUnavailable` when bubblewrap cannot build the sandbox.
    """
    output, output_end = _pipe(keep)
    status, status_end = _pipe(keep)
    with contextlib.ExitStack() as theirs:
        block_end, block = os.pipe()
        keep.callback(os.close, block)
        for end in (output_end, status_end, block_end):
            theirs.callback(os.close, end)
        guard = post_guard(order.account, block, keep)
        process = _spawn(order, theirs, output=output_end, status=status_end, block=block_end, group=guard.group)
        keep.callback(_finish, process)
    first = _read_first(status, time.monotonic() + min(START_SECONDS, order.limits.wall_seconds))
    first_handle = None if first is None else _handle_of(first)
    if first is None or first_handle is None:
        _finish(process)
        raise unavailable(explain(_drain(output)))
    keep.callback(os.close, first_handle)
    _bound(first, first_handle, order)
    guard.tell(first)
    # If it died meanwhile there is no exit status either, and whoever attends it says so.
    with contextlib.suppress(BrokenPipeError):
        os.write(block, b"x")
    return Started(process, first, first_handle, output, status)


def _pipe(keep: contextlib.ExitStack) -> tuple[int, int]:
    ours, theirs = os.pipe()
    keep.callback(os.close, ours)
    return ours, theirs


def _spawn(
    order: Order, theirs: contextlib.ExitStack, *, output: int, status: int, block: int, group: int
) -> subprocess.Popen[bytes]:
    stubs = {inside: _memory_file(text.encode(), theirs) for inside, text in STUBS.items()}
    plan = Plan(
        tree=order.place / "tree",
        results=order.place / "results",
        system=system_folders(),
        mounts=order.mounts,
        stubs=stubs,
        environment=order.environment,
        tmp_bytes=order.limits.tmp_bytes,
        seccomp=_memory_file(order.rules, theirs),
        block=block,
        status=status,
    )
    arguments = _memory_file("".join(f"{option}\0" for option in options(plan)).encode(), theirs)
    try:
        return subprocess.Popen(
            [str(order.bwrap), "--args", str(arguments), "--", *order.argv],
            env={},  # pid 1 keeps what bubblewrap was started with, and the inside can read it
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            close_fds=True,
            pass_fds=(arguments, plan.seccomp, block, status, *stubs.values()),
            umask=0o077,
            process_group=group,
            user=order.account.user,
            group=order.account.group,
            extra_groups=order.account.extra_groups,
        )
    except OSError as error:
        failure = Failure(f"bubblewrap cannot be started ({error.strerror})", "Check its file and our right to setuid.")
        raise unavailable(failure) from error


def _memory_file(content: bytes, keep: contextlib.ExitStack) -> int:
    descriptor = os.memfd_create("codex-sandbox")
    keep.callback(os.close, descriptor)
    with os.fdopen(descriptor, "wb", closefd=False) as file:
        file.write(content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _read_first(status: int, deadline: float) -> int | None:
    """Wait for bubblewrap to name pid 1 of the inner world; None when it ends or stays silent instead."""
    said = b""
    while b"\n" not in said:
        ready, _, _ = select.select([status], [], [], max(deadline - time.monotonic(), 0))
        chunk = os.read(status, 4096) if ready else b""
        if not chunk:
            return None
        said += chunk
    return int(json.loads(said)["child-pid"])


def _handle_of(pid: int) -> int | None:
    """Return a handle of a process; None when it is gone already, as where bubblewrap fails late."""
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        return None


def _drain(output: int) -> str:
    """Read what is there now; somebody else may still hold the other end."""
    os.set_blocking(output, False)
    try:
        return os.read(output, 65536).decode("utf-8", errors="replace")
    except BlockingIOError:
        return "it did not start in time"


def _bound(first: int, handle: int, order: Order) -> None:
    """Set resource limits on pid 1, which waits; all that it starts inherits them.

    From outside and not between fork and exec, where Python code may hang in a program with threads. After the
    user namespace was made, so that the kernel counts processes per sandbox and not per user. And by a program
    that runs as the account, for root in a container mostly lacks CAP_SYS_RESOURCE.
    """
    if order.group is not None:
        with contextlib.suppress(ProcessLookupError):
            order.group.add(first)
    wanted = (f"--{name}={_at_most(kind, value)}" for name, kind, value in _resource_limits(order.limits))
    failed = order.account.run("prlimit", "--pid", str(first), *wanted)
    is_alive = not select.select([handle], [], [], 0)[0]
    # Where it is gone already, nothing runs and whoever attends it reads bubblewrap's last words.
    if failed and is_alive:
        raise unavailable(Failure("resource limits cannot be set", "Install util-linux, which brings `prlimit`."))


def _resource_limits(limits: Limits) -> Iterator[tuple[str, int, int]]:
    """Name every limit in the words of `prlimit` and of the kernel."""
    yield "cpu", resource.RLIMIT_CPU, limits.cpu_seconds
    yield "fsize", resource.RLIMIT_FSIZE, limits.file_bytes
    yield "nofile", resource.RLIMIT_NOFILE, limits.open_files
    yield "nproc", resource.RLIMIT_NPROC, limits.processes
    yield "core", resource.RLIMIT_CORE, 0
    yield "memlock", resource.RLIMIT_MEMLOCK, 0
    yield "stack", resource.RLIMIT_STACK, 8 * MIB


def _at_most(kind: int, value: int) -> int:
    """Stay below our own hard limit, which is also the child's: raising it is not ours to do."""
    _, hard = resource.getrlimit(kind)
    return value if hard == resource.RLIM_INFINITY else min(value, hard)


def _finish(process: subprocess.Popen[bytes]) -> None:
    """End it for good; the inner world goes with it."""
    if process.poll() is None:
        process.kill()
    process.wait(timeout=10)
