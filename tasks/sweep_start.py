"""The entrance of the sweeper: what `codex-bot sweep` does. It loads nothing that jobs are done with."""

from bot.forges.registry import make_forges
from bot.hint_wiring import hints_of
from bot.settings import read_settings
from bot.wiring import ledger_of
from tasks.leaving import Leaving
from tasks.missed import CatchUp
from tasks.outward import log_to_stderr, signs_of_life
from tasks.sweeper import Chore, sweep_for_ever

_PURGE_SECONDS = 3600.0


def run_sweeper() -> None:
    """Sweep until told to leave; raises `SettingsError` when the ledger cannot be opened."""
    settings = read_settings()
    log_to_stderr()
    leaving = Leaving()
    leaving.listen()
    ledger, hints = ledger_of(settings), hints_of(settings)
    missed = CatchUp(ledger, make_forges(settings).missed(), hints.send)
    sweep_for_ever(
        ledger,
        hints,
        seconds=settings.sweep_seconds,
        wait=leaving.wait,
        alive=signs_of_life(settings.data_dir, "sweeper") / "sweeper",
        chores=[Chore(ledger.purge, _PURGE_SECONDS), Chore(missed.look, settings.missed_seconds)],
    )
