"""Ending together with the process that started us."""

import ctypes
import os
import signal

from infra.engine.errors import EngineError

_PR_SET_PDEATHSIG = 1


def die_with(parent: int) -> None:
    """Ask the kernel to send us SIGTERM when our parent ends; raise `EngineError` if it is gone already.

    `parent` is the process id that started us. Linux ties this to the thread that forked: a supervisor
    starts the engine from a thread that lives as long as itself.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    # A parent that died before the call above sends no signal any more: another process has adopted us.
    if os.getppid() != parent:
        raise EngineError("The process that started this engine has ended.", mend="Start the supervisor again.")
