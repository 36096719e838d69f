"""The self-test's verdict: one wrong answer and nothing may run."""

import pytest

from tasks.sandbox.selftest import judge

GOOD = """control=42
writable=yes
CapEff=0000000000000000
CapBnd=0000000000000000
NoNewPrivs=1
Seccomp=2
net=lo
environ=
processes=2
end=yes
"""


def test_when_every_answer_is_right_the_full_rung_holds() -> None:
    proof = judge(0, GOOD, mounts={})
    assert (proof.ok, proof.rung, proof.mend) == (True, "full", "")


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("control=42\n", ""),
        ("control=42", "control=41"),
        ("writable=yes\n", ""),
        ("CapEff=0000000000000000", "CapEff=000001fffeffffff"),
        ("CapBnd=0000000000000000", "CapBnd=000001fffeffffff"),
        ("NoNewPrivs=1", "NoNewPrivs=0"),
        ("Seccomp=2", "Seccomp=0"),
        ("Seccomp=2\n", ""),
        ("net=lo", "net=lo\nnet=eth0"),
        ("environ=", "environ=TOKEN=abc"),
        ("processes=2", "processes=140"),
        ("processes=2\n", ""),
        ("end=yes", "written=/usr\nend=yes"),
        ("end=yes", "seen=/home\nend=yes"),
        ("end=yes\n", ""),
    ],
)
def test_one_wrong_answer_and_nothing_may_run(right: str, wrong: str) -> None:
    assert right in GOOD
    proof = judge(0, GOOD.replace(right, wrong), mounts={})
    assert (proof.ok, proof.rung) == (False, "none")
    assert proof.reason
    assert proof.mend


def test_a_failed_script_proves_nothing() -> None:
    assert not judge(1, GOOD, mounts={}).ok


def test_only_what_was_mounted_may_be_seen() -> None:
    seen = GOOD + "seen=/opt\n"
    assert judge(0, seen, mounts={"/opt/python": "x"}).ok
    assert not judge(0, seen, mounts={"/toolchain": "x"}).ok
