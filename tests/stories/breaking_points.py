"""A job of a household that breaks at each of its calls to ledger and forge in turn, and is tried until it is done."""

import contextlib
import dataclasses
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from fakes.breaking import Fuse, KilledError
from fakes.forge import FakeForge
from fakes.hands import FakeModel

from bot.errors import RetryableError
from bot.ledger import JobState
from stories.household import Household

# What a test of it is given: the error, and whether the call took effect before.
BREAKS = [
    pytest.param(error, after, id=f"{name}-{'after' if after else 'before'}")
    for error, name in ((RetryableError("away"), "away"), (KilledError(), "killed"))
    for after in (False, True)
]
_ATTEMPTS, _PAUSE = 4, 4000.0  # seconds


@dataclasses.dataclass(frozen=True)
class Ended:
    """A job one of whose calls broke: its outcome, what it left on the forge, and `where` it broke, in words."""

    outcome: str
    forge: FakeForge
    where: str


def broken_everywhere(
    house: Household,
    asking: str,
    error: BaseException,
    *,
    after: bool,
    answers: Sequence[str] = (),
    fresh: Callable[[FakeForge], FakeForge] = lambda forge: dataclasses.replace(forge, comments={}),
    **event: Any,
) -> Iterator[Ended]:
    """Ask anew for each call that there is to break, at the forge that `fresh` makes, and yield how that ended.

    Each is seen to come to its end, and to pay for no answer twice but one that died before it was kept.
    """
    ledger, forge, now = house.ledger, house.forge, [1000.0]
    ledger._clock = lambda _connection: now[0]
    for at in itertools.count():
        fuse, clean, model = Fuse(at, error, after), fresh(forge), FakeModel(*answers)
        house.forge, house.model = clean, model
        job_id = house.take_in(asking, **event)
        house.ledger, house.forge = fuse.wire(ledger), fuse.wire(clean)
        for _ in range(_ATTEMPTS):
            with contextlib.suppress(KilledError, RetryableError):
                house.run(job_id)
            now[0] += _PAUSE
            if (job := ledger.job(job_id)) is not None and job.state is JobState.DONE:
                break
        house.ledger, house.forge = ledger, forge
        where = f"{'after' if after else 'before'} call {at}, {fuse.blown}"
        assert job is not None, where
        assert job.state is JobState.DONE, where
        most = 2 if fuse.blown == "save_step" and not after else 1
        assert bool(answers) <= len(model.asked) <= most * bool(answers), f"{where}: asked {len(model.asked)} times"
        yield Ended(job.outcome, clean, where)
        if not fuse.blown:
            break
    assert at > 10, "the fuse must have been tried at every call"
