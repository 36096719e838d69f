"""GitHub's limits on requests: so many an hour, and so many that create content a minute."""

import collections
import dataclasses
from datetime import datetime, timedelta
from http import HTTPStatus

from infra.practice_forge.refusals import RefusalError

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
REQUESTS_AN_HOUR = 5000
ANONYMOUS_REQUESTS_AN_HOUR = 60
CONTENT_A_MINUTE = 80
CONTENT_AN_HOUR = 500


@dataclasses.dataclass(frozen=True, slots=True)
class Budget:
    """What is left to somebody of this hour's requests; `reset` is when the next hour starts for them."""

    limit: int
    used: int
    reset: datetime

    @property
    def remaining(self) -> int:
        """Return how many requests are left."""
        return max(0, self.limit - self.used)

    def headers(self) -> dict[str, str]:
        """Return the headers that stand on every reply."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Used": str(self.used),
            "X-RateLimit-Reset": str(int(self.reset.timestamp())),
            "X-RateLimit-Resource": "core",
        }


class Limits:
    """Counts requests by who makes them. The caller holds the state's lock.

    `enforced` False still counts and shows the headers, but refuses nobody: tests and demos are in a hurry.
    """

    def __init__(self, *, enforced: bool = True) -> None:
        self.enforced = enforced
        self._hours: dict[str, Budget] = {}
        self._content: dict[str, collections.deque[datetime]] = {}

    def look(self, who: str, now: datetime) -> Budget:
        """Return somebody's budget without using it; an empty `who` is a stranger."""
        known = self._hours.get(who)
        if known is None or known.reset <= now:
            return Budget(REQUESTS_AN_HOUR if who else ANONYMOUS_REQUESTS_AN_HOUR, 0, now + HOUR)
        return known

    def spend(self, who: str, now: datetime) -> Budget:
        """Count one request; raises 403 with GitHub's words when the hour's budget is gone."""
        left = self.look(who, now)
        if self.enforced and not left.remaining:
            raise RefusalError(
                HTTPStatus.FORBIDDEN, f"API rate limit exceeded for {who or '127.0.0.1'}.", headers=left.headers()
            )
        self._hours[who] = dataclasses.replace(left, used=left.used + 1)
        return self._hours[who]

    def give_back(self, who: str, now: datetime) -> Budget:
        """Take one request off the count again: a 304 to somebody who is known costs nothing."""
        spent = self.look(who, now)
        self._hours[who] = dataclasses.replace(spent, used=max(0, spent.used - 1))
        return self._hours[who]

    def spend_content(self, who: str, now: datetime) -> None:
        """Count one request that creates content; raises 403 with Retry-After beyond GitHub's secondary limit."""
        times = self._content.setdefault(who, collections.deque())
        while times and times[0] <= now - HOUR:
            times.popleft()
        recent = [time for time in times if time > now - MINUTE]
        if self.enforced and (len(recent) >= CONTENT_A_MINUTE or len(times) >= CONTENT_AN_HOUR):
            free = recent[0] + MINUTE if len(recent) >= CONTENT_A_MINUTE else times[0] + HOUR
            raise RefusalError(
                HTTPStatus.FORBIDDEN,
                "You have exceeded a secondary rate limit and have been temporarily blocked from content creation. "
                "Please retry your request again later.",
                headers={"Retry-After": str(max(1, int((free - now).total_seconds())))},
            )
        times.append(now)
