"""Text Generation Inference, by its documented routes (docs/openapi.json of its repository)."""

from collections.abc import Sequence

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
