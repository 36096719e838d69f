"""The truth: which deliveries came in, which jobs they made, and what became visible on a forge."""

from bot.ledger.database import open_ledger
from bot.ledger.jobs import Job, JobState, Lease
from bot.ledger.ledger import Ledger, NewDelivery, NewJob, TakenIn

__all__ = ["Job", "JobState", "Lease", "Ledger", "NewDelivery", "NewJob", "TakenIn", "open_ledger"]
