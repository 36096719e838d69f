"""Builds, from the settings, what hears and sends hints; apart from the ledger, because Celery takes long to load."""

from celery import Celery

from bot.hints import Hints, make_app
from bot.settings import Settings
from bot.wiring import own_folder


def hint_app_of(settings: Settings) -> Celery:
    """Make the Celery app that listens to the hint carrier that the settings name."""
    own_folder(settings)
    return make_app(_broker(settings), settings.data_dir)


def hints_of(settings: Settings) -> Hints:
    """Make the sender of hints, which never keeps its caller waiting."""
    own_folder(settings)
    return Hints(make_app(_broker(settings), settings.data_dir, sending=True))


def _broker(settings: Settings) -> str | None:
    return settings.broker_url.get_secret_value() if settings.broker_url else None
