"""Outgoing project hooks: GitLab's headers, its signature, and hooks that switch themselves off."""

import dataclasses
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from infra.practice_forge.gitlab.records import Hook
from infra.practice_forge.gitlab.signing import key_of, signature
from infra.practice_forge.state import Clock
from infra.practice_forge.webhooks import Delivery, Hookshot, Parcel, as_bytes

VERSION = "19.0.0"
FEW_FAILURES, MANY_FAILURES = 4, 40
FIRST_REST, LONGEST_REST = timedelta(minutes=1), timedelta(days=1)


@dataclasses.dataclass(frozen=True, slots=True)
class HookParcel(Parcel):
    """One delivery of a hook; `guid` is the idempotency key. A forced one goes out even if the hook is off."""

    hook_id: int = 0
    forced: bool = False


class Sender(Hookshot):
    """Sends what hooks are subscribed to. `instance` is the forge's address, `find` and `keep` reach its hooks."""

    def __init__(self, clock: Clock) -> None:
        super().__init__("", hook_id=0, clock=clock)
        self._clock = clock
        self.instance: Callable[[], str] = str
        self.find: Callable[[int], Hook | None] = lambda _id: None
        self.keep: Callable[[Hook], None] = lambda _hook: None

    def post(self, hook: Hook, event: str, payload: Mapping[str, Any], *, forced: bool = False) -> Parcel:
        """Queue one event for one hook."""
        parcel = HookParcel(
            id=self.new_id(),
            guid=str(uuid.uuid4()),
            event=event,
            action=None,
            url=hook.url,
            body=as_bytes(payload),
            installation_id=None,
            repository_id=hook.repo_id,
            hook_id=hook.id,
            forced=forced,
        )
        self.queue(parcel)
        return parcel

    def outcome(self, parcel: Parcel) -> Delivery | None:
        """Wait until a parcel's turn is over, and return what came of it. The caller holds no lock."""
        self.wait_until_idle()
        return self.delivery(parcel.id)

    def send_again(self, delivery: Delivery, *, url: str) -> Parcel:
        """Queue a delivery once more with the same idempotency key, even if the hook is off."""
        parcel: Parcel = dataclasses.replace(delivery.parcel, id=self.new_id(), url=url, redelivery=True)
        if isinstance(parcel, HookParcel):
            parcel = dataclasses.replace(parcel, forced=True)
        self.queue(parcel)
        return parcel

    def events_of(self, hook: Hook) -> list[Delivery]:
        """Return what a hook sent, newest first."""
        return [d for d in self.deliveries() if isinstance(d.parcel, HookParcel) and d.parcel.hook_id == hook.id]

    def still_wanted(self, parcel: Parcel) -> bool:
        """Return whether the hook is there and on, now that it is the parcel's turn."""
        hook = self.find(parcel.hook_id) if isinstance(parcel, HookParcel) else None
        if hook is None or not isinstance(parcel, HookParcel):
            return False
        return parcel.forced or alert_status(hook, self._clock()) == "executable"

    def delivered(self, delivery: Delivery) -> None:
        """Count failures in a row; a success makes the hook whole."""
        hook = self.find(delivery.parcel.hook_id) if isinstance(delivery.parcel, HookParcel) else None
        if hook is not None:
            self.keep(judged(hook, delivery.went_well, self._clock()))

    def headers(self, parcel: Parcel) -> dict[str, str]:
        """Return the headers of a delivery."""
        hook = self.find(parcel.hook_id) if isinstance(parcel, HookParcel) else None
        headers = {
            "Accept": "*/*",
            "Content-Type": "application/json",
            "User-Agent": f"GitLab/{VERSION}",
            "Idempotency-Key": parcel.guid,
            "X-Gitlab-Event": parcel.event,
            "X-Gitlab-Event-UUID": str(uuid.uuid4()),
            "X-Gitlab-Instance": self.instance(),
            "X-Gitlab-Webhook-UUID": hook.uuid if hook else "",
        }
        if hook and hook.token:
            headers["X-Gitlab-Token"] = hook.token
        key = key_of(hook.signing_token) if hook else None
        if key is not None:
            stamp = int(self._clock().timestamp())
            headers["webhook-id"] = parcel.guid
            headers["webhook-timestamp"] = str(stamp)
            headers["webhook-signature"] = signature(key, parcel.guid, stamp, parcel.body)
        return headers


def judged(hook: Hook, went_well: bool, now: datetime) -> Hook:  # noqa: FBT001 - the one fact that is judged by
    """Return the hook after a delivery: four failures in a row rest it for a minute, each more twice as long."""
    if went_well:
        return dataclasses.replace(hook, failures=0, disabled_until=None)
    failures = hook.failures + 1
    if failures < FEW_FAILURES:
        return dataclasses.replace(hook, failures=failures)
    rest = min(FIRST_REST * 2 ** (failures - FEW_FAILURES), LONGEST_REST)
    return dataclasses.replace(hook, failures=failures, disabled_until=now + rest)


def alert_status(hook: Hook, now: datetime) -> str:
    """Return executable, temporarily_disabled, or after forty failures disabled."""
    if hook.failures >= MANY_FAILURES:
        return "disabled"
    resting = hook.disabled_until is not None and hook.disabled_until > now
    return "temporarily_disabled" if resting else "executable"
