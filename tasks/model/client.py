"""The client of one model server: what it serves, how long a prompt is, and completions."""

import asyncio
import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.errors import CodexBotError
from tasks.model import endpoint
from tasks.model.answer import Answer, Request
from tasks.model.completion import Completion, Message, ServedModel
from tasks.model.dialects.detect import detect
from tasks.model.dialects.protocol import Dialect
from tasks.model.patience import Patience
from tasks.model.questions import Questions
from tasks.model.refusals import PromptTooLongError, RefusedPromptError, is_about_schema


def _never() -> bool:
    return False


def _ignore(_pieces: int) -> None:
    pass


class ModelClient:
    """Speaks to a TGI, llama.cpp or vLLM server; which one it is, the client finds out by asking.

    Every method raises `RetryableError` when the server is away or busy, and `UserError` when a person
    must act. `connect_seconds` bounds one connection, `idle_seconds` the silence between two tokens (the
    first may take until the deadline). No error, and nothing else, shows the token or a password inside `url`.
    """

    def __init__(
        self, url: str, *, token: str | None = None, connect_seconds: float = 5.0, idle_seconds: float = 120.0
    ) -> None:
        self._endpoint = endpoint.parse(url, token)
        self._ask = Questions(self._endpoint, connect_seconds)
        self._connect_seconds = connect_seconds
        self._idle_seconds = idle_seconds
        self._known: tuple[Dialect, ServedModel] | None = None
        self._takes_schemas = True

    def served(self) -> ServedModel:
        """Ask the server what it serves and how much fits into it."""
        self._known = detect(self._ask)
        return self._known[1]

    def count(self, messages: Sequence[Message]) -> int:
        """Return the exact tokens of the prompt that a completion of `messages` would have."""
        dialect, served = self._recall()
        return dialect.count(self._ask, served.name, messages)

    def complete(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        temperature: float,
        seed: int | None,
        deadline_seconds: float,
        frequency_penalty: float = 0.0,
        schema: Mapping[str, Any] | None = None,
        cancelled: Callable[[], bool] = _never,
        on_tokens: Callable[[int], None] = _ignore,
    ) -> Completion:
        """Stream one answer and return it whole, within `deadline_seconds`.

        `schema` is a JSON schema that the answer must follow; a server that refuses it is asked again without, now
        and later, and the completion is then not `constrained`.
        `cancelled` is asked several times a second, also while the model still reads the prompt, and ends
        the call with `CompletionCancelledError`. `on_tokens` hears the number of tokens so far. Raises
        `PromptTooLongError` with the numbers when prompt and `max_tokens` do not fit, and `RetryableError`
        for an answer that ends without a reason.
        """
        started = time.monotonic()
        dialect, served = self._recall()
        request = Request(served.name, messages, max_tokens, temperature, seed, frequency_penalty)
        patience = Patience(
            self._endpoint.url,
            deadline_seconds=deadline_seconds,
            idle_seconds=self._idle_seconds,
            cancelled=cancelled,
        )
        answer, constrained = None, False
        if schema is not None and self._takes_schemas:
            told = dataclasses.replace(request, response_format=dialect.response_format(schema))
            answer = self._listen_or_doubt(told, patience, on_tokens)
            constrained = answer is not None
        if answer is None:
            answer = self._listen(request, patience, on_tokens)
            self._takes_schemas = self._takes_schemas and schema is None
        return self._completion(messages, answer, time.monotonic() - started, constrained=constrained)

    def _listen_or_doubt(self, request: Request, patience: Patience, on_tokens: Callable[[int], None]) -> Answer | None:
        """Return the answer, or None when the schema may be what the server does not take."""
        try:
            return self._listen(request, patience, on_tokens)
        except PromptTooLongError:
            raise
        except CodexBotError as error:
            if not is_about_schema(error):
                raise
            return None

    def _listen(self, request: Request, patience: Patience, on_tokens: Callable[[int], None]) -> Answer:
        from tasks.model.stream import Listener  # noqa: PLC0415  # huggingface_hub loads long, and only streams need it

        listener = Listener(self._endpoint, self._connect_seconds)
        try:
            return asyncio.run(listener.listen(request, patience, on_tokens))
        except RefusedPromptError:
            self._check_length(request.messages, request.max_tokens)
            raise
        except CodexBotError:
            # Whoever answers next time may serve something else.
            self._known, self._takes_schemas = None, True
            raise

    def _recall(self) -> tuple[Dialect, ServedModel]:
        if self._known is None:
            self._known = detect(self._ask)
        return self._known

    def _check_length(self, messages: Sequence[Message], max_tokens: int) -> None:
        served, prompt_tokens = self.served(), self.count(messages)
        if prompt_tokens > served.max_prompt_tokens or prompt_tokens + max_tokens > served.context_tokens:
            raise PromptTooLongError(
                prompt_tokens=prompt_tokens,
                max_tokens=max_tokens,
                max_prompt_tokens=served.max_prompt_tokens,
                context_tokens=served.context_tokens,
            )

    def _completion(
        self, messages: Sequence[Message], answer: Answer, seconds: float, *, constrained: bool
    ) -> Completion:
        text = "".join(answer.pieces)
        prompt_tokens, completion_tokens = answer.prompt_tokens, answer.completion_tokens
        if prompt_tokens is None or completion_tokens is None:
            prompt_tokens = self.count(messages)
            with_answer, without = (self.count([*messages, Message("assistant", said)]) for said in (text, ""))
            completion_tokens = with_answer - without
        return Completion(
            text=text,
            prompt_tokens=prompt_tokens,
            completion_tokens=completion_tokens,
            finish_reason=answer.finish_reason or "",
            model=answer.model or self._recall()[1].name,
            seconds=seconds,
            constrained=constrained,
        )
