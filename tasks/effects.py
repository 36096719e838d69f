"""Makes things visible on a forge exactly once: an intent in the ledger, a look for the marker, the write, its name."""

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from bot.errors import LeaseLostError, RetryableError
from bot.ledger import Lease

if TYPE_CHECKING:
    from bot.ledger import Ledger  # which would load SQLAlchemy, also for those who open no ledger

MARK = "<!-- codex-bot:"
SETTLE_SECONDS = 20.0  # a forge that did not answer a write either did it by then or never will


class Effects:
    """The effects of one attempt at a job. What became visible in an earlier attempt is found, not made again."""

    def __init__(self, ledger: "Ledger", lease: Lease) -> None:
        self._ledger = ledger
        self._lease = lease

    def once(
        self,
        name: str,
        marker: str,
        *,
        find: Callable[[], str | None],
        create: Callable[[], str],
        settle: Callable[[str], str] = str,
        for_good: bool = False,
    ) -> tuple[str, bool]:
        """Make something visible once; return what the forge calls it, and whether this call made it.

        No forge lets a write be fenced: one that was held up between our last look at the lease and the forge may
        arrive after somebody else's. So where two may have written, both `settle`: they look at what stands there,
        and whoever wrote the later one takes it back.

        What stands there `for_good` cannot be taken back. So it is looked for in any case, and where an earlier attempt
        may have written it, only after that write has had its time to arrive; until then this raises `RetryableError`.
        """
        effect = self._ledger.intend(self._lease, name, marker)
        if effect.confirmed:
            return effect.forge_ref, False
        if for_good and not effect.fresh and effect.age < SETTLE_SECONDS:
            raise RetryableError(f"the {name} may be on its way still", retry_after=SETTLE_SECONDS - effect.age)
        # An intent that stood here before may have become visible without our knowing: look first.
        found = None if effect.fresh and not for_good else find()
        made = found is None
        if found is None:
            self._ledger.check(self._lease)
            mine = found = _patiently(create)
            if not effect.fresh:
                found = settle(mine)
                made = found == mine
        try:
            self._ledger.confirm(self._lease, name, found)
        except LeaseLostError:
            if made:
                settle(found)
            raise
        return found, made


def key_of(dedupe_key: str) -> str:
    """Return what the markers of one request are made of.

    Named by the request, not by our row: a ledger made anew must still find what stands on the forge.
    """
    return hashlib.sha256(dedupe_key.encode()).hexdigest()[:20]


def mark(key: str, what: str) -> str:
    """Return the hidden mark of one effect."""
    return f"{MARK}{key} {what} -->"


def _patiently(create: Callable[[], str]) -> str:
    """Write; where the answer got lost, what was written may still be on its way, so let nobody look too soon."""
    try:
        return create()
    except RetryableError as error:
        raise RetryableError(str(error), retry_after=max(SETTLE_SECONDS, error.retry_after or 0.0)) from error
