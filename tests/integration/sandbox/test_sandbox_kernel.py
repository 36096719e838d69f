"""Tries 51, 52 and 59 to 66: system calls that strangers have no business with, and what leaks without each piece."""

import errno
import json
import os
import platform
import subprocess
from pathlib import Path

import pyseccomp
import pytest

from tasks.sandbox import Sandbox
from tasks.sandbox.seccomp import FORBIDDEN, YOUNG

PYTHON = "/usr/bin/python3"
SECRET = "worker-secret-6f1c"
BAD_SYSTEM_CALL = 128 + 31

# Each call in a child of its own, with arguments that make no sense: the errno shows how far it came.
CALLS = """
import ctypes, json, os, sys
libc = ctypes.CDLL(None, use_errno=True)
found = {}
for name, number in json.loads(sys.argv[1]).items():
    reader, writer = os.pipe()
    if os.fork() == 0:
        result = libc.syscall(number, 1, 1, 1, 1, 1, 1)
        os.write(writer, str(ctypes.get_errno() if result == -1 else 0).encode())
        os._exit(0)
    os.close(writer)
    found[name] = int(os.read(reader, 9) or -1)
    os.close(reader)
    os.wait()
print(json.dumps(found))
"""
CLONE = """
import ctypes, os, signal, sys
flags = int(sys.argv[2]) | signal.SIGCHLD
child = ctypes.CDLL(None, use_errno=True).syscall(int(sys.argv[1]), flags, 0, 0, 0, 0)
if child == 0: os._exit(0)
if child > 0: os.waitpid(child, 0)
print(child > 0, ctypes.get_errno())
"""
IOCTL = """
import ctypes, sys
libc = ctypes.CDLL(None, use_errno=True)
for request in (0x5412, 0x100005412, 0x541C):
    libc.syscall(ctypes.c_long(int(sys.argv[1])), ctypes.c_long(-1), ctypes.c_long(request), ctypes.c_long(0))
    print(ctypes.get_errno())
"""
# mov eax, 20 (getpid on i386); int 0x80; ret
I386 = """
import ctypes, mmap
code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
code.write(bytes.fromhex("b814000000cd80c3"))
print("alive", ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))())
"""
X32 = """
import ctypes
print("alive", ctypes.CDLL(None).syscall(0x40000000 + 39))
"""
ATTACH = """
import ctypes, errno, sys
libc = ctypes.CDLL(None, use_errno=True)
attached = libc.ptrace(0x4206, int(sys.argv[1]), 0, 0) == 0  # PTRACE_SEIZE leaves it running
print("GOT IT" if attached else ctypes.get_errno())
"""


def number(name: str) -> int:
    try:
        found = int(pyseccomp.resolve_syscall(pyseccomp.system_arch(), name))
    except OSError:
        found = -1
    return found if found >= 0 else YOUNG.get(name, -1)


def inside(sandbox: Sandbox, host: dict[str, str], script: str, *arguments: str) -> str:
    return sandbox.run(Path(host["tree"]), [PYTHON, "-c", script, *arguments]).output


def outside(script: str, *arguments: str) -> str:
    return subprocess.run([PYTHON, "-c", script, *arguments], check=True, capture_output=True, text=True).stdout


def test_every_forbidden_call_is_refused_before_it_is_looked_at(sandbox: Sandbox, host: dict[str, str]) -> None:
    numbers = json.dumps({name: number(name) for name in FORBIDDEN if number(name) >= 0})
    refused = json.loads(inside(sandbox, host, CALLS, numbers))
    assert {name: code for name, code in refused.items() if code != errno.EPERM} == {}
    looked_at = {name for name, code in json.loads(outside(CALLS, numbers)).items() if code != errno.EPERM}
    # Root gets far with most of them; an ordinary user with fewer.
    assert len(looked_at) >= (len(FORBIDDEN) * 2 // 3 if os.geteuid() == 0 else 10)


@pytest.mark.parametrize("name", ["clone3", "fchmodat2"])
def test_51_calls_that_a_filter_cannot_read_do_not_exist(name: str, sandbox: Sandbox, host: dict[str, str]) -> None:
    numbers = json.dumps({name: number(name)})
    assert json.loads(inside(sandbox, host, CALLS, numbers)) == {name: errno.ENOSYS}
    if json.loads(outside(CALLS, numbers)) == {name: errno.ENOSYS}:
        pytest.skip(f"this kernel itself has no {name}")


@pytest.mark.parametrize("flag", [0x10000000, 0x20000, 0x40000000], ids=["user", "mount", "network"])
def test_51_clone_makes_no_namespace(flag: int, sandbox: Sandbox, host: dict[str, str]) -> None:
    arguments = (str(number("clone")), str(flag))
    assert inside(sandbox, host, CLONE, *arguments).split() == ["False", str(errno.EPERM)]
    assert inside(sandbox, host, CLONE, arguments[0], "0").startswith("True"), "plain fork must work"
    if os.geteuid() == 0:
        assert outside(CLONE, *arguments).startswith("True")


def test_65_terminal_injection_is_refused_however_it_is_spelt(sandbox: Sandbox, host: dict[str, str]) -> None:
    assert inside(sandbox, host, IOCTL, str(number("ioctl"))).split() == [str(errno.EPERM)] * 3
    assert outside(IOCTL, str(number("ioctl"))).split() == [str(errno.EBADF)] * 3


@pytest.mark.skipif(platform.machine() != "x86_64", reason="only x86-64 has second ABIs")
@pytest.mark.parametrize("script", [I386, X32], ids=["i386", "x32"])
def test_64_calls_of_a_foreign_abi_kill(script: str, sandbox: Sandbox, host: dict[str, str]) -> None:
    run = sandbox.run(Path(host["tree"]), [PYTHON, "-c", script])
    assert (run.exit_code, run.output) == (BAD_SYSTEM_CALL, "")
    assert "alive" in outside(script)


def test_59_pid_1_cannot_be_traced(sandbox: Sandbox, host: dict[str, str]) -> None:
    assert inside(sandbox, host, ATTACH, "1").split() == [str(errno.EPERM)]
    with subprocess.Popen(["sleep", "60"]) as own:
        try:
            if "GOT IT" not in outside(ATTACH, str(own.pid)):
                pytest.skip("this machine forbids tracing altogether, which is no proof")
        finally:
            own.kill()


PLAIN = ["/usr/bin/bwrap", "--ro-bind", "/", "/", "--unshare-pid", "--proc", "/proc", "--clearenv", "--"]


@pytest.mark.parametrize(
    ("file", "leak"),
    [("/proc/1/environ", SECRET), ("/proc/1/cmdline", "--ro-bind")],
    ids=["2 environment of pid 1", "3 arguments of pid 1"],
)
def test_pid_1_knows_nothing_of_the_host(file: str, leak: str, sandbox: Sandbox, host: dict[str, str]) -> None:
    run = sandbox.run(Path(host["tree"]), ["cat", file])
    assert run.exit_code == 0
    assert leak not in run.output
    assert host["folder"] not in run.output
    plain = subprocess.run([*PLAIN, "cat", file], check=True, capture_output=True, text=True)
    assert leak in plain.stdout, "a plain bubblewrap leaks it"


def test_9_10_no_descriptor_of_the_worker_travels_in(sandbox: Sandbox, host: dict[str, str]) -> None:
    script = "import os; print(*(os.readlink(f'/dev/fd/{n}') for n in range(1000) if os.path.lexists(f'/dev/fd/{n}')))"
    opened = [os.open(host["secret"], os.O_RDONLY), os.open(host["folder"], os.O_RDONLY)]
    try:
        for descriptor in opened:
            os.set_inheritable(descriptor, True)
        seen = inside(sandbox, host, script)
        plain = [*PLAIN, PYTHON, "-c", script]
        leaked = subprocess.run(plain, check=True, capture_output=True, text=True, close_fds=False).stdout
    finally:
        for descriptor in opened:
            os.close(descriptor)
    assert host["folder"] not in seen
    assert seen.split()[0] == "/dev/null"
    assert all(word.startswith(("/dev/null", "pipe:")) for word in seen.split())
    assert host["secret"] in leaked


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can plant a setuid program")
def test_43_a_setuid_program_in_the_checkout_gains_nothing(sandbox: Sandbox, host: dict[str, str]) -> None:
    planted = Path(host["tree"]) / "id"
    planted.write_bytes(Path("/usr/bin/id").read_bytes())
    planted.chmod(0o4755)
    try:
        control = subprocess.run([planted, "-u"], check=True, capture_output=True, text=True, user=12345)
        assert control.stdout == "0\n"
        assert sandbox.run(Path(host["tree"]), ["./id", "-u"]).output == "1000\n"
    finally:
        planted.unlink()


def test_66_resource_limits_cannot_be_raised(sandbox: Sandbox, host: dict[str, str]) -> None:
    script = """
import resource
for kind in (resource.RLIMIT_NPROC, resource.RLIMIT_FSIZE, resource.RLIMIT_CPU, resource.RLIMIT_NOFILE):
    soft, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (soft - 1, hard))
    try:
        resource.setrlimit(kind, (soft, hard + 1))
    except (ValueError, OSError):
        print("REFUSED")
"""
    assert inside(sandbox, host, script).split() == ["REFUSED"] * 4
