"""Packs listings into prompts of the exact size that a model takes, with few questions about tokens."""

import dataclasses
from collections.abc import Callable, Sequence

from tasks.model import Message
from tasks.review.listing import Listing, split, starts_within

TOKENS_PER_BYTE = 0.4  # of code with line numbers, before anything was counted: rather too many
_FULL = 0.75  # of the room; a prompt that uses less is packed anew
_MUCH = 0.3  # of the room; as much is not left empty for the sake of whole files
_SPARE = 1.03  # the next prompt may hold denser text than the last
_TRIES = 4
_SMALLEST = 256  # bytes of room below which packing smaller is no use

Render = Callable[[Sequence[Listing]], Sequence[Message]]
Count = Callable[[Sequence[Message]], int]


@dataclasses.dataclass(frozen=True, slots=True)
class Chunk:
    """What one call of the model reads; `tokens` of its `messages` is exact."""

    listings: tuple[Listing, ...]
    messages: tuple[Message, ...]
    tokens: int

    @property
    def paths(self) -> tuple[str, ...]:
        """Return the files that it shows, or shows in part."""
        return tuple(listing.path for listing in self.listings)


class Packer:
    """Hands out chunks of at most `budget` tokens, the first listings first.

    Files stay whole while they fit; one that is larger than a prompt is split, and so is one before which much room
    would stay empty. `waiting` is what no chunk has held yet. How many tokens a byte makes is learned from each count.
    """

    def __init__(self, listings: Sequence[Listing], render: Render, count: Count, budget: int) -> None:
        self.waiting = tuple(listings)
        self._render = render
        self._count = count
        self._budget = budget
        self._base = count(render([]))
        self._rate = TOKENS_PER_BYTE

    def next_chunk(self) -> Chunk | None:
        """Return the next chunk, or None when nothing waits or not even a line fits beside the question itself."""
        best: tuple[Chunk, tuple[Listing, ...]] | None = None
        room = self._room()
        for _ in range(_TRIES):
            if not self.waiting or room < _SMALLEST:
                break
            taken, rest = _take(self.waiting, room)
            if best and taken == best[0].listings:
                break
            chunk = self._chunk(taken)
            if chunk.tokens <= self._budget:
                best = chunk, rest
                if not rest or self._is_full(chunk):
                    break
                room = self._room()
            elif best:
                break
            else:
                # What was just too much may be too much again, whatever the rate says.
                room = min(self._room(), room * 9 // 10)
        if best is None:
            return None
        chunk, self.waiting = best
        return chunk

    def _room(self) -> int:
        return int((self._budget - self._base) / self._rate)

    def _is_full(self, chunk: Chunk) -> bool:
        return chunk.tokens - self._base >= _FULL * (self._budget - self._base)

    def _chunk(self, taken: tuple[Listing, ...]) -> Chunk:
        """Render and count; what a byte costs is known better afterwards."""
        messages = tuple(self._render(taken))
        tokens = self._count(messages)
        self._rate = max((tokens - self._base) / sum(listing.size for listing in taken) * _SPARE, 0.01)
        return Chunk(taken, messages, tokens)


def _take(waiting: Sequence[Listing], room: int) -> tuple[tuple[Listing, ...], tuple[Listing, ...]]:
    """Return the listings that fit into `room` bytes and the others.

    Where much room is left, the first of the others is split between its sections. The very first is split wherever it
    must be.
    """
    taken: list[Listing] = []
    rest: list[Listing] = []
    left = room
    for listing in waiting:
        if listing.size <= left:
            taken.append(listing)
            left -= listing.size
        elif not taken and not rest:
            first, after = split(listing, left)
            taken.append(first)
            rest += [after] if after else []
            left = 0
        else:
            rest.append(listing)
    if rest and left > _MUCH * room and starts_within(rest[0], left):
        first, after = split(rest[0], left)
        taken.append(first)
        rest[:1] = [after] if after else []
    return tuple(taken), tuple(rest)
