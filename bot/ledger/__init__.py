"""The truth: which deliveries came in, which jobs they made, and what became visible on a forge."""

from bot.ledger.database import Synchronous, open_ledger
from bot.ledger.jobs import Claimant, Job, JobState, Lane, Lease, NewDelivery, NewJob, TakenIn, Wanted
from bot.ledger.ledger import Ledger

__all__ = [
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
