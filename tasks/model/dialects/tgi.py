"""Text Generation Inference, by its documented routes (docs/openapi.json of its repository)."""

from collections.abc import Mapping, Sequence
from typing import Any

from tasks.model.completion import Message, ServedModel
from tasks.model.questions import Questions


class Tgi:
    """`/chat_tokenize` goes through the same template and tokenizer as a completion does."""

    def served(self, ask: Questions) -> ServedModel | None:
        """Read `/info`; other servers with such a route do not know `max_total_tokens`."""
        info = ask.get("/info")
        if info is None or "max_total_tokens" not in info:
            return None
        return ServedModel(
            name=str(info["model_id"]),
            context_tokens=int(info["max_total_tokens"]),
            max_prompt_tokens=int(info["max_input_tokens"]),
            dialect="tgi",
        )

    def count(self, ask: Questions, model: str, messages: Sequence[Message]) -> int:
        """Count the tokens of the templated conversation."""
        body = {"model": model, "messages": [message.as_json() for message in messages]}
        return len(ask.post("/chat_tokenize", body)["tokenize_response"])

    def response_format(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """Say it in the words of every version: `json_schema` came late, and `json` with a `value` still works."""
        return {"type": "json", "value": _unbounded(schema)}


def _unbounded(schema: Any) -> Any:
    """Leave out the bounds of lists: TGI writes a schema out as one automaton, in which each item stands anew."""
    if isinstance(schema, Mapping):
        return {name: _unbounded(part) for name, part in schema.items() if name not in {"maxItems", "minItems"}}
    return schema
