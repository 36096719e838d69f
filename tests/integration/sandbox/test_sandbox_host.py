"""Tries 1 to 8, 25 to 36, 44 to 58: the host's secrets, processes and files."""

import os
from collections.abc import Callable

import pytest

WRITE = "open(f'{argument}/probe', 'w').close()"
READ = "assert 'worker-secret' in open(argument).read()"
OPEN_TO_WRITE = "os.close(os.open(argument, os.O_WRONLY | os.O_APPEND))"

TRIES: dict[str, tuple[str, list[str], list[str]]] = {
    "1 environment of self": ("assert 'WORKER_SECRET' in os.environ", [], []),
    "4 environment of any process": (
        """
def environment(pid):
    try:
        return open(f'/proc/{pid}/environ').read()
    except OSError:
        return ''
others = {pid for pid in os.listdir('/proc') if pid.isdigit()} - {str(os.getpid())}
assert any('worker-secret' in environment(pid) for pid in others)
""",
        [],
        [],
    ),
    "5 list host processes": ("assert argument in os.listdir('/proc')", ["{pid}"], ["{pid}"]),
    "6 signal a host process": ("os.kill(int(argument), 0)", ["{pid}"], ["{pid}"]),
    "7 host files through /proc/1/root": (READ, ["/proc/1/root{secret}"], ["/proc/self/root{secret}"]),
    "8 pidfd of a host process": ("os.pidfd_open(int(argument))", ["{pid}"], ["{pid}"]),
    "25 write /usr": (WRITE, ["/usr"], ["{scratch}"]),
    "26 write /etc": (WRITE, ["/etc"], ["{scratch}"]),
    "27 write /": (WRITE, ["/"], ["{scratch}"]),
    "27a write /dev": (WRITE, ["/dev"], ["{scratch}"]),
    "28 read /etc/shadow": ("open(argument).read()", ["/etc/shadow"], ["{secret}"]),
    "29 read keys in a home": (READ, ["{secret}"], ["{secret}"]),
    "30 read a sibling checkout": (READ, ["/repo/../home/id_ed25519"], ["{tree}/../home/id_ed25519"]),
    "31 symlink out and read": (
        "link, goal = argument.split(':')\nos.symlink(goal, link)\n" + READ.replace("argument", "link"),
        ["/repo/link31:{secret}"],
        ["{scratch}/link31:{secret}"],
    ),
    "32 symlink out and write": (
        "link, goal = argument.split(':')\nos.symlink(goal, link)\nopen(link, 'w').close()",
        ["/repo/link32:/usr/goal32"],
        ["{scratch}/link32:{scratch}/goal32"],
    ),
    "33 hard link to a host file": (
        "old, new = argument.split(':')\nos.link(old, new)",
        ["/usr/bin/env:/repo/env"],
        ["{secret}:{scratch}/hard"],
    ),
    "35 rename out of the checkout": (
        "old, new = argument.split(':')\nopen(old, 'w').close()\nos.rename(old, new)",
        ["/repo/old:/repo/../usr/new"],
        ["{scratch}/old:{scratch}/../new"],
    ),
    "36 open for writing through /proc/self/fd": (
        "file = os.open(argument, os.O_RDONLY)\nopen(f'/proc/self/fd/{file}', 'r+b').close()",
        ["/usr/bin/env"],
        ["{secret}"],
    ),
    "44 setuid bit by chmod": (
        "path = f'{argument}/tool'\nopen(path, 'w').close()\nos.chmod(path, 0o4755)",
        ["/repo"],
        ["{scratch}"],
    ),
    "44a setgid bit by fchmod": (
        "file = os.open(f'{argument}/group', os.O_CREAT | os.O_RDWR)\nos.fchmod(file, 0o2755)",
        ["/repo"],
        ["{scratch}"],
    ),
    "46 new privileges": ("assert 'NoNewPrivs:\\t0' in open('/proc/self/status').read()", [], []),
    "50 namespaces of one's own": ("assert subprocess.call(['unshare', '-Urm', 'true']) == 0", [], []),
    "55 cgroups": ("os.listdir('/sys/fs/cgroup')", [], []),
    "57 /sys": ("os.listdir('/sys')", [], []),
}

# Their controls need root: without it the host refuses too.
AS_ROOT: dict[str, tuple[str, list[str], list[str]]] = {
    "45 file capabilities": (
        """
path = f'{argument}/able'
open(path, 'w').close()
os.setxattr(path, 'security.capability', bytes.fromhex('0100000200040000000000000000000000000000'))
""",
        ["/repo"],
        ["{scratch}"],
    ),
    "46a capabilities": ("assert 'CapEff:\\t0000000000000000' not in open('/proc/self/status').read()", [], []),
    "47 a block device": (
        "os.mknod(f'{argument}/disk', stat.S_IFBLK | 0o600, os.makedev(8, 0))",
        ["/repo"],
        ["{scratch}"],
    ),
    "48 open a device": (OPEN_TO_WRITE, ["/dev/mem"], ["/dev/null"]),
    "53 core_pattern": (OPEN_TO_WRITE, ["/proc/sys/kernel/core_pattern"], ["/proc/sys/kernel/core_pattern"]),
    "54 sysrq": (OPEN_TO_WRITE, ["/proc/sysrq-trigger"], ["/proc/sys/kernel/core_pattern"]),
    "58 kernel messages": (OPEN_TO_WRITE, ["/dev/kmsg"], ["/dev/kmsg"]),
}
IS_ROOT = os.geteuid() == 0
TRIES |= AS_ROOT


@pytest.mark.parametrize("name", TRIES)
def test_the_host_stays_out_of_reach(name: str, attack: Callable[[str], tuple[str, str]]) -> None:
    inside, outside = attack(name)
    assert "GOT IT" not in inside
    assert "REFUSED" in inside
    if IS_ROOT or name not in AS_ROOT:
        assert "GOT IT" in outside, f"the probe itself does not work: {outside}"
