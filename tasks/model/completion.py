"""What goes to a model and what comes back."""

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class ServedModel:
    """What a server serves: `context_tokens` is prompt and completion together, `dialect` is the server's kind."""

    name: str
    context_tokens: int
    max_prompt_tokens: int
    dialect: str


@dataclasses.dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation: `role` is "system", "user" or "assistant"."""

    role: str
    content: str

    def as_json(self) -> dict[str, str]:
        """Return the message as every chat route spells it."""
        return {"role": self.role, "content": self.content}


@dataclasses.dataclass(frozen=True, slots=True)
class Completion:
    """A whole answer: `finish_reason` is the server's word ("stop", "length"), `seconds` is wall time.

    `constrained` says that the server was told a JSON schema and took it; what it wrote may still be cut off.
    """

    text: str
    prompt_tokens: int
    completion_tokens: int
    finish_reason: str
    model: str
    seconds: float
    constrained: bool = False
