"""The JSON inside a model's answer: as it stands, or repaired where a model without a grammar went astray. Pure."""

import dataclasses
import json
import re
from typing import Any

import json_repair

LONGEST = 200_000  # characters; no answer is that long, and a repair takes time

CUT, SHAPE = "the answer was cut off before it said anything", "the answer was JSON of another shape"

_THOUGHTS = re.compile(r"(?s)\A\s*<think>.*?(?:</think>|\Z)")
_FENCE_END = re.compile(r"\n\s*(?:```|~~~)")
_ITEM_ENDS = re.compile(r"\}\s*,?\s*\]?\s*\}?\s*\Z")
_STRICT, _LENIENT = json.JSONDecoder(), json.JSONDecoder(strict=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Items:
    """The list that was asked for. `repaired` says that the text was not plain JSON of the right shape.

    `is_cut` says that the end is missing; what stands in `items` then was written whole. `problem` is empty, or says in
    words why there is no list: no list is never the same as an empty one.
    """

    items: tuple[Any, ...] = ()
    rest: dict[str, Any] = dataclasses.field(default_factory=dict)
    repaired: bool = False
    is_cut: bool = False
    problem: str = ""


def read_items(text: str, name: str, *, needs: frozenset[str], finish_reason: str = "stop") -> Items:
    """Return the list called `name` of the object that a model answered with.

    An item is an object that has at least one of the keys that it `needs`; of a cut answer the last item must have all
    of them.
    """
    plain = _THOUGHTS.sub("", text[:LONGEST]).strip()
    if not plain:
        return Items(problem=CUT if finish_reason == "length" else "the answer was empty")
    start = re.search(rf"""\{{\s*["']?(?:{name}|summary)["']?\s*:""", plain) or re.search(r"[\[{]", plain)
    if start is None:
        return Items(problem="the answer was prose, not JSON")
    tail = plain[start.start() :]
    value, is_whole, is_plain = _parse(tail)
    is_cut = not is_whole and (finish_reason == "length" or _is_open(tail))
    found = _listed(value, name, needs)
    if found is None:
        return Items(problem=CUT if is_cut else SHAPE)
    items, rest, as_asked = found
    if is_cut and items and not (_ITEM_ENDS.search(tail) and needs <= _keys(items[-1])):
        items = items[:-1]
    if not items and not is_whole:
        if is_cut:
            return Items(problem=CUT)
        if not re.search(rf"""{name}["']?\s*:\s*\[\s*\]""", tail):
            return Items(problem=SHAPE)  # a repair made the list, not the model
    return Items(items, rest, not (is_plain and as_asked and tail == plain), is_cut)


def _parse(tail: str) -> tuple[Any, bool, bool]:
    """Return the value, whether it was written to its end, and whether it is JSON to the letter and nothing else."""
    for decoder in (_STRICT, _LENIENT):  # line ends inside of texts are the most frequent slip
        try:
            value, end = decoder.raw_decode(tail)
        except (ValueError, RecursionError):
            continue
        return value, True, decoder is _STRICT and end == len(tail)
    try:
        return json_repair.loads(_FENCE_END.split(tail)[0], skip_json_loads=True), False, False
    except (ValueError, RecursionError):
        return None, False, False


def _is_open(tail: str) -> bool:
    """Say whether a text that is no JSON stops in the middle: after the last bracket more of it begins."""
    inside = _FENCE_END.split(tail)[0]
    after = inside[max(inside.rfind("}"), inside.rfind("]")) + 1 :]
    return inside == after or re.search(r"""["':{\[]|,\s*\Z""", after) is not None


def _listed(value: Any, name: str, needs: frozenset[str]) -> tuple[tuple[Any, ...], dict[str, Any], bool] | None:
    """Find the list in what was answered: where it belongs, or without the object around it, or one item alone."""
    if isinstance(value, dict) and isinstance(value.get(name), list):
        rest = {key: part for key, part in value.items() if key != name}
        items = tuple(item for item in value[name] if needs & _keys(item))
        return (items, rest, True) if items or not value[name] else None
    if isinstance(value, dict) and len(needs & _keys(value)) > 1:
        return (value,), {}, False
    if isinstance(value, list):
        items = tuple(item for item in value if len(needs & _keys(item)) > 1)
        return (items, {}, False) if items else None
    return None


def _keys(item: Any) -> frozenset[str]:
    return frozenset(item) if isinstance(item, dict) else frozenset()
