"""What a part of the suite is: a family of faults, how many of them at least, and how to run it."""

import dataclasses
import random
from collections.abc import Callable

from faults.checker import Count
from faults.world import Kit


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """`least` faults make the part count; `few` are enough to see that it works. `must_fail`: a red control.

    `timed`: how long something takes is what is judged, so nothing else may keep the machine busy.
    """

    name: str
    about: str
    least: int
    few: int
    run: Callable[[Kit, int], Count]
    must_fail: bool = False
    timed: bool = False

    def problems(self, count: Count, wanted: int) -> list[str]:
        """Say what keeps this result from passing."""
        found = list(count.failures)
        if count.injected < wanted:
            found.append(f"only {count.injected} of {wanted} faults were injected")
        bad = {"lost": count.lost, "duplicates": count.duplicates, "given up": count.given_up, "stale": count.stale}
        if self.must_fail:
            return found if count.lost or count.duplicates else [*found, "green, though it must be red"]
        return found + [f"{number} {what}" for what, number in bad.items() if number]


def shared(count: int, *kinds: str) -> dict[str, int]:
    """Deal out so many faults among kinds, as evenly as can be."""
    return {kind: count // len(kinds) + (index < count % len(kinds)) for index, kind in enumerate(kinds)}


def a_moment(longest: float) -> float:
    """Return a random number of seconds."""
    return random.uniform(0.0, longest)


def often(deed: Callable[[int], bool], number: int) -> int:
    """Do something until it came about so many times, with twice as many tries; return how often it did."""
    done = 0
    for turn in range(2 * number):
        if done < number:
            done += deed(turn)
    return done
