"""Outgoing webhooks: signed, sent in order by one thread, written down, never sent again unless somebody asks."""

import dataclasses
import hashlib
import hmac
import json
import queue
import threading
import time
import uuid
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

import requests

from infra.practice_forge.state import Clock

TIME_LIMIT_S = 10.0
KEPT_REPLY_CHARS = 10_000
AGENT = "GitHub-Hookshot/practice"


@dataclasses.dataclass(frozen=True, slots=True)
class Parcel:
    """One delivery to make: what goes where. `guid` stays the same when it is sent again."""

    id: int
    guid: str
    event: str
    action: str | None
    url: str
    body: bytes
    installation_id: int | None
    repository_id: int | None
    redelivery: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Delivery:
    """What came of a parcel. `status_code` is the receiver's, 502 when there was none, 504 when it was too slow."""

    parcel: Parcel
    delivered_at: datetime
    duration_s: float
    status: str
    status_code: int
    request_headers: Mapping[str, str]
    response_headers: Mapping[str, str]
    response_body: str

    @property
    def went_well(self) -> bool:
        """Return whether the receiver said 2xx."""
        return HTTPStatus.OK <= self.status_code < HTTPStatus.MULTIPLE_CHOICES


def as_bytes(payload: Mapping[str, Any]) -> bytes:
    """Return a payload as it goes over the wire."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


class Hookshot:
    """The sender. `send` returns at once; `wait_until_idle` is for tests and for a tidy end."""

    def __init__(self, secret: str, *, hook_id: int, clock: Clock) -> None:
        self._secret = secret.encode()
        self._hook_id = hook_id
        self._clock = clock
        self._waiting: queue.Queue[Parcel | None] = queue.Queue()
        self._done: dict[int, Delivery] = {}
        self._lock = threading.Lock()
        self._last_id = 0
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the sending thread."""
        self._thread = threading.Thread(target=self._work, name="practice-forge-hookshot", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Send nothing more once the parcel in hand is done; what still waits is dropped, as in a power cut."""
        if self._thread is None:
            return
        while not self._waiting.empty():
            try:
                self._waiting.get_nowait()
            except queue.Empty:
                break
            self._waiting.task_done()
        self._waiting.put(None)
        self._thread.join(TIME_LIMIT_S * 2)
        self._thread = None

    def send(
        self,
        event: str,
        payload: Mapping[str, Any],
        *,
        url: str,
        installation_id: int | None = None,
        repository_id: int | None = None,
    ) -> Parcel:
        """Queue one event for `url`; the payload becomes bytes now, so later changes do not show."""
        body = as_bytes(payload)
        action = payload.get("action")
        parcel = Parcel(self.new_id(), str(uuid.uuid4()), event, action, url, body, installation_id, repository_id)
        self.queue(parcel)
        return parcel

    def queue(self, parcel: Parcel) -> None:
        """Take a parcel that is ready to go."""
        self._waiting.put(parcel)

    def send_again(self, delivery: Delivery, *, url: str) -> Parcel:
        """Queue a delivery once more, same GUID and same bytes, to wherever the hook points now."""
        parcel = dataclasses.replace(delivery.parcel, id=self.new_id(), url=url, redelivery=True)
        self._waiting.put(parcel)
        return parcel

    def deliveries(self) -> list[Delivery]:
        """Return everything that was sent, newest first."""
        with self._lock:
            return sorted(self._done.values(), key=lambda delivery: -delivery.parcel.id)

    def delivery(self, number: int) -> Delivery | None:
        """Return one delivery by its id."""
        with self._lock:
            return self._done.get(number)

    def wait_until_idle(self) -> None:
        """Return when everything queued so far has been tried."""
        self._waiting.join()

    def new_id(self) -> int:
        """Return the id of the next parcel."""
        with self._lock:
            self._last_id += 1
            return self._last_id

    def _work(self) -> None:
        with requests.Session() as session:
            session.trust_env = False  # a proxy from the environment must not see loopback traffic
            while (parcel := self._waiting.get()) is not None:
                if self.still_wanted(parcel):
                    delivery = self._deliver(session, parcel)
                    with self._lock:
                        self._done[parcel.id] = delivery
                    self.delivered(delivery)
                self._waiting.task_done()
            self._waiting.task_done()

    def still_wanted(self, parcel: Parcel) -> bool:  # noqa: ARG002 - GitHub sends whatever was queued
        """Return whether a parcel goes out, now that it is its turn."""
        return True

    def delivered(self, delivery: Delivery) -> None:
        """Hear what came of a parcel; GitHub draws no conclusions from it."""

    def _deliver(self, session: requests.Session, parcel: Parcel) -> Delivery:
        headers = self.headers(parcel)
        started = time.monotonic()
        code, status, answered, text = HTTPStatus.BAD_GATEWAY.value, "failed to connect to host", {}, ""
        try:
            reply = session.post(
                parcel.url, data=parcel.body, headers=headers, timeout=TIME_LIMIT_S, allow_redirects=False
            )
        except requests.Timeout:
            code, status = HTTPStatus.GATEWAY_TIMEOUT.value, "timed out"
        except requests.RequestException:
            pass  # the words above say it
        else:
            code, answered, text = reply.status_code, dict(reply.headers), reply.text[:KEPT_REPLY_CHARS]
            status = "OK" if reply.ok else f"Invalid HTTP Response: {code}"
        duration = round(time.monotonic() - started, 3)
        return Delivery(parcel, self._clock(), duration, status, code, headers, answered, text)

    def headers(self, parcel: Parcel) -> dict[str, str]:
        """Return the headers of a delivery; the signature is over the raw bytes."""
        signature = hmac.new(self._secret, parcel.body, hashlib.sha256).hexdigest()
        return {
            "Accept": "*/*",
            "Content-Type": "application/json",
            "User-Agent": AGENT,
            "X-GitHub-Delivery": parcel.guid,
            "X-GitHub-Event": parcel.event,
            "X-GitHub-Hook-ID": str(self._hook_id),
            "X-GitHub-Hook-Installation-Target-ID": str(self._hook_id),
            "X-GitHub-Hook-Installation-Target-Type": "integration",
            "X-Hub-Signature-256": f"sha256={signature}",
        }
