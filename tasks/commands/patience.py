"""Tells who asked that the answer takes longer, where nothing else tells how far the job is."""

import contextlib
from collections.abc import Iterator

from bot.errors import ForgeAwayError, RetryableError, UserError
from tasks.commands.templates import render
from tasks.commands.work import LeavingError, StoppedError, Work

GRACE = 10.0  # seconds; a model server that only starts anew is no news


@contextlib.contextmanager
def told_to_wait(work: Work) -> Iterator[None]:
    """Let one comment say that the job waits for something, as the model; delete it once there is an answer or no hope.

    The answer itself is a comment of its own: nobody is told of one that is edited, and it belongs where was asked.
    """
    try:
        yield
    except (LeavingError, ForgeAwayError):
        raise  # another worker goes on at once, or nobody can be told
    except RetryableError:
        if work.waited >= GRACE:
            # A forge that does not take it says how long to wait for that, so it is no late surprise.
            work.publisher.ask_patience(_words(work))
        raise
    except (StoppedError, UserError):
        work.publisher.end_patience()
        raise
    work.publisher.end_patience()


def _words(work: Work) -> str:
    values = {"asker": work.event.asker.login, "command": work.job.kind, "job": work.job.id}
    return render("waiting.md.j2", **values)
