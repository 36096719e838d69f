"""A review read by the embedded engine's real model: a toy, so only that it is told honestly is asked of it."""

from collections.abc import Iterator

import pytest
from fakes.changes import added, binary
from stories.engine import Engine

from infra.engine import models
from infra.engine.errors import EngineError
from tasks.model import ModelClient
from tasks.review.reader import Material, Options, read

FILES = [added("kit.py", ["def half(number):", "    return number / 0"]), binary("logo.png")]


@pytest.fixture
def engine() -> Iterator[Engine]:
    try:
        models.packaged()
    except EngineError as error:
        pytest.skip(error.message)
    running = Engine("--context", "2048")
    yield running
    running.clear_away()


def test_a_toy_answers_under_the_schema_and_what_it_did_not_read_is_named(engine: Engine) -> None:
    options = Options(most_calls=2, answer_tokens=160, tries=1, temperature=0.0)
    reading = read(Material(FILES), ModelClient(engine.url), options)
    assert 1 <= reading.spent.calls <= 2
    assert reading.spent.unconstrained == 0
    assert sorted([*reading.covered, *(each.path for each in reading.skipped)]) == ["kit.py", "logo.png"]
    assert bool(reading.failures) == ("kit.py" not in reading.covered or reading.unjudged > 0)
    assert {finding.path for finding in reading.findings} <= {"kit.py"}
