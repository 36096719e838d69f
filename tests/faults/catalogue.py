"""All parts of the suite, in the order in which they are run."""

from collections.abc import Sequence

from faults import (
    parts_clock,
    parts_control,
    parts_disk,
    parts_door,
    parts_forge,
    parts_keeper,
    parts_order,
    parts_redis,
    parts_stops,
    parts_workers,
)
from faults.part import Part

_ROOMS = (
    parts_control,
    parts_workers,
    parts_stops,
    parts_keeper,
    parts_door,
    parts_disk,
    parts_redis,
    parts_forge,
    parts_clock,
    parts_order,
)
PARTS: Sequence[Part] = tuple(part for room in _ROOMS for part in room.PARTS)
