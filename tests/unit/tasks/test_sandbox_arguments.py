"""The options of bubblewrap, their order above all: later mounts win."""

from pathlib import Path

import pytest

from tasks.sandbox.arguments import Plan, environment, options, system_folders

PLAN = Plan(
    tree=Path("/scratch/w/tree"),
    results=Path("/scratch/w/results"),
    system={"/usr": None, "/bin": "usr/bin"},
    mounts={"/toolchain": Path("/opt/python")},
    stubs={"/etc/passwd": 7},
    environment={"PATH": "/usr/bin", "CI": "1"},
    tmp_bytes=4096 * 8,
    seccomp=8,
    block=9,
    status=10,
)
TEXT = " ".join(options(PLAN))


@pytest.mark.parametrize(
    "piece",
    [
        "--unshare-user --disable-userns --uid 1000 --gid 1000",
        "--unshare-pid --unshare-net --unshare-ipc --unshare-uts",
        "--new-session --die-with-parent --cap-drop ALL",
        "--ro-bind /usr /usr",
        "--symlink usr/bin /bin",
        "--ro-bind-data 7 /etc/passwd",
        "--size 8192 --tmpfs /dev/shm",
        "--size 32768 --tmpfs /tmp",
        "--ro-bind /opt/python /toolchain",
        "--bind /scratch/w/tree /repo --bind /scratch/w/results /results",
        "--setenv CI 1 --setenv PATH /usr/bin",
        "--seccomp 8 --block-fd 9 --json-status-fd 10",
    ],
)
def test_every_piece_is_there(piece: str) -> None:
    assert piece in TEXT


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("--proc /proc", "--ro-bind /proc/sys /proc/sys"),
        ("--dev /dev", "--tmpfs /dev/shm"),
        ("--tmpfs /dev/shm", "--remount-ro /dev"),
        ("--bind /scratch/w/results /results", "--remount-ro /"),
    ],
)
def test_what_must_come_later_comes_later(first: str, then: str) -> None:
    assert TEXT.index(first) < TEXT.index(then)


@pytest.mark.parametrize("piece", ["-try /", "--ro-bind / /", "--share-net", "--unshare-user-try", "/home", "/run"])
def test_what_would_open_a_wall_is_not_there(piece: str) -> None:
    assert piece not in TEXT.replace("--ro-bind-try /etc/", "")


def test_the_host_decides_which_program_folders_are_links(tmp_path: Path) -> None:
    (tmp_path / "usr").mkdir()
    (tmp_path / "bin").symlink_to("usr/bin")
    (tmp_path / "lib").mkdir()
    assert system_folders(tmp_path) == {"/usr": None, "/bin": "usr/bin", "/lib": None}


def test_a_toolchain_comes_first_in_path_and_the_caller_has_the_last_word() -> None:
    assert environment(["/toolchain"], {"CI": "0", "A": "b"}) == {
        "PATH": "/toolchain/bin:/usr/bin:/bin",
        "HOME": "/tmp",
        "LANG": "C.UTF-8",
        "CI": "0",
        "A": "b",
    }
