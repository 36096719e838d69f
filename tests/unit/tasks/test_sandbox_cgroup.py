"""Which cgroups are ours to divide, and what is written into one; with plain folders in the kernel's place."""

import os
from pathlib import Path

import pytest

from tasks.sandbox.cgroup import find_delegated, open_group
from tasks.sandbox.limits import Limits

LIMITS = Limits(memory_bytes=1000, processes=7)
IS_ROOT = os.geteuid() == 0


def v2(folder: Path, *, controllers: str = "memory pids") -> Path:
    folder.mkdir(parents=True)
    for name in ("cgroup.controllers", "cgroup.subtree_control", "cgroup.procs"):
        (folder / name).write_text(controllers)
    return folder


def test_nothing_is_taken_that_nobody_handed_over(tmp_path: Path) -> None:
    assert find_delegated(tmp_path, "0::/somewhere\n") == ()
    assert find_delegated(tmp_path, "4:memory:/a\n8:pids:/\n0::/\n") == ()


@pytest.mark.skipif(not IS_ROOT, reason="only for root does being writable mean nothing")
def test_root_may_write_everywhere_and_still_takes_nothing(tmp_path: Path) -> None:
    v2(tmp_path / "worker.service")
    for name in ("memory", "pids"):
        v2(tmp_path / name)
    assert find_delegated(tmp_path, "8:pids:/\n4:memory:/\n0::/worker.service\n") == ()


def test_a_marked_cgroup_is_taken_and_so_is_a_marked_parent(tmp_path: Path) -> None:
    service = v2(tmp_path / "worker.service")
    mark(service)
    (service / "main").mkdir()
    assert find_delegated(tmp_path, "0::/worker.service/main\n") == (service,)


def mark(folder: Path) -> None:
    try:
        os.setxattr(folder, "user.delegate", b"1")
    except OSError:
        pytest.skip("this filesystem keeps no extended attributes")


def test_a_group_holds_the_limits_and_goes_away(tmp_path: Path) -> None:
    parent = v2(tmp_path / "worker.service")
    group = open_group([parent], "run-1", LIMITS)
    assert group is not None
    assert group.version == "v2"
    assert (parent / "run-1").is_dir()
    assert group.verdict() is None
    group.remove()
    assert not (parent / "run-1").exists()


@pytest.mark.parametrize(
    ("file", "content", "verdict"),
    [
        ("memory.events", "max 3\noom 1\noom_kill 1\n", "memory"),
        ("memory.events", "max 3\noom 0\noom_kill 0\n", None),
        ("memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n", "memory"),
        ("pids.events", "max 5\n", "processes"),
        ("pids.events", "max 0\n", None),
    ],
)
def test_the_kernels_counters_are_understood(file: str, content: str, verdict: str | None, tmp_path: Path) -> None:
    group = open_group([v2(tmp_path / "parent")], "run-1", LIMITS)
    assert group is not None
    (tmp_path / "parent" / "run-1" / file).write_text(content)
    assert group.verdict() == verdict


def test_a_promised_cgroup_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_group([tmp_path / "absent"], "run-1", LIMITS)


def test_without_cgroups_there_is_no_group() -> None:
    assert open_group([], "run-1", LIMITS) is None
