"""What a model is asked to answer, as JSON schemas that each server's grammar can follow.

Made for small models: few words, no bounds on numbers, and reasons before the verdicts that they carry, since a model
writes in order and cannot go back. Only what TGI, llama.cpp and vLLM all understand is used.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tasks.review.finding import Category, Severity

MOST_FINDINGS = 8  # of one answer; a model that repeats itself is stopped here
MOST_VERDICTS = 2 * MOST_FINDINGS

Schema = Mapping[str, Any]


def _object(**properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


_TEXT: Schema = {"type": "string"}
_WHOLE: Schema = {"type": "integer"}
_NUMBER: Schema = {"type": "number"}

# The confidence comes last, so that an item with one is whole.
FINDING = _object(
    path=_TEXT,
    line=_WHOLE,
    last_line=_WHOLE,
    quote=_TEXT,
    body=_TEXT,
    title=_TEXT,
    category={"type": "string", "enum": [str(category) for category in Category]},
    severity={"type": "string", "enum": [str(severity) for severity in Severity]},
    suggestion={"anyOf": [_TEXT, {"type": "null"}]},
    confidence=_NUMBER,
)


def findings(names: Sequence[str] = ()) -> Schema:
    """Return the schema of an answer; with `names`, of one that can speak of these files only."""
    path = {"type": "string", "enum": list(names)} if names else _TEXT
    item = {**FINDING, "properties": {**FINDING["properties"], "path": path}}
    return _object(summary=_TEXT, findings={"type": "array", "items": item, "maxItems": MOST_FINDINGS})


VERDICT = _object(id=_WHOLE, reason=_TEXT, refuted={"type": "boolean"}, confidence=_NUMBER)
VERDICTS = _object(verdicts={"type": "array", "items": VERDICT, "maxItems": MOST_VERDICTS})
