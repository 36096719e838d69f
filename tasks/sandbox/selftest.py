"""Proves on this machine, before anything of a stranger runs, that the walls stand."""

import dataclasses
from collections.abc import Mapping

from tasks.sandbox.failures import SandboxUnavailable

FULL = "full"
NONE = "none"

# Shell built-ins only: it must run wherever /bin/sh does. Every line that it prints is an answer to compare.
SCRIPT = r"""
echo "control=$((6 * 7))"
if : >/repo/.probe && : >/tmp/probe && : >/results/probe; then echo writable=yes; fi
while read -r key value; do
  case $key in NoNewPrivs: | Seccomp: | CapEff: | CapBnd:) echo "${key%:}=$value" ;; esac
done </proc/self/status
while read -r name rest; do
  case $name in *:) echo "net=${name%:}" ;; esac
done </proc/net/dev
words=; read -r words </proc/1/environ; echo "environ=$words"
count=0; for entry in /proc/[0-9]*; do count=$((count + 1)); done; echo "processes=$count"
for place in / /usr /etc /proc/sys; do
  (: >"$place/.probe") 2>/dev/null && echo "written=$place"
done
(: >>/proc/sys/kernel/core_pattern) 2>/dev/null && echo written=core_pattern
for place in /home /root /run /sys /var /mnt /srv /opt /repo/.git; do
  [ -e "$place" ] && echo "seen=$place"
done
echo end=yes
"""


@dataclasses.dataclass(frozen=True, slots=True)
class SelfTest:
    """Whether the full sandbox works here; if not, why, and what a person can do about it."""

    ok: bool
    rung: str
    reason: str
    mend: str


@dataclasses.dataclass(frozen=True, slots=True)
class _Expectation:
    """Exactly these answers must come for a key, or the wall named by `broken` does not stand."""

    key: str
    answers: frozenset[str]
    broken: str


_EXPECTED = (
    _Expectation("control", frozenset({"42"}), "an ordinary command does not work inside"),
    _Expectation("end", frozenset({"yes"}), "the test ended early"),
    _Expectation("writable", frozenset({"yes"}), "the checkout, /tmp or /results cannot be written"),
    _Expectation("NoNewPrivs", frozenset({"1"}), "setuid programs could still gain rights"),
    _Expectation("Seccomp", frozenset({"2"}), "the system call filter is not in force"),
    _Expectation("CapEff", frozenset({"0" * 16}), "capabilities are left"),
    _Expectation("CapBnd", frozenset({"0" * 16}), "capabilities could be regained"),
    _Expectation("net", frozenset({"lo"}), "a network of the host is visible"),
    _Expectation("environ", frozenset({""}), "the environment of the worker can be read"),
    _Expectation("written", frozenset(), "places outside the checkout can be written"),
    _Expectation("seen", frozenset(), "folders of the host are visible"),
)
_MOST_PROCESSES = 4
_MEND = (
    "Do not run strangers' code here. Report what `codex-bot doctor` prints, with the kernel and bubblewrap version."
)


def judge(exit_code: int, printed: str, *, mounts: Mapping[str, object]) -> SelfTest:
    """Compare the script's answers with what a full sandbox must answer; the first difference decides.

    Parents of `mounts` may be seen: they were asked for.
    """
    answers = _answers(printed)
    allowed = {f"/{inside.split('/')[1]}" for inside in mounts}
    answers["seen"] = answers.get("seen", set()) - allowed
    for expected in _EXPECTED:
        if answers.get(expected.key, set()) != expected.answers:
            got = ", ".join(sorted(answers.get(expected.key, set()))) or "nothing"
            return SelfTest(ok=False, rung=NONE, reason=f"{expected.broken} ({expected.key}: {got})", mend=_MEND)
    if exit_code != 0 or not all(1 < int(count) <= _MOST_PROCESSES for count in answers.get("processes", {"0"})):
        return SelfTest(ok=False, rung=NONE, reason="processes of the host are visible", mend=_MEND)
    return SelfTest(ok=True, rung=FULL, reason="every wall stands", mend="")


def refused(error: SandboxUnavailable) -> SelfTest:
    """Make the result for a sandbox that could not even be built."""
    return SelfTest(ok=False, rung=NONE, reason=error.reason, mend=error.mend)


def _answers(printed: str) -> dict[str, set[str]]:
    answers: dict[str, set[str]] = {}
    for line in printed.splitlines():
        key, found, value = line.partition("=")
        if found:
            answers.setdefault(key, set()).add(value.strip())
    return answers
