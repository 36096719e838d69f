"""Faults on order: the next matching requests fail or hang, before or after they took effect."""

import dataclasses
import re
import threading
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Literal

from infra.practice_forge.refusals import RefusalError, unprocessable

LONGEST_DELAY_S = 120.0
WORDS = {"match", "method", "times", "status", "delay_s", "when"}


@dataclasses.dataclass(frozen=True, slots=True)
class Fault:
    """One order: requests whose path matches `match` answer `status`, or wait `delay_s` seconds, `times` times."""

    match: re.Pattern[str]
    method: str
    times: int
    status: int | None
    delay_s: float
    when: Literal["before", "after"]

    def fits(self, method: str, path: str) -> bool:
        """Return whether this request is meant."""
        return self.times > 0 and self.method in {"", method} and self.match.search(path) is not None

    def document(self) -> dict[str, Any]:
        """Return the order as JSON."""
        return dataclasses.asdict(self) | {"match": self.match.pattern}


class Faults:
    """The orders that are still to be served, oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders: list[Fault] = []

    def arm(self, fault: Fault) -> None:
        """Take an order."""
        with self._lock:
            self._orders.append(fault)

    def clear(self) -> None:
        """Forget all orders."""
        with self._lock:
            self._orders.clear()

    def pending(self) -> list[Fault]:
        """Return the orders that are not used up."""
        with self._lock:
            return [order for order in self._orders if order.times > 0]

    def strike(self, method: str, path: str) -> Fault | None:
        """Use up one time of the first order that fits, and return it."""
        with self._lock:
            for index, order in enumerate(self._orders):
                if order.fits(method, path):
                    self._orders[index] = dataclasses.replace(order, times=order.times - 1)
                    return order
        return None


def read_fault(order: Mapping[str, Any]) -> Fault:
    """Check an order that came as JSON."""
    unknown = sorted(set(order) - WORDS)
    if unknown:
        raise unprocessable(f"Unknown words in the order: {', '.join(unknown)}.")
    try:
        pattern = re.compile(str(order.get("match", "")))
        status = None if order.get("status") is None else HTTPStatus(int(order["status"])).value
        delay_s = float(order.get("delay_s", 0))
        times = int(order.get("times", 1))
    except (ValueError, TypeError, re.error) as error:
        raise unprocessable(f"Not a fault: {error}.") from error
    when = order.get("when", "before")
    if when not in {"before", "after"} or not 0 <= delay_s <= LONGEST_DELAY_S or (status is None and not delay_s):
        raise unprocessable("A fault needs a status or a delay_s (at most 120), and when is before or after.")
    return Fault(pattern, str(order.get("method", "")).upper(), times, status, delay_s, when)


def failure(status: int) -> RefusalError:
    """Return the reply of a fault, in the words of GitHub's own failures."""
    words = {HTTPStatus.FORBIDDEN: "Forbidden", HTTPStatus.NOT_FOUND: "Not Found"}
    return RefusalError(HTTPStatus(status), words.get(HTTPStatus(status), "Server Error"))
