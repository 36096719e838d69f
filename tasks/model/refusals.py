"""What a model server says when it does not answer, turned into our errors."""

import http
import json
import re
from collections.abc import Mapping
from typing import Any

from bot.errors import CodexBotError, RetryableError, UserError
from tasks.model.endpoint import Endpoint

_SHOWN = 300  # characters of the server's own words
_BAD_PROMPT = {
    http.HTTPStatus.BAD_REQUEST,
    http.HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    http.HTTPStatus.UNPROCESSABLE_ENTITY,
}
_LATER = {
    http.HTTPStatus.REQUEST_TIMEOUT,
    http.HTTPStatus.FAILED_DEPENDENCY,  # TGI: the generation failed on the way
    http.HTTPStatus.TOO_EARLY,
    http.HTTPStatus.TOO_MANY_REQUESTS,
}


class RefusedPromptError(UserError):
    """The server read the prompt and will not answer it; asking again changes nothing."""


class PromptTooLongError(RefusedPromptError):
    """Prompt and answer together do not fit into the model; the numbers are tokens."""

    def __init__(self, *, prompt_tokens: int, max_tokens: int, max_prompt_tokens: int, context_tokens: int) -> None:
        super().__init__(
            f"The prompt has {prompt_tokens} tokens and asks for an answer of {max_tokens}; "
            f"the model takes prompts of {max_prompt_tokens} tokens and {context_tokens} in all.",
            mend="Name fewer or smaller files, or serve the model with a longer context.",
        )
        self.prompt_tokens = prompt_tokens
        self.max_tokens = max_tokens
        self.max_prompt_tokens = max_prompt_tokens
        self.context_tokens = context_tokens


_SCHEMA_WORDS = re.compile(r"grammar|schema|response_format|guided|structured", re.IGNORECASE)


def is_about_schema(error: CodexBotError) -> bool:
    """Say whether a server may have failed because of the schema that it was told.

    A prompt that it refuses may be refused for that, whatever its words; any other failure must name it: TGI's shards
    answer 424 when they cannot compile a grammar.
    """
    return isinstance(error, RefusedPromptError) or _SCHEMA_WORDS.search(str(error)) is not None


class CompletionCancelledError(CodexBotError):
    """The caller asked to stop while the model was writing."""


def from_status(endpoint: Endpoint, status: int, body: str, headers: Mapping[str, str]) -> CodexBotError:
    """Return the error for an HTTP answer of 400 and above."""
    words = server_words(body)
    if status in {http.HTTPStatus.UNAUTHORIZED, http.HTTPStatus.FORBIDDEN}:
        what = "refuses our token" if endpoint.authorization else "asks for a token, and none is set"
        return UserError(f"The model server at {endpoint.url} {what} (HTTP {status}).", mend="Set its token anew.")
    if status in {http.HTTPStatus.NOT_FOUND, http.HTTPStatus.METHOD_NOT_ALLOWED}:
        return UserError(
            f"There is no chat route at {endpoint.url} (HTTP {status}). {words}".strip(),
            mend="Check the model server's URL: it is the root, without /generate or a page's name.",
        )
    if status in _BAD_PROMPT:
        return refused(endpoint, words)
    if status in _LATER or status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
        text = f"The model server at {endpoint.url} cannot answer now (HTTP {status}). {words}".strip()
        return RetryableError(text, retry_after=_seconds(headers.get("Retry-After", "")))
    return UserError(
        f"The model server at {endpoint.url} answered HTTP {status}. {words}".strip(), mend="Look into its log."
    )


def from_event(endpoint: Endpoint, event: object) -> CodexBotError:
    """Return the error for an error event inside a stream that began with HTTP 200.

    `event` is the server's text, or a dictionary with `message` and perhaps `code`. TGI's chat route labels
    every one of its errors 422 there, even "Model is overloaded", so for TGI the text decides:
    https://github.com/huggingface/text-generation-inference/blob/main/router/src/infer/mod.rs (InferError).
    """
    fields = event if isinstance(event, Mapping) else {"message": event}
    words = _short(str(fields.get("message", "")))
    validation = words.startswith(("Input validation error", "Template error", "Tool error"))
    if validation or fields.get("code") in _BAD_PROMPT:
        return refused(endpoint, words)
    return RetryableError(f"The model server at {endpoint.url} broke off: {words}")


def refused(endpoint: Endpoint, words: str) -> RefusedPromptError:
    """Return the error for a prompt that was read and turned down, with the server's own words."""
    return RefusedPromptError(
        f"The model server at {endpoint.url} refuses the prompt: {words or 'it does not say why'}",
        mend="If it is too long, name fewer files; otherwise look into the server's log.",
    )


def server_words(body: str) -> str:
    """Return the sentence inside an error body, whichever of the usual shapes it has."""
    try:
        document: Any = json.loads(body)
    except ValueError:
        return "" if body.lstrip().startswith("<") else _short(body)
    for key in ("error", "message", "detail"):
        if isinstance(document, Mapping) and document.get(key):
            document = document[key]
    return _short(document if isinstance(document, str) else json.dumps(document))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[:_SHOWN] + "..."


def _seconds(header: str) -> float | None:
    return float(header) if header.isascii() and header.isdigit() else None
