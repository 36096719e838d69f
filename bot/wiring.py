"""Builds, from the settings, the ledger that most entrances need."""

from bot.ledger import Ledger, open_ledger
from bot.settings import Settings


def ledger_of(settings: Settings, *, upgrading: bool = False) -> Ledger:
    """Open the ledger that the settings name; one of an older version is changed only when `upgrading`."""
    own_folder(settings)
    return open_ledger(settings.database, synchronous=settings.sqlite_synchronous, upgrading=upgrading)


def own_folder(settings: Settings) -> None:
    """Make the data folder; what people wrote in private repositories lies there, so nobody else may read it."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
