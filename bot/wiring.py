"""Builds, from the settings, the objects that more than one entrance needs."""

from celery import Celery

from bot.hints import Hints, make_app
from bot.ledger import Ledger, open_ledger
from bot.settings import Settings


def ledger_of(settings: Settings, *, upgrading: bool = False) -> Ledger:
    """Open the ledger that the settings name; one of an older version is changed only when `upgrading`."""
    _own_folder(settings)
    return open_ledger(settings.database, synchronous=settings.sqlite_synchronous, upgrading=upgrading)


def hint_app_of(settings: Settings) -> Celery:
    """Make the Celery app that listens to the hint carrier that the settings name."""
    _own_folder(settings)
    return make_app(_broker(settings), settings.data_dir)


def hints_of(settings: Settings) -> Hints:
    """Make the sender of hints, which never keeps its caller waiting."""
    _own_folder(settings)
    return Hints(make_app(_broker(settings), settings.data_dir, sending=True))


def _broker(settings: Settings) -> str | None:
    return settings.broker_url.get_secret_value() if settings.broker_url else None


def _own_folder(settings: Settings) -> None:
    # What people wrote in private repositories passes through here: nobody else on the machine may read it.
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
