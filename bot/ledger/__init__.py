"""The truth: which deliveries came in, which jobs they made, and what became visible on a forge.

Its words are plain data. What speaks SQL is loaded when it is asked for by name, for most programs that know the words
open no ledger, and SQLAlchemy takes a third of the time in which they start.
"""

import importlib
from typing import TYPE_CHECKING, Any

from bot.ledger.jobs import RETRIABLE, Claimant, Job, JobState, Lane, Lease, NewDelivery, NewJob, TakenIn, Wanted

if TYPE_CHECKING:
    from bot.ledger.database import Synchronous, open_ledger
    from bot.ledger.ledger import Ledger

__all__ = [
    "RETRIABLE",
    "Claimant",
    "Job",
    "JobState",
    "Lane",
    "Lease",
    "Ledger",
    "NewDelivery",
    "NewJob",
    "Synchronous",
    "TakenIn",
    "Wanted",
    "open_ledger",
]

_SPEAKS_SQL = {"Ledger": "ledger", "Synchronous": "database", "open_ledger": "database"}


def __getattr__(name: str) -> Any:
    if name not in _SPEAKS_SQL:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_SPEAKS_SQL[name]}"), name)
