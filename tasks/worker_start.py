"""The entrance of the worker: what `codex-bot work` does."""

import logging
from collections.abc import Callable

from bot.forges.registry import make_forges
from bot.hint_wiring import hint_app_of, hints_of
from bot.settings import Settings, read_settings
from bot.wiring import ledger_of
from tasks.commands.registry import discover
from tasks.model import stream  # noqa: F401  # loaded once, before the slots are born, which share it
from tasks.outward import log_to_stderr, signs_of_life
from tasks.running import Runner
from tasks.sandbox import SelfTest
from tasks.wiring import hands_of, make_sandbox
from tasks.worker import MakeRunner, add_task, team_name, worker_name

_PUBLISHING_SECONDS = 300.0  # a job whose time is up may still have to say so to a slow forge
_SPARE_SLOTS = 1  # for commands about jobs: `/codex cancel` is heard while every other slot is busy


def runner_maker(settings: Settings, proven: SelfTest, slots: int) -> MakeRunner:
    """Return the function that builds a slot's runner inside the slot's own process."""
    forges, commands = make_forges(settings), discover()

    def make(slot: int, leaving: Callable[[], bool]) -> Runner:
        return Runner(
            ledger=ledger_of(settings),
            connect=forges.connect,
            hands=hands_of(settings, proven, slot),
            commands=commands,
            worker=worker_name(slot),
            team=team_name(),
            team_jobs=slots,
            tenant_jobs=settings.tenant_jobs,
            lease_seconds=settings.lease_seconds,
            heartbeat_seconds=settings.heartbeat_seconds,
            job_seconds=settings.job_seconds,
            limits=forges.limits,
            leaving=leaving,
        )

    return make


def run_worker(slots: int | None) -> None:
    """Run jobs in so many slots, by default as the settings say, until told to leave.

    Raises `SettingsError` when the ledger cannot be opened.
    """
    settings = read_settings()
    log_to_stderr()
    ledger_of(settings).close()  # makes the tables, or says now what is wrong
    proven = make_sandbox(settings).prove()
    if not proven.ok:
        logging.getLogger(__name__).warning("nothing of a repository will be run: %s. %s", proven.reason, proven.mend)
    app = hint_app_of(settings)
    count = settings.worker_slots if slots is None else slots
    add_task(
        app,
        hints_of(settings),
        runner_maker(settings, proven, count),
        kill_after_seconds=settings.job_seconds + _PUBLISHING_SECONDS,
        poll_seconds=settings.sweep_seconds,
        alive=signs_of_life(settings.data_dir, "slot-*"),
    )
    arguments = ["--concurrency", str(count + _SPARE_SLOTS), "--pool", "prefork", "--loglevel", "WARNING"]
    app.worker_main(["--quiet", "worker", *arguments, "--without-gossip", "--without-mingle", "--without-heartbeat"])
