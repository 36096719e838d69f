"""What can keep the engine from starting, told so that a person can mend it."""


class EngineError(Exception):
    """The engine cannot start; `message` says why, `mend` says the next step."""

    def __init__(self, message: str, *, mend: str) -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend
