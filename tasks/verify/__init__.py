"""Finds out what a patch does: the same tests before and after it, in the sandbox, compared one by one."""

from tasks.verify.evidence import Evidence, compare
from tasks.verify.request import asked_test
from tasks.verify.suite import Report, Suite

__all__ = ["Evidence", "Report", "Suite", "asked_test", "compare"]
