"""What we need to know about a kind of model server beyond the chat route that all of them share."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from tasks.model.completion import Message, ServedModel
from tasks.model.questions import Questions


class Dialect(Protocol):
    """One kind of server. Errors are those of `Questions`."""

    def served(self, ask: Questions) -> ServedModel | None:
        """Ask what is served; None when the server does not speak this dialect."""
        ...

    def count(self, ask: Questions, model: str, messages: Sequence[Message]) -> int:
        """Return the tokens of the prompt, chat template included, as the server itself counts them."""
        ...

    def response_format(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what the chat route takes as `response_format` for an answer under a JSON schema."""
        ...
