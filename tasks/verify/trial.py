"""Tries a patch on a copy of the tree and compares it with the untouched one."""

import dataclasses
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.errors import PolicyError
from bot.events import Changes, FileChange
from tasks.quoting import code
from tasks.sandbox import Sandbox, SelfTest
from tasks.verify.evidence import Evidence, against_itself, compare, unproven, with_doubts
from tasks.verify.suite import Report, Suite, steady


@dataclasses.dataclass(frozen=True, slots=True)
class Baseline:
    """What the tests say before any change; `asked` is the test made from the issue, if it holds one."""

    suite: Suite
    tree: Path
    before: Report
    asked: str | None
    asked_before: Report | None


def measure(
    tree: Path,
    asked: str | None,
    sandbox: Sandbox,
    *,
    seconds: float,
    cancelled: Callable[[], bool],
    arguments: Sequence[str] = (),
) -> Baseline:
    """Run the tests, and the asked one, on the tree as it is.

    All of it twice, so that a test that passes only now and then is neither held against a patch nor counted for it.
    `arguments` are those that the repository gives to pytest.
    """
    suite = Suite(sandbox, seconds=seconds, cancelled=cancelled, arguments=arguments)
    return Baseline(
        suite=suite,
        tree=tree,
        before=_twice(lambda: suite.all_tests(tree)),
        asked=asked,
        asked_before=_twice(lambda: suite.asked(tree, asked)) if asked else None,
    )


def _twice(run: Callable[[], Report]) -> Report:
    first = run()
    return first if first.problem else steady(first, run())


def no_sandbox(self_test: SelfTest) -> Evidence:
    """Return the evidence of a machine on which nothing of a repository may be run."""
    return unproven(f"Nothing was run: no sandbox on this machine ({self_test.reason}).")


def no_pytest(command: Sequence[str]) -> Evidence:
    """Return the evidence of a repository whose tests are run by a command that the sandbox does not know."""
    return unproven(f"Nothing was run: the repository's test command is {code(' '.join(command))}, not pytest.")


def try_patch(baseline: Baseline, changes: Changes, folder: Path) -> Evidence:
    """Make the changes in a fresh copy of the tree below `folder`, run the tests, compare."""
    copy = folder / "candidate"
    shutil.copytree(baseline.tree, copy, symlinks=True)
    try:
        for change in sorted(
            changes, key=lambda change: change.content is not None
        ):  # a file may make room for another
            _make(copy, change)
        after = baseline.suite.all_tests(copy)
        asked_after = baseline.suite.asked(copy, baseline.asked) if baseline.asked else None
    finally:
        shutil.rmtree(copy)
    evidence = compare(baseline.before, after, asked_before=baseline.asked_before, asked_after=asked_after)
    existing = [change.path for change in changes if (baseline.tree / change.path).exists()]
    return with_doubts(evidence, against_itself([change.path for change in changes], existing))


def _make(tree: Path, change: FileChange) -> None:
    check_inside(tree, change.path)
    target = tree / change.path
    if change.content is None:
        target.unlink(missing_ok=True)
        _drop_empty(tree, target.parent)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(change.content)
    target.chmod(0o755 if change.executable else 0o644)


def _drop_empty(tree: Path, folder: Path) -> None:
    """Take away folders that are left empty, as git does: to `check_inside` they would be submodules."""
    while folder != tree and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def check_inside(tree: Path, path: str) -> None:
    """Raise `PolicyError` unless a file may be written at `path`: no link, folder or submodule in its way."""
    target = tree
    for part in Path(path).parts:
        if target != tree and target.is_dir() and not any(target.iterdir()):
            raise PolicyError(f"{path} lies inside a submodule")  # git has no other empty folders
        target /= part
        if part in {"..", "/"} or target.is_symlink():
            raise PolicyError(f"the change would follow a link or leave the repository: {path}")
    if target.is_dir() or any(parent.is_file() for parent in target.parents):
        raise PolicyError(f"{path} is in the way of what is there")
