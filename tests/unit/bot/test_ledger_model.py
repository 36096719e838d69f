"""The ledger against a model of what it promises, in many random games; on PostgreSQL in the integration tests."""

from contextlib import closing
from pathlib import Path

import pytest
from stories.fresh_ledger import fresh_ledger
from stories.ledger_machine import play


@pytest.mark.timeout(600)  # a game that is lost is played again and again, until its shortest form is found
def test_whatever_happens_the_ledger_does_what_the_model_says(tmp_path: Path) -> None:
    with closing(fresh_ledger(tmp_path)) as ledger:
        play(ledger, games=60, moves=40)
