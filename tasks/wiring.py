"""Builds, from the settings, the tools that jobs are done with."""

from bot.settings import Settings
from tasks.analysis import mounts
from tasks.commands.work import Hands, Options
from tasks.model import ModelClient
from tasks.sandbox import Sandbox, SelfTest
from tasks.verify.suite import TOOLS


def hands_of(settings: Settings, proven: SelfTest, slot: int = 0) -> Hands:
    """Build the tools of one worker slot."""
    token = settings.model_token.get_secret_value() if settings.model_token else None
    return Hands(
        model=ModelClient(settings.model_url, token=token),
        sandbox=make_sandbox(settings, slot),
        self_test=proven,
        options=Options(
            samples=settings.model_samples,
            model_seconds=settings.model_seconds,
            max_answer_tokens=settings.max_answer_tokens,
            test_seconds=settings.test_seconds,
            analysis_seconds=settings.analysis_seconds,
            require_config=settings.require_config,
        ),
        analysers=make_analysers(settings, slot),
    )


def make_sandbox(settings: Settings, slot: int = 0) -> Sandbox:
    """Build the sandbox of one worker slot, with pytest shown inside if it is installed."""
    mounts = {TOOLS: settings.sandbox_tools} if settings.sandbox_tools.is_dir() else {}
    return Sandbox(slot=slot, scratch=settings.sandbox_scratch, mounts=mounts)


def make_analysers(settings: Settings, slot: int = 0) -> Sandbox:
    """Build the sandbox that analysers run in, with our configuration and the tools that are installed for it."""
    shown = mounts(settings.analysis_tools, settings.analysis_more)
    return Sandbox(slot=slot, scratch=settings.sandbox_scratch, mounts=shown)
