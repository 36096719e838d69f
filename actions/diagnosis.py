"""Says what the service lacks or has set up wrongly, and the mend: what `codex-bot doctor` does."""

from collections.abc import Iterator

from actions.checks import checks
from actions.findings import FAIL, Finding, examine, skipped, tell
from bot.errors import SettingsError
from bot.settings import read_settings
from tasks.sandbox import self_test
from tasks.wiring import make_sandbox


def examine_service(*, as_json: bool) -> int:
    """Run every check, print the findings and return the exit code."""
    return tell(_diagnose(), "The service can run.", as_json=as_json)


def _diagnose() -> Iterator[Finding]:
    """Read the settings and run every check; settings that cannot be read are a finding too."""
    try:
        settings = read_settings()
    except SettingsError as error:
        yield Finding("settings", FAIL, error.message, error.mend)
        yield from (skipped(check.name, "settings") for check in checks(self_test) if check.name != "settings")
    else:
        yield from examine(settings, checks(make_sandbox(settings).prove))
