"""llama.cpp's server, which is also our embedded engine (tools/server/README.md of its repository)."""

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from tasks.model.completion import Message, ServedModel
from tasks.model.questions import Questions


class LlamaCpp:
    """`/apply-template` and `/tokenize` are the two halves of what its chat route does first."""

    def served(self, ask: Questions) -> ServedModel | None:
        """Read `/props`; its `n_ctx` is what one request may use, not the sum over all slots."""
        props = ask.get("/props")
        if props is None or "default_generation_settings" not in props:
            return None
        context = int(props["default_generation_settings"]["n_ctx"])
        name = props.get("model_alias") or pathlib.PurePath(props.get("model_path", "")).stem
        # A prompt that fills the context leaves no room for a single token and is refused.
        return ServedModel(name=str(name), context_tokens=context, max_prompt_tokens=context - 1, dialect="llama.cpp")

    def count(self, ask: Questions, model: str, messages: Sequence[Message]) -> int:
        """Apply the template, then tokenize with the two flags that the chat route itself uses."""
        body = {"model": model, "messages": [message.as_json() for message in messages]}
        prompt = ask.post("/apply-template", body)["prompt"]
        return len(ask.post("/tokenize", {"content": prompt, "add_special": True, "parse_special": True})["tokens"])

    def response_format(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """Add the schema beside `json_object`, from which llama.cpp makes a grammar."""
        return {"type": "json_object", "schema": schema}
