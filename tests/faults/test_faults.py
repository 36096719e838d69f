"""A few faults of every part, so that `make test` sees what `make faults` counts."""

from collections.abc import Iterator

import pytest

from faults.catalogue import PARTS
from faults.part import Part
from faults.world import Kit

# The practice forge's key is short on purpose; see `forge_program.py`.
pytestmark = [pytest.mark.timeout(180), pytest.mark.filterwarnings("ignore:The RSA key is 1024 bits long")]


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    with Kit(tmp_path_factory.mktemp("faults")) as made:
        yield made


@pytest.mark.parametrize(
    "part", [pytest.param(part, id=part.name, marks=[pytest.mark.alone] * part.timed) for part in PARTS]
)
def test_nothing_is_lost_and_nothing_is_done_twice(kit: Kit, part: Part) -> None:
    count = part.run(kit, part.few)
    assert part.problems(count, part.few) == [], "\n".join(count.notes)
