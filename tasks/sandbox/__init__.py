"""Runs a stranger's code with no network, no tokens and no view of the host, and says what happened."""

from tasks.sandbox.failures import SandboxUnavailable
from tasks.sandbox.limits import Limits, Run
from tasks.sandbox.sandbox import Sandbox, self_test
from tasks.sandbox.selftest import SelfTest

__all__ = ["Limits", "Run", "Sandbox", "SandboxUnavailable", "SelfTest", "self_test"]
