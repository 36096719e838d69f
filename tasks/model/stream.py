"""One streamed completion through huggingface_hub's InferenceClient, every way of failing given a name."""

import dataclasses
import json
from collections.abc import AsyncIterator, Callable
from typing import Any, cast

import httpx2
from huggingface_hub import AsyncInferenceClient, ChatCompletionInputStreamOptions, ChatCompletionStreamOutput
from huggingface_hub.errors import (
    HfHubHTTPError,
    InferenceTimeoutError,
    OfflineModeIsEnabled,
    TextGenerationError,
)

from bot.errors import CodexBotError, RetryableError, UserError
from tasks.model.answer import Answer, Request
from tasks.model.connections import share_certificates
from tasks.model.endpoint import Endpoint
from tasks.model.patience import Patience
from tasks.model.refusals import from_event, from_status


@dataclasses.dataclass(frozen=True, slots=True)
class Listener:
    """Listens to one server; `connect_seconds` bounds the connection, a `Patience` everything after it."""

    endpoint: Endpoint
    connect_seconds: float

    async def listen(self, request: Request, patience: Patience, on_tokens: Callable[[int], None]) -> Answer:
        """Return the whole answer. `on_tokens` hears how many pieces, about one token each, there are so far.

        Raises `RefusedPromptError`, `UserError`, `RetryableError` (also for an answer that is cut off)
        and `CompletionCancelledError`.
        """
        answer = Answer()
        share_certificates()
        # The asynchronous client, because only its calls can be given up at any moment, prefill included.
        # One client per stream: each keeps its connections, and a callback per stream, until it is closed.
        async with AsyncInferenceClient(
            base_url=self.endpoint.url, headers=self._headers(), timeout=self._timeout()
        ) as client:
            try:
                chunks = await patience.wait(_open(client, request), quiet=True)
                while (chunk := await patience.wait(_next(chunks), quiet=not answer.begun)) is not None:
                    _add(answer, chunk)
                    on_tokens(len(answer.pieces))
            except (HfHubHTTPError, httpx2.ResponseNotRead) as error:
                response = _response(error)
                body = await patience.wait(_body(response))
                raise from_status(self.endpoint, response.status_code, body, response.headers) from error
            except (httpx2.HTTPError, OfflineModeIsEnabled, json.JSONDecodeError) as error:
                raise self._explain(error) from error
        if answer.finish_reason is None:
            raise RetryableError(f"The answer of the model server at {self.endpoint.url} was cut off.")
        return answer

    def _headers(self) -> dict[str, str]:
        # Without a header of its own the client sends the machine's saved Hugging Face token to whatever
        # server this is. A header of None overrides that one and is dropped before sending.
        return cast("dict[str, str]", {"authorization": self.endpoint.authorization})

    def _timeout(self) -> float:
        # Annotated as one number, handed on to httpx2 as it is. Silence is the business of `Patience`.
        return cast("float", httpx2.Timeout(None, connect=self.connect_seconds))

    def _explain(self, error: Exception) -> CodexBotError:
        url = self.endpoint.url
        match error:
            case OfflineModeIsEnabled():
                return UserError(
                    f"HF_HUB_OFFLINE is set, so huggingface_hub calls nobody, not even {url}.",
                    mend="Unset HF_HUB_OFFLINE (and TRANSFORMERS_OFFLINE) for the bot; the model server may keep it.",
                )
            case TextGenerationError():
                return from_event(self.endpoint, error.args[0] if error.args else "")
            case InferenceTimeoutError() | httpx2.ConnectError() | httpx2.TimeoutException():
                return RetryableError(f"The model server at {url} cannot be reached.")
            case json.JSONDecodeError():
                return RetryableError(f"The model server at {url} sent something that is no chat stream.")
        return RetryableError(f"The connection to the model server at {url} broke off.")


async def _open(client: AsyncInferenceClient, request: Request) -> AsyncIterator[ChatCompletionStreamOutput]:
    chunks = await client.chat_completion(
        [message.as_json() for message in request.messages],
        model=request.model,
        stream=True,
        stream_options=ChatCompletionInputStreamOptions(include_usage=True),
        max_tokens=request.max_tokens,
        temperature=request.temperature,
        seed=request.seed,
        frequency_penalty=request.frequency_penalty or None,
        extra_body={"response_format": _Verbatim(request.response_format)} if request.response_format else None,
    )
    return aiter(chunks)


class _Verbatim(dict[str, Any]):
    """A response format that is sent as it stands.

    huggingface_hub 2.4 puts every format of the type `json_schema` into the words of TGI, which other servers take
    for "any JSON" (inference/_providers/hf_inference.py). It looks by `get`; nothing that sends JSON does.
    """

    def get(self, _key: object, default: Any = None) -> Any:
        return default


def _add(answer: Answer, chunk: ChatCompletionStreamOutput) -> None:
    # A chunk is a piece of text, the reason to end, or the usage (which has no choices).
    answer.begun = True
    answer.model = chunk.model or answer.model
    for choice in chunk.choices[:1]:
        if choice.delta.content:
            answer.pieces.append(choice.delta.content)
        answer.finish_reason = choice.finish_reason or answer.finish_reason
    if chunk.usage:
        answer.prompt_tokens = chunk.usage.prompt_tokens
        answer.completion_tokens = chunk.usage.completion_tokens


async def _next(chunks: AsyncIterator[ChatCompletionStreamOutput]) -> ChatCompletionStreamOutput | None:
    return await anext(chunks, None)


def _response(error: HfHubHTTPError | httpx2.ResponseNotRead) -> httpx2.Response:
    # huggingface_hub 2.4 reads the body of a 422 too early when it comes without a length (through a proxy,
    # say), and stumbles while it handles the error that we want.
    if isinstance(error, HfHubHTTPError):
        return error.response
    if isinstance(error.__context__, HfHubHTTPError):
        return error.__context__.response
    raise error


async def _body(response: httpx2.Response) -> str:
    try:
        await response.aread()
    except httpx2.HTTPError:
        return ""
    return response.text
