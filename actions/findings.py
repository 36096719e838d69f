"""What a check finds, in which order checks are asked, and how a finding looks on a terminal."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence

import click

from actions.console import Exit, print_json, printable
from bot.errors import CodexBotError, UserError
from bot.settings import Settings

OK, WARN, FAIL, SKIP = "ok", "warn", "fail", "skip"
_SIGNS = {OK: ("✓", "green"), WARN: ("!", "yellow"), FAIL: ("✗", "red"), SKIP: ("-", "bright_black")}
_NAME_WIDTH = 20  # the longest name


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found: `state` is ok, warn, fail or skip.

    `so` says what follows from it where that is not plain, `mend` the next step where there is one.
    """

    name: str
    state: str
    text: str
    mend: str = ""
    so: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Check:
    """One question, asked only if none of the checks that it `needs` failed."""

    name: str
    look: Callable[[Settings], Iterator[Finding]]
    needs: Sequence[str] = ()


def examine(settings: Settings, asked: Sequence[Check]) -> Iterator[Finding]:
    """Run checks in order; one that cannot finish becomes a finding itself, and what needs it is skipped."""
    failed: set[str] = set()
    for check in asked:
        missing = next((needed for needed in check.needs if needed in failed), None)
        if missing is not None:
            failed.add(check.name)
            yield skipped(check.name, missing)
            continue
        for finding in _look(check, settings):
            if finding.state == FAIL:
                failed.add(check.name)
            yield finding


def _look(check: Check, settings: Settings) -> Iterator[Finding]:
    try:
        yield from check.look(settings)
    except UserError as error:
        yield Finding(check.name, FAIL, error.message, error.mend)
    except CodexBotError as error:
        yield Finding(check.name, FAIL, str(error), "Try again when it is back.")
    except OSError as error:
        words = ": ".join(str(part) for part in (error.filename, error.strerror) if part)
        yield Finding(check.name, FAIL, words or str(error), "Check the path, its permissions and the free space.")


def skipped(name: str, needed: str) -> Finding:
    """Return the finding of a check that was not asked because `needed` failed."""
    return Finding(name, SKIP, f"not looked at; first mend: {needed}")


def shown(finding: Finding) -> str:
    """Return a finding as lines: sign, name and text, then what follows from it, then the mend."""
    sign, colour = _SIGNS[finding.state]
    lines = [f"{click.style(sign, fg=colour)} {finding.name:{_NAME_WIDTH}} {printable(finding.text)}"]
    if finding.so:
        lines.append(f"  {click.style('so:', fg='cyan')}   {printable(finding.so)}")
    if finding.mend:
        lines.append(f"  {click.style('mend:', fg='cyan')} {printable(finding.mend)}")
    return "\n".join(lines)


def tell(findings: Iterable[Finding], fine: str, *, as_json: bool) -> int:
    """Print findings, with `fine` where none failed, and return the exit code."""
    found: list[Finding] = []
    for finding in findings:
        found.append(finding)
        if not as_json:
            click.echo(shown(finding))  # at once: a later check may have to wait for a time-out
    failed = sum(finding.state == FAIL for finding in found)
    if as_json:
        print_json({"ok": not failed, "items": [dataclasses.asdict(finding) for finding in found]})
    else:
        things = f"{failed} thing{'s' if failed > 1 else ''} to mend."
        click.echo(f"\n{things if failed else fine}")
    return Exit.NOT_SO if failed else Exit.DONE
