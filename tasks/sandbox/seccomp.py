"""The system calls that a stranger's test has no business with, as a filter for bubblewrap."""

import contextlib
import errno
import importlib
import os
import socket
from collections.abc import Iterator
from typing import Any

from tasks.sandbox.failures import Failure, unavailable

# Debugging others, keys, namespaces and mounts, kernel interfaces with a long list of holes, clocks, modules.
FORBIDDEN = (
    *("ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kcmp"),
    *("keyctl", "add_key", "request_key"),
    *("io_uring_setup", "io_uring_enter", "io_uring_register"),
    *("unshare", "setns", "mount", "umount", "umount2", "pivot_root", "chroot"),
    *("fsopen", "fsconfig", "fsmount", "fspick", "move_mount", "open_tree", "open_tree_attr", "mount_setattr"),
    *("bpf", "perf_event_open", "userfaultfd", "fanotify_init"),
    *("kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module"),
    *("open_by_handle_at", "name_to_handle_at", "quotactl", "quotactl_fd"),
    *("syslog", "acct", "swapon", "swapoff", "reboot"),
    *("settimeofday", "stime", "clock_settime", "clock_adjtime", "adjtimex"),
    *("iopl", "ioperm", "modify_ldt"),
)
# Their arguments lie in memory where a filter cannot look; "not implemented" makes the C library fall back.
UNKNOWN_TO_US = ("clone3", "fchmodat2")
# Numbers of young calls, the same on every architecture, for a libseccomp that does not know their names yet.
YOUNG = {
    "io_uring_setup": 425,
    "io_uring_enter": 426,
    "io_uring_register": 427,
    "open_tree": 428,
    "move_mount": 429,
    "fsopen": 430,
    "fsconfig": 431,
    "fsmount": 432,
    "fspick": 433,
    "clone3": 435,
    "pidfd_getfd": 438,
    "mount_setattr": 442,
    "quotactl_fd": 443,
    "fchmodat2": 452,
    "open_tree_attr": 467,
}
# mount, cgroup, uts, ipc, user, pid, net
NEW_NAMESPACE = (0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000)
TERMINAL_INJECTION = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX
FAMILIES = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK)
SPECIAL_MODES = (0o4000, 0o2000)
LOW_WORD = 0xFFFFFFFF


def build_filter() -> bytes:
    """Return the filter as BPF bytes for this machine's architecture, about 2 KB.

    Calls of a foreign ABI (i386 and x32 on x86-64) kill the process: no second architecture is ever added.
    Raises `SandboxUnavailable` when libseccomp is missing.
    """
    library = _load()
    rules = library.SyscallFilter(library.ALLOW)
    rules.set_attr(library.Attr.ACT_BADARCH, library.KILL_PROCESS)
    _forbid_calls(library, rules)
    _forbid_arguments(library, rules)
    _forbid_families(library, rules)
    with contextlib.closing(_MemoryFile()) as file:
        rules.export_bpf(file)
        return file.content()


def _load() -> Any:
    # Imported by name and late: the module looks for the C library while it is imported.
    try:
        return importlib.import_module("pyseccomp")
    except (ImportError, OSError, RuntimeError) as error:
        failure = Failure("libseccomp is missing", "Install libseccomp2 (Debian, Ubuntu) or libseccomp (others).")
        raise unavailable(failure) from error


def _forbid_calls(library: Any, rules: Any) -> None:
    for names, error in ((FORBIDDEN, errno.EPERM), (UNKNOWN_TO_US, errno.ENOSYS)):
        for name in names:
            for number in _numbers(library, name):
                rules.add_rule(library.ERRNO(error), number)


def _numbers(library: Any, name: str) -> Iterator[int]:
    try:
        number = int(library.resolve_syscall(library.system_arch(), name))
    except OSError:
        number = -1
    if number >= 0:
        yield number
    elif name in YOUNG:
        yield YOUNG[name]
    # Else this architecture never had the call (stime, modify_ldt).


def _forbid_arguments(library: Any, rules: Any) -> None:
    """Refuse single bits of otherwise harmless calls; always masked, the kernel ignores the upper word."""
    refuse = library.ERRNO(errno.EPERM)
    for bit in NEW_NAMESPACE:
        rules.add_rule(refuse, "clone", library.Arg(0, library.MASKED_EQ, bit, bit))
    for request in TERMINAL_INJECTION:
        rules.add_rule(refuse, "ioctl", library.Arg(1, library.MASKED_EQ, LOW_WORD, request))
    for call, position in (("chmod", 1), ("fchmod", 1), ("fchmodat", 2)):
        for bit in SPECIAL_MODES:
            for number in _numbers(library, call):
                rules.add_rule(refuse, number, library.Arg(position, library.MASKED_EQ, bit, bit))


def _forbid_families(library: Any, rules: Any) -> None:
    """Leave four socket families; vsock above all is not stopped by a network namespace."""
    refuse = library.ERRNO(errno.EAFNOSUPPORT)
    last = max(FAMILIES)
    for call in ("socket", "socketpair"):
        for family in set(range(last)) - set(FAMILIES):
            rules.add_rule(refuse, call, library.Arg(0, library.EQ, family))
        rules.add_rule(refuse, call, library.Arg(0, library.GT, int(last)))


class _MemoryFile:
    """A file in memory with the one method that libseccomp's binding asks for."""

    def __init__(self) -> None:
        self._descriptor = os.memfd_create("filter")

    def fileno(self) -> int:
        return self._descriptor

    def content(self) -> bytes:
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        return os.read(self._descriptor, 1 << 20)

    def close(self) -> None:
        os.close(self._descriptor)
