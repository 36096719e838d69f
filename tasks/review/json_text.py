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
_BETWEEN_ITEMS = re.compile(r"[\s,]*")
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

    An item is an object that has at least one of the keys that it `needs`.
    """
    plain = _THOUGHTS.sub("", text[:LONGEST]).strip()
    if not plain:
        return Items(problem=CUT if finish_reason == "length" else "the answer was empty")
    start = re.search(rf"""\{{\s*["']?(?:{name}|summary)["']?\s*:""", plain) or re.search(r"[\[{]", plain)
    if start is None:
        return Items(problem="the answer was prose, not JSON")
    tail = plain[start.start() :]
    value, is_whole, is_plain = _parse(tail)
    listed, rest, as_asked = _listed(value, name, needs) or (None, {}, False)
    if not is_whole and (finish_reason == "length" or _is_open(tail)):
        kept = tuple(item for item in _written_whole(tail, name, listed or []) if needs & _keys(item))
        return Items(kept, rest, repaired=True, is_cut=True) if kept else Items(problem=CUT)
    items = tuple(item for item in listed or [] if needs & _keys(item))
    if listed is None or (not items and (listed or not _says_none(plain, name))):
        return Items(problem=SHAPE)
    return Items(items, rest, not (is_plain and as_asked and tail == plain))


def _says_none(plain: str, name: str) -> bool:
    """Say whether an answer itself holds the empty list, once and with something behind it: a repair makes some up."""
    lists = re.findall(rf"""\b{name}["']?\s*:\s*(\[\s*\]\s*[,}}])?""", plain)
    return len(lists) == 1 and bool(lists[0])


def _written_whole(tail: str, name: str, repaired: list[Any]) -> list[Any]:
    """Return the items that a cut answer holds to their end; where it is no JSON to the letter, all but the last."""
    begin = re.search(rf"""{name}["']?\s*:\s*\[|\A\s*\[""", tail)
    place, found = (begin.end() if begin else len(tail)), []
    while item := _BETWEEN_ITEMS.match(tail, place):
        try:
            value, place = _LENIENT.raw_decode(tail, item.end())
        except (ValueError, RecursionError):
            break
        found.append(value)
    return found if len(found) >= len(repaired) - 1 else repaired[:-1]


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


def _listed(value: Any, name: str, needs: frozenset[str]) -> tuple[list[Any], dict[str, Any], bool] | None:
    """Find the list in what was answered: where it belongs, or without the object around it, or one item alone."""
    if isinstance(value, dict) and isinstance(value.get(name), list):
        return value[name], {key: part for key, part in value.items() if key != name}, True
    bare = value if isinstance(value, list) else [value]
    return (bare, {}, False) if any(len(needs & _keys(item)) > 1 for item in bare) else None


def _keys(item: Any) -> frozenset[str]:
    return frozenset(item) if isinstance(item, dict) else frozenset()
