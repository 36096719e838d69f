"""A guard beside each run: when the worker is gone, however and whenever it went, nothing of the run stays."""

import contextlib
import dataclasses
import os
import signal
import subprocess

from tasks.sandbox.account import Account
from tasks.sandbox.failures import Failure, unavailable

_SHELL = "/bin/sh"
# The second line never comes. The pipe ends when our end of it is closed, which the kernel does for whoever is killed.
_SCRIPT = "read -r first; read -r end; kill -KILL $first 0"
_GONE_SECONDS = 10.0


@dataclasses.dataclass(frozen=True, slots=True)
class Guard:
    """A guard on its post; `group` is the process group that bubblewrap must be started in."""

    group: int
    tether: int

    def tell(self, first: int) -> None:
        """Name pid 1 of the inner world, which leaves the group when its command begins; tell before that.

        Raises `SandboxUnavailable` when the guard has left its post.
        """
        try:
            os.write(self.tether, f"{first}\n".encode())
        except BrokenPipeError as error:
            raise unavailable(Failure("its guard has died", "Look who kills processes here, and try again.")) from error


def post_guard(account: Account, block: int, keep: contextlib.ExitStack) -> Guard:
    """Start a guard, a shell that waits for our end and kills what it guards.

    bubblewrap's --die-with-parent leaves moments open: each of its two processes asks the kernel for it only when
    its own preparations are through, and never looks whether the parent has died before. Here no moment is open:
    between fork and exec whoever is to become bubblewrap still holds our end of the guard's pipe, and it is in the
    group before exec closes that. Signals to a group miss no process that is just being forked.

    `block` is our end of what holds the command back. The guard holds it too: would it close with us, bubblewrap
    took that for the word to begin. `keep` ends the guard, and with it whatever is left in the group.
    Raises `SandboxUnavailable` when there is no shell.
    """
    end, tether = os.pipe()
    keep.callback(os.close, tether)
    try:
        shell = subprocess.Popen(
            [_SHELL, "-c", _SCRIPT],
            env={},
            cwd="/",
            stdin=end,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            close_fds=True,
            pass_fds=(block,),
            process_group=0,
            user=account.user,
            group=account.group,
            extra_groups=account.extra_groups,
        )
    except OSError as error:
        failure = Failure(f"{_SHELL} cannot be started ({error.strerror})", "Check its file and our right to setuid.")
        raise unavailable(failure) from error
    finally:
        os.close(end)
    keep.callback(_end, shell)
    return Guard(shell.pid, tether)


def _end(shell: subprocess.Popen[bytes]) -> None:
    # Nobody else waits for it, so its number is still that of this group, even if it is dead already.
    os.killpg(shell.pid, signal.SIGKILL)
    shell.wait(timeout=_GONE_SECONDS)
