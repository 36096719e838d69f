"""vLLM's OpenAI-compatible server (docs/serving/openai_compatible_server.md of its repository)."""

from collections.abc import Mapping, Sequence
from typing import Any

from tasks.model.completion import Message, ServedModel
from tasks.model.questions import Questions


class Vllm:
    """`/tokenize` takes a conversation and applies the template with the chat route's own defaults."""

    def served(self, ask: Questions) -> ServedModel | None:
        """Read `/v1/models`: the first card's `max_model_len`, which other servers do not have."""
        models = ask.get("/v1/models")
        cards = models.get("data") if models else None
        if not cards or not cards[0].get("max_model_len"):
            return None
        context = int(cards[0]["max_model_len"])
        return ServedModel(
            name=str(cards[0]["id"]), context_tokens=context, max_prompt_tokens=context - 1, dialect="vllm"
        )

    def count(self, ask: Questions, model: str, messages: Sequence[Message]) -> int:
        """Count the tokens of the templated conversation."""
        body = {"model": model, "messages": [message.as_json() for message in messages]}
        return int(ask.post("/tokenize", body)["count"])

    def response_format(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """Say it as OpenAI's own route does."""
        return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": True}}
