"""Tries F1 to F6, 34, 37 and R17 to R19: what is refused on the way in and on the way out, and in whose words."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.errors import UserError
from tasks.sandbox import Limits, Sandbox, SandboxUnavailable, self_test
from tasks.sandbox.launch import BWRAP_PLACES

# What bubblewrap says on machines that we do not have, and a word of the mend that people need there.
WORDS = [
    ("loopback: Failed RTM_NEWADDR: Operation not permitted", "apparmor"),
    ("setting up uid map: Permission denied", "apparmor"),
    ("setting up uid map: Operation not permitted", "CAP_SETFCAP"),
    (
        "No permissions to create new namespace, likely because the kernel does not allow non-privileged user",
        "seccomp",
    ),
    ("Creating new namespace failed: Operation not permitted", "ordinary user"),
    ("Creating new namespace failed: nesting depth or /proc/sys/user/max_*_namespaces exceeded (ENOSPC)", "sysctl"),
    ("Failed to make / slave: Permission denied", "apparmor=unconfined"),
    ("pivot_root: Operation not permitted", "pivot_root"),
    ("Can't mount proc on /newroot/proc: Operation not permitted", "systempaths=unconfined"),
    ("Can't open /proc/sys/kernel/overflowuid: No such file or directory", "ProcSubset"),
    ("Can't find source path /toolchain: No such file or directory", "mounts"),
    ("Unknown option --disable-userns", "0.8"),
    ("something that nobody has seen before", "codex-bot doctor"),
]


@pytest.fixture
def open_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="codex-fake-") as place:
        folder = Path(place)
        folder.chmod(0o755)
        yield folder


def fake_bwrap(folder: Path, script: str) -> Path:
    path = folder / "bwrap"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def assert_nothing_runs(sandbox: Sandbox, tree: Path) -> SandboxUnavailable:
    with pytest.raises(SandboxUnavailable) as caught:
        sandbox.run(tree, ["touch", "/repo/ran"])
    assert "Nothing was run" in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.mend
    assert caught.value.message.count("The sandbox cannot be used") == 1
    return caught.value


def test_f1_without_bubblewrap_nothing_runs(tree: Path, tmp_path: Path) -> None:
    missing = [tmp_path / "bwrap"]
    proof = self_test(places=missing)
    assert (proof.ok, proof.rung) == (False, "none")
    assert "apt install bubblewrap" in proof.mend
    assert_nothing_runs(Sandbox(places=missing), tree)


def test_f2_a_bwrap_in_path_is_never_asked(sandbox: Sandbox, tree: Path, open_folder: Path) -> None:
    fake_bwrap(open_folder, "echo fooled; exit 0")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PATH", str(open_folder))
        assert sandbox.run(tree, ["echo", "real"]).output == "real\n"
    assert all(place.is_absolute() for place in BWRAP_PLACES)


# Names as pid 1 of the inner world a process that has ended, and is collected, before anybody can look at it.
GONE_AT_ONCE = """
exec /bin/bash -c '
status=$(tr "\\0" "\\n" <&"$2" | sed -n "/^--json-status-fd$/{n;p}")
true & gone=$!
wait "$gone"
echo "bwrap: pivot_root: Operation not permitted" >&2
echo "{\\"child-pid\\": $gone}" >&"$status"
exit 1
' bwrap "$@"
"""


def test_f3_an_inner_world_that_is_gone_before_it_is_looked_at_runs_nothing(tree: Path, open_folder: Path) -> None:
    error = assert_nothing_runs(Sandbox(places=[fake_bwrap(open_folder, GONE_AT_ONCE)]), tree)
    assert "pivot_root" in error.message


@pytest.mark.parametrize(("words", "mend"), WORDS)
def test_f3_a_failing_bubblewrap_means_that_nothing_runs(words: str, mend: str, tree: Path, open_folder: Path) -> None:
    fake = fake_bwrap(open_folder, f'echo "bwrap: {words}" >&2; exit 1')
    error = assert_nothing_runs(Sandbox(places=[fake]), tree)
    assert words in error.message
    assert mend in error.mend


# The status descriptor stands among the options, which come through the descriptor after --args.
NAMES_A_CHILD = """#!/usr/bin/python3
import os, sys
options = os.read(int(sys.argv[2]), 1 << 16).split(b"\\0")
status = int(options[options.index(b"--json-status-fd") + 1])
reader, writer = os.pipe()
child = os.fork()
if child == 0:
    os.close(writer)
    os.read(reader, 1)  # ends with its parent
    os._exit(0)
os.write(status, b'{ "child-pid": %d }\\n' % (CHILD))
print("bwrap: Can't mount proc on /newroot/proc: Operation not permitted", flush=True)
os.read(int(options[options.index(b"--block-fd") + 1]), 1)
sys.exit(1)
"""
# The real bubblewrap, but for one option.
FORGETS = """#!/usr/bin/python3
import os, sys
options = os.read(int(sys.argv[2]), 1 << 16).split(b"\\0")[:-1]
last = max(place for place, option in enumerate(options) if option == b"OPTION")
del options[last : last + WORDS]
weaker = os.memfd_create("weaker", 0)
os.write(weaker, b"".join(option + b"\\0" for option in options))
os.lseek(weaker, 0, 0)
os.execve("/usr/bin/bwrap", ["bwrap", "--args", str(weaker), *sys.argv[3:]], {})
"""


@pytest.mark.parametrize(
    ("option", "words", "noticed"),
    [
        ("--unshare-net", 1, "network"),
        ("--unshare-pid", 1, "processes"),
        ("--remount-ro", 2, "written"),
        ("--seccomp", 2, "filter"),
    ],
)
def test_a_bubblewrap_with_one_wall_less_works_and_yet_nothing_runs(
    option: str, words: int, noticed: str, tree: Path, open_folder: Path
) -> None:
    fake = fake_bwrap(open_folder, "")
    fake.write_text(FORGETS.replace("OPTION", option).replace("WORDS", str(words)))
    assert noticed in assert_nothing_runs(Sandbox(places=[fake]), tree).message


def test_f3_it_may_also_fail_after_it_named_its_child(tree: Path, open_folder: Path) -> None:
    fake = fake_bwrap(open_folder, "")
    fake.write_text(NAMES_A_CHILD.replace("CHILD", "child"))
    error = assert_nothing_runs(Sandbox(places=[fake]), tree)
    assert "systempaths" in error.mend


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user may set limits on all processes of a test")
def test_when_resource_limits_cannot_be_set_nothing_runs(tree: Path, open_folder: Path) -> None:
    # A process of root stands for one that the account has no right to bound.
    with subprocess.Popen(["sleep", "60"]) as strange:
        fake = fake_bwrap(open_folder, "")
        fake.write_text(NAMES_A_CHILD.replace("CHILD", str(strange.pid)))
        error = assert_nothing_runs(Sandbox(places=[fake]), tree)
        assert strange.poll() is None, "what bubblewrap merely named is not ours to kill"
        strange.kill()
    assert "resource limits" in error.message


@pytest.mark.parametrize("script", ["exit 0", "echo control=42", "exec true", "exit 137"])
def test_a_bubblewrap_that_only_pretends_is_found_out(script: str, tree: Path, open_folder: Path) -> None:
    assert_nothing_runs(Sandbox(places=[fake_bwrap(open_folder, script)]), tree)


def test_f6_a_bubblewrap_that_hangs_means_that_nothing_runs(tree: Path, open_folder: Path) -> None:
    fake = fake_bwrap(open_folder, "exec sleep 60")
    assert_nothing_runs(Sandbox(places=[fake], proof_limits=Limits(wall_seconds=0.5)), tree)


def test_34_a_checkout_that_is_a_link_is_refused(sandbox: Sandbox, tree: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tree)
    with pytest.raises(UserError, match="not a folder"):
        sandbox.run(link, ["true"])


def test_31_37_git_and_links_out_of_the_checkout_are_left_behind(sandbox: Sandbox, tree: Path) -> None:
    (tree / ".git").mkdir()
    (tree / ".git" / "config").write_text("[core]\n\tfsmonitor = touch /tmp/owned\n")
    (tree / "vendored").mkdir()
    (tree / "vendored" / ".git").write_text("gitdir: /etc\n")
    (tree / "out").symlink_to("/etc/passwd")
    (tree / "up").symlink_to("../../..")
    (tree / "inside").symlink_to("vendored")
    os.mkfifo(tree / "pipe")
    run = sandbox.run(tree, ["find", ".", "-mindepth", "1"])
    assert sorted(run.output.split()) == ["./hello.txt", "./inside", "./vendored"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to an account that may be locked out")
def test_a_scratch_folder_out_of_reach_is_named(tree: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    error = assert_nothing_runs(Sandbox(scratch=tmp_path), tree)
    assert str(tmp_path) in error.message
    assert "/var/tmp" in error.mend


@pytest.mark.parametrize("name", ["../tree/hello.txt", "/etc/passwd", "..", ""])
def test_results_are_named_plainly(name: str, sandbox: Sandbox, tree: Path) -> None:
    with pytest.raises(ValueError, match="plain file name"):
        sandbox.run(tree, ["true"], collect=[name])


@pytest.mark.parametrize("inside", ["/usr/local", "/repo", "/etc/x", "toolchain", "/a/../usr", "/", "//x"])
def test_toolchains_never_cover_the_sandboxs_own_places(inside: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="mount point"):
        Sandbox(mounts={inside: tmp_path})


def test_r17_output_comes_back_harmless(sandbox: Sandbox, tree: Path) -> None:
    run = sandbox.run(tree, ["printf", r"\033[31mred\033[0m\a\r\n\ttab\033]0;title\007\0end"])
    assert run.output == "red\n\ttabend"


@pytest.mark.parametrize(
    "make",
    [
        pytest.param("mkfifo /results/report", id="R18 FIFO"),
        pytest.param("mkdir /results/report", id="folder"),
        pytest.param("ln -s /etc/passwd /results/report", id="R19 symlink"),
        pytest.param("ln -s /proc/self/environ /results/report", id="R19 symlink to our environment"),
        pytest.param("truncate -s 5M /results/report", id="too large"),
        pytest.param("rmdir /results; mv /results /repo/r; ln -s /etc /results", id="another folder"),
    ],
)
def test_a_result_that_is_no_plain_file_is_not_there(make: str, sandbox: Sandbox, tree: Path) -> None:
    run = sandbox.run(tree, ["sh", "-c", f"{make}; echo fine >/results/fine"], collect=["report", "fine", "passwd"])
    assert run.results == {"fine": b"fine\n"}
