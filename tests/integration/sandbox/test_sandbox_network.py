"""Tries 12 to 24: no packet and no connection reaches the host or leaves it."""

import errno
import json
import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.sandbox import Sandbox

PYTHON = "/usr/bin/python3"

TCP = """
host, port = argument.rsplit('|', 1)
socket.create_connection((host, int(port)), timeout=3).close()
"""
# The second packet hears about the first one: nobody listens on the sandbox's own loopback.
UDP = """
host, port = argument.rsplit('|', 1)
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as speaker:
    speaker.connect((host, int(port)))
    for _ in range(2):
        speaker.send(b'x')
        time.sleep(0.05)
"""
UNIX = """
with socket.socket(socket.AF_UNIX) as speaker:
    speaker.connect(argument.replace('@', chr(0)))
"""
MPTCP = """
host, port = argument.rsplit('|', 1)
with socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262) as speaker:
    speaker.connect((host, int(port)))
"""

TRIES: dict[str, tuple[str, list[str], list[str]]] = {
    "12 TCP to the host's loopback": (TCP, ["127.0.0.1|{tcp}"], ["127.0.0.1|{tcp}"]),
    "13 TCP out": (TCP, ["{address}|{tcp}"], ["{address}|{tcp}"]),
    "14 UDP to the host's loopback": (UDP, ["127.0.0.1|{udp}"], ["127.0.0.1|{udp}"]),
    "14a UDP out": (UDP, ["{address}|{udp}"], ["{address}|{udp}"]),
    "15 IPv6": (TCP, ["::1|{tcp6}"], ["::1|{tcp6}"]),
    "16 cloud metadata": (TCP, ["169.254.169.254|80"], ["{address}|{tcp}"]),
    "20 abstract unix socket": (UNIX, ["@{abstract}"], ["@{abstract}"]),
    "21 unix socket by path": (UNIX, ["{path}"], ["{path}"]),
    "22 docker's socket": (UNIX, ["/run/docker.sock"], ["{path}"]),
    "23 MPTCP": (MPTCP, ["127.0.0.1|{tcp}"], ["127.0.0.1|{tcp}"]),
}

# Opens every family, prints the numbers of those that opened.
FAMILIES = """
import json, socket
opened = []
for family in range(46):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
        try:
            socket.socket(family, kind).close()
        except OSError as error:
            if error.errno not in (REFUSALS):
                raise
        else:
            opened.append([family, int(kind)])
print(json.dumps(opened))
""".replace(
    "REFUSALS",
    f"{errno.EAFNOSUPPORT}, {errno.EPERM}, {errno.EACCES}, {errno.ESOCKTNOSUPPORT}, {errno.EPROTONOSUPPORT},"
    f" {errno.EINVAL}, {errno.ENOENT}, {errno.ENODEV}",
)


@pytest.mark.parametrize("name", TRIES)
def test_no_way_out(name: str, attack: Callable[[str], tuple[str, str]]) -> None:
    inside, outside = attack(name)
    assert "GOT IT" not in inside
    assert "REFUSED" in inside
    assert "GOT IT" in outside, f"the probe itself does not work: {outside}"


def test_17_18_19_24_only_four_socket_families_open_and_none_raw(sandbox: Sandbox, host: dict[str, str]) -> None:
    run = sandbox.run(Path(host["tree"]), [PYTHON, "-c", FAMILIES])
    inside = {(family, kind) for family, kind in json.loads(run.output)}
    internet = {int(socket.AF_INET), int(socket.AF_INET6)}
    assert {family for family, _ in inside} <= internet | {int(socket.AF_UNIX), int(socket.AF_NETLINK)}
    assert not any(kind == socket.SOCK_RAW for family, kind in inside if family in internet)
    outside = json.loads(subprocess.run([PYTHON, "-c", FAMILIES], check=True, capture_output=True, text=True).stdout)
    if os.geteuid() == 0:
        assert [int(socket.AF_PACKET), int(socket.SOCK_RAW)] in outside


def test_19_vsock_is_closed_by_the_filter_not_by_the_network_namespace(sandbox: Sandbox, host: dict[str, str]) -> None:
    script = f"import socket; socket.socket({int(socket.AF_VSOCK)}, socket.SOCK_STREAM).close(); print('GOT IT')"
    plain = ["/usr/bin/bwrap", "--ro-bind", "/", "/", "--unshare-net", "--", PYTHON, "-c", script]
    control = subprocess.run(plain, check=False, capture_output=True, text=True)
    if "GOT IT" not in control.stdout:
        pytest.skip("this kernel has no vsock to keep closed")
    assert "GOT IT" not in sandbox.run(Path(host["tree"]), [PYTHON, "-c", script]).output
