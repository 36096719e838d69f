"""What bubblewrap says when it cannot build the sandbox, and what a person can do about it."""

import dataclasses

from bot.errors import UserError


class SandboxUnavailable(UserError):  # noqa: N818 - it reads as a state of the machine, as callers ask for it
    """No full sandbox on this machine, so nothing of the repository was run; `reason` is the bare cause."""

    def __init__(self, message: str, *, mend: str = "", reason: str = "") -> None:
        super().__init__(message, mend=mend)
        self.reason = reason or message


@dataclasses.dataclass(frozen=True, slots=True)
class Failure:
    """A reason in one sentence and the next step."""

    reason: str
    mend: str


# First match wins; the fragments are bubblewrap's own words (0.8 to 0.11) without the parts that vary.
_KNOWN: tuple[tuple[str, Failure], ...] = (
    (
        "loopback: Failed RTM_NEWADDR",
        Failure(
            "AppArmor takes away the rights inside new user namespaces (Ubuntu 23.10 and later)",
            "Install apparmor-profiles, copy /usr/share/apparmor/extra-profiles/bwrap-userns-restrict to "
            "/etc/apparmor.d/ and load it with `apparmor_parser -r`.",
        ),
    ),
    (
        "setting up uid map: Permission denied",
        Failure(
            "AppArmor refuses the user map of the sandbox (Ubuntu 23.10 and later)",
            "Install apparmor-profiles, copy /usr/share/apparmor/extra-profiles/bwrap-userns-restrict to "
            "/etc/apparmor.d/ and load it with `apparmor_parser -r`.",
        ),
    ),
    (
        "setting up uid map: Operation not permitted",
        Failure(
            "root lacks the capability to map users into a new namespace",
            "Give the container CAP_SETFCAP back, or run the worker as an ordinary user.",
        ),
    ),
    (
        "No permissions to create",
        Failure(
            "the kernel or the container's seccomp profile forbids new user namespaces",
            "In a container use a seccomp profile that allows clone, unshare, setns, mount, umount2 and pivot_root; "
            "on an old Debian set `sysctl kernel.unprivileged_userns_clone=1`.",
        ),
    ),
    (
        "exceeded (ENOSPC)",
        Failure(
            "no further user namespaces are allowed here",
            "Raise `sysctl user.max_user_namespaces`, and do not start the worker inside another sandbox.",
        ),
    ),
    (
        "does not support user namespaces",
        Failure("this kernel has no user namespaces", "Use a kernel built with CONFIG_USER_NS."),
    ),
    (
        "Creating new namespace failed",
        Failure(
            "this process may not create namespaces",
            "Run the worker as an ordinary user, or in a container whose seccomp profile allows clone and unshare.",
        ),
    ),
    (
        "Failed to make / slave",
        Failure(
            "the container forbids mounting",
            "Docker: add `--security-opt apparmor=unconfined` (or a profile of your own) and a seccomp profile that "
            "allows mount and umount2.",
        ),
    ),
    (
        "pivot_root",
        Failure(
            "changing the root directory is forbidden",
            "Allow pivot_root in the container's seccomp profile; on an initramfs root use a real root filesystem.",
        ),
    ),
    (
        "Can't mount proc on",
        Failure(
            "the container hides parts of /proc, so a fresh /proc may not be mounted",
            "Docker: `--security-opt systempaths=unconfined`; Podman: `--security-opt unmask=ALL`; Kubernetes: "
            "`procMount: Unmasked` with `hostUsers: false`.",
        ),
    ),
    (
        "overflowuid",
        Failure(
            "the service's unit file hides /proc/sys",
            "Remove ProcSubset=pid and RestrictNamespaces from the worker's systemd unit.",
        ),
    ),
    (
        "max_user_namespaces",
        Failure(
            "user namespaces cannot be switched off inside the sandbox",
            "Make /proc/sys writable for new namespaces: remove ProtectKernelTunables from the unit file, or unmask "
            "/proc in the container.",
        ),
    ),
    (
        "Can't find source path",
        Failure("a folder that the sandbox needs is missing", "Install it, or take it out of the sandbox's mounts."),
    ),
    (
        "Unknown option",
        Failure("this bubblewrap is too old", "Install bubblewrap 0.8 or later."),
    ),
    (
        "bwrap: execvp",
        Failure("the command is not there inside the sandbox", "Check its path, or mount the toolchain that holds it."),
    ),
)


def explain(stderr: str) -> Failure:
    """Translate bubblewrap's last words; words that nobody has seen before are passed on as they are."""
    said = " ".join(stderr.split())[-500:]
    for fragment, failure in _KNOWN:
        if fragment in said:
            return Failure(f"{failure.reason} ({said})", failure.mend)
    if not said:
        return Failure("bubblewrap ended without a word", "Run `bwrap --version` as the worker's user.")
    return Failure(said, "Run `codex-bot doctor` as the worker's user and look the message up.")


def unavailable(failure: Failure) -> SandboxUnavailable:
    """Make the error that says that nothing was run, and why."""
    message = f"The sandbox cannot be used: {failure.reason}. Nothing was run."
    return SandboxUnavailable(message, mend=failure.mend, reason=failure.reason)
