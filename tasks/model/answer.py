"""What is asked of a model server, and what has been heard of the answer so far."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from tasks.model.completion import Message


@dataclasses.dataclass(frozen=True, slots=True)
class Request:
    """What to ask for; `temperature` 0 is greedy, `seed` None lets the server choose.

    `frequency_penalty` above 0 makes a model less willing to say again what it has said; 0 is not sent.
    `response_format` is in the server's own words.
    """

    model: str
    messages: Sequence[Message]
    max_tokens: int
    temperature: float
    seed: int | None
    frequency_penalty: float = 0.0
    response_format: Mapping[str, Any] | None = None


@dataclasses.dataclass(slots=True)
class Answer:
    """What has been heard so far; it is whole once `finish_reason` is there."""

    begun: bool = False
    pieces: list[str] = dataclasses.field(default_factory=list)
    finish_reason: str | None = None
    model: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
