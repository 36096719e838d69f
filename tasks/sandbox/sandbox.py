"""The sandbox: a checkout and a command go in, an exit code, text and files come out."""

import contextlib
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from tasks.sandbox.account import account_for
from tasks.sandbox.arguments import environment
from tasks.sandbox.attend import attend
from tasks.sandbox.cgroup import Group, find_delegated, open_group
from tasks.sandbox.failures import Failure, SandboxUnavailable, unavailable
from tasks.sandbox.launch import BWRAP_PLACES, Order, find_bwrap, start
from tasks.sandbox.limits import EXIT, MIB, Limits, Run
from tasks.sandbox.seccomp import build_filter
from tasks.sandbox.selftest import SCRIPT, SelfTest, judge, refused
from tasks.sandbox.toolchain import Toolchains
from tasks.sandbox.watch import Watch
from tasks.sandbox.workspace import check_result_name, read_results, workspace

WATCHDOG = "watchdog"
SELF_TEST_LIMITS = Limits(wall_seconds=10, cpu_seconds=10, tmp_bytes=MIB, tree_bytes=16 * MIB)
_NO_MOUNTS: Mapping[str, Path] = {}
_NO_VARIABLES: Mapping[str, str] = {}


def never() -> bool:
    """Answer for a run that nobody cancels."""
    return False


class Sandbox:
    """Runs strangers' code with bubblewrap: no network, no view of the host, no token, bounded in everything.

    `slot` numbers the workers of one machine; root gives each slot an account of its own (uid 59000 + slot).
    `scratch` holds the throw-away copies (default: the system's temporary folder). `mounts` are read-only
    toolchains, path inside -> host path; their bin folders come first in PATH. `cgroups` are cgroup folders
    that an operator hands over, by default those that are delegated to us; with none of them a watchdog
    alone bounds memory and processes. `places` is where bubblewrap may lie, `proof_limits` bounds the self-test.
    """

    def __init__(
        self,
        *,
        slot: int = 0,
        scratch: Path | None = None,
        mounts: Mapping[str, Path] = _NO_MOUNTS,
        cgroups: Sequence[Path] | None = None,
        places: Sequence[Path] = BWRAP_PLACES,
        proof_limits: Limits = SELF_TEST_LIMITS,
    ) -> None:
        self._account = account_for(slot)
        self._scratch = Path(tempfile.gettempdir()) if scratch is None else scratch
        self._toolchains = Toolchains(mounts, self._account, self._scratch)
        self._cgroups = cgroups
        self._places = places
        self._mounts = mounts
        self._proof_limits = proof_limits
        self._proof: SelfTest | None = None

    def run(
        self,
        tree: Path,
        argv: Sequence[str],
        *,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        env: Mapping[str, str] = _NO_VARIABLES,
        collect: Sequence[str] = (),
        cancelled: Callable[[], bool] = never,
    ) -> Run:
        """Copy `tree`, run `argv` in the copy (at /repo), and say what happened; nothing of it lives on.

        The command finds /results to leave files in; those named in `collect` come back, if they are regular
        and at most 4 MiB each. Its environment is PATH, HOME, LANG, CI and `env`. `cancelled` is asked twice a
        second. Call it from the thread that waits for it, and keep that thread alive: bubblewrap is told to
        die with the thread that started it.

        Raises `SandboxUnavailable` unless the self-test held on this machine (it is run once per Sandbox, or
        given by `prove`), and `UserError` when `tree` cannot be taken in.
        """
        proof = self.prove()
        if not proof.ok:
            raise unavailable(Failure(proof.reason, proof.mend))
        return self._run(tree, argv, limits=limits, env=env, collect=collect, cancelled=cancelled)

    def prove(self) -> SelfTest:
        """Run the self-test, the first time that it is asked for; return its result."""
        if self._proof is None:
            self._proof = self._try_walls()
        return self._proof

    def _try_walls(self) -> SelfTest:
        with tempfile.TemporaryDirectory(prefix="codex-sandbox-probe-") as empty:
            try:
                run = self._run(Path(empty), ["/bin/sh", "-c", SCRIPT], limits=self._proof_limits)
            except SandboxUnavailable as error:
                return refused(error)
        if run.ended != EXIT:
            failure = Failure(f"its self-test did not end by itself ({run.ended})", "Try again on a less busy machine.")
            return refused(unavailable(failure))
        return judge(run.exit_code, run.output, mounts=self._mounts)

    def _run(
        self,
        tree: Path,
        argv: Sequence[str],
        *,
        limits: Limits,
        env: Mapping[str, str] = _NO_VARIABLES,
        collect: Sequence[str] = (),
        cancelled: Callable[[], bool] = never,
    ) -> Run:
        for name in collect:
            check_result_name(name)
        bwrap = find_bwrap(self._places)
        rules = build_filter()
        mounts = self._toolchains.reachable()
        with (
            workspace(tree, self._account, scratch=self._scratch, tree_bytes=limits.tree_bytes) as place,
            self._group(limits) as group,
            contextlib.ExitStack() as keep,
        ):
            order = Order(
                bwrap=bwrap,
                account=self._account,
                place=place,
                argv=argv,
                mounts=mounts,
                environment=environment(self._mounts, env),
                limits=limits,
                rules=rules,
                group=group,
            )
            started = start(order, keep)
            ending = attend(started, limits, Watch(started.first, place, limits, group), cancelled)
            limiter = WATCHDOG if group is None else f"cgroup {group.version} and {WATCHDOG}"
            results = read_results(place / "results", collect)
            return Run(ending.exit_code, ending.text, ending.seconds, ending.ended, limiter, results)

    @contextlib.contextmanager
    def _group(self, limits: Limits) -> Iterator[Group | None]:
        parents = find_delegated() if self._cgroups is None else self._cgroups
        try:
            group = open_group(parents, f"codex-sandbox-{uuid.uuid4().hex}", limits)
        except OSError as error:
            failure = Failure(f"its cgroup cannot be made ({error.strerror})", "Check the delegation of the cgroup.")
            raise unavailable(failure) from error
        try:
            yield group
        finally:
            if group is not None:
                group.remove()


def self_test(
    *,
    slot: int = 0,
    scratch: Path | None = None,
    mounts: Mapping[str, Path] = _NO_MOUNTS,
    places: Sequence[Path] = BWRAP_PLACES,
) -> SelfTest:
    """Prove the full sandbox on this machine, in some tens of milliseconds; never raises for a missing piece."""
    return Sandbox(slot=slot, scratch=scratch, mounts=mounts, places=places).prove()
