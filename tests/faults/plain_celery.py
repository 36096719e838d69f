"""The red control: what most people build. Celery on Redis with late acknowledgement, and no ledger.

It has every setting that speaks for it: a lost worker's message goes back, and is looked for every second.
"""

import dataclasses

from celery import Celery
from celery.signals import worker_process_init

from bot.events import Repo, Subject
from bot.forges.registry import Forges
from faults.forge_program import REPOSITORY
from faults.points import Bomb

TASK = "answer"
_OPTIONS = {"visibility_timeout": 3, "unacked_restore_interval": 1, "unacked_restore_throttle": 1}


@dataclasses.dataclass(frozen=True)
class Errand:
    """What a crash point wants to know of a job."""

    id: int
    argument: str = "reply"
    lost_attempts: int = 0


def make_app(broker: str) -> Celery:
    app = Celery("plain", broker=broker, set_as_current=False)
    app.conf.update(
        broker_transport_options=_OPTIONS,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
    )
    return app


def work(broker: str, forges: Forges, bomb: Bomb, slots: int) -> None:
    """Be a worker that answers each request with one comment."""
    app = make_app(broker)
    mine = [bomb]
    worker_process_init.connect(lambda **_: mine.append(bomb.again()), weak=False)

    @app.task(name=TASK)
    def answer(owner: str, number: int, comment: int, installation: str) -> None:
        mine[-1].begin(Errand(comment))
        forge = mine[-1].wire(forges.connect("github", installation))
        marker = f"<!-- codex-bot:{comment} reply -->"
        forge.create_comment(Repo(owner, REPOSITORY), Subject(number), f"told\n\n{marker}")
        mine[-1].end()

    arguments = ["--concurrency", str(slots), "--pool", "prefork", "--loglevel", "INFO"]
    app.worker_main(["--quiet", "worker", *arguments, "--without-gossip", "--without-mingle", "--without-heartbeat"])
