"""Everything that can go wrong and is worth a name of its own."""


class CodexBotError(Exception):
    """Root of every error that this project raises on purpose."""


class UserError(CodexBotError):
    """The person who asked can mend this; the text is shown to them as it stands.

    `message` says what failed in one sentence, `mend` says the next step.
    """

    def __init__(self, message: str, *, mend: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend


class PolicyError(UserError):
    """A rule of ours forbids what was asked: no permission, a protected path, a patch too large."""


class RefusalError(PolicyError):
    """Somebody may not ask for this here; a repository may want that they get no answer."""


class RetryableError(CodexBotError):
    """A service is away or busy; the same call may work later.

    `retry_after` is the number of seconds that the service asked us to wait, if it did.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ForgeAwayError(RetryableError):
    """A forge did not answer, or failed by itself; a forge that only asks for patience is not away."""


class LeaseLostError(CodexBotError):
    """Another worker holds this job now; whatever this one still wants to write is void."""


class SettingsError(UserError):
    """The bot itself is set up wrongly; nothing may start until it is mended."""
