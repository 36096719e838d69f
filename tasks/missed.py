"""Takes in what a forge could not deliver, as if it had been delivered."""

import logging
from collections.abc import Callable, Mapping

from bot.errors import CodexBotError
from bot.forges.registry import Missed
from bot.intake import take_in
from bot.ledger import Ledger

_log = logging.getLogger(__name__)


class CatchUp:
    """Asks every forge that keeps failed deliveries. What was taken in before is recognised and adds nothing."""

    def __init__(self, ledger: Ledger, forges: Mapping[str, Missed], hint: Callable[[int], object]) -> None:
        self._ledger = ledger
        self._forges = forges
        self._hint = hint

    def look(self) -> None:
        """Take in what was missed; a forge that is away keeps it until the next look."""
        for name, missed in self._forges.items():
            try:
                taken = self._take_in(missed)
            except CodexBotError as error:
                _log.warning("cannot look for missed deliveries of %s: %s", name, error)
            else:
                if taken:
                    _log.info("took in %s jobs that %s could not deliver", taken, name)

    def _take_in(self, missed: Missed) -> int:
        jobs = [take_in(self._ledger, event, body).job_id for event, body in missed()]
        new = [job_id for job_id in jobs if job_id is not None]
        for job_id in new:
            self._hint(job_id)
        return len(new)
