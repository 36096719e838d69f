"""What `codex-bot doctor` finds of the analysers that look at changes beside the model."""

import sys
from collections.abc import Iterator, Sequence

from actions.findings import OK, SKIP, WARN, Check, Finding
from bot.settings import PREFIX, Settings
from tasks.analysis.presence import Presence, presence
from tasks.analysis.tool import MORE, Tool
from tasks.analysis.tools.oxlint import NODE
from tasks.wiring import make_analysers

_NAME = "analysers"


def analysis_checks() -> Sequence[Check]:
    """Return the one check; nothing in it fails, for a review says which tools it had to do without."""
    return (Check(_NAME, _analysers, needs=("sandbox",)),)


def _analysers(settings: Settings) -> Iterator[Finding]:
    found = presence(make_analysers(settings))
    here = [f"{each.tool.name} {each.version}" for each in found if each.version]
    if here:
        yield Finding(_NAME, OK, ", ".join(here))
    yield from (_missing(each, settings) for each in found if not each.version)


def _missing(each: Presence, settings: Settings) -> Finding:
    tool = each.tool
    is_extra = any(need.startswith(MORE) for need in tool.needs)
    # What an operator may add is nothing to mend, unless it was added and does not work.
    state = SKIP if is_extra and each.is_absent else WARN
    text = f"{tool.name} is not here" if each.is_absent else f"{tool.name} is here but does not say its version"
    so = f"reviews have no tool for {tool.about}, and say so where there is something to look at"
    return Finding(_NAME, state, text, _mend(tool, settings, is_extra=is_extra), so)


def _mend(tool: Tool, settings: Settings, *, is_extra: bool) -> str:
    if NODE in tool.needs:
        return f"npm install --prefix {settings.analysis_more} {tool.name}, with Node.js as {NODE}"
    folder, of = (settings.analysis_more, "more") if is_extra else (settings.analysis_tools, "tools")
    lock = "requirements-analysis-more.lock" if is_extra else "requirements-analysis.lock"
    install = f"{sys.executable} -m pip install --upgrade --no-deps --target {folder} -r {lock}"
    by_setup = "" if is_extra else " (`make setup` does it)"
    return f"{install}{by_setup}, or name another folder with {PREFIX}ANALYSIS_{of.upper()}"
