"""Delivers requests to the bot's door as the forge would, and keeps our own record of every answer."""

import collections
import hashlib
import hmac
import http.client
import json
import queue
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from faults.forge import Ask
from faults.forge_program import REPOSITORY

ACCEPTED, DUPLICATE = 202, 200
NO_ANSWER, IGNORED = 0, 299  # 299: the door answered 200, but did not mean "I have it"


class Door:
    """Sends signed deliveries to the addresses in `urls`, in turn; thread-safe."""

    def __init__(self, secret: str) -> None:
        self.urls: Sequence[str] = ()
        self.answers: dict[Ask, list[int]] = collections.defaultdict(list)
        self.seconds = 15.0
        self._secret = secret.encode()
        self._lock = threading.Lock()
        self._turn = 0

    def acknowledged(self) -> list[Ask]:
        """Return what got a 202, or was called a duplicate of what the door already has: both are promises."""
        with self._lock:
            return [ask for ask, given in self.answers.items() if {ACCEPTED, DUPLICATE} & set(given)]

    def accepted_more_than_once(self) -> int:
        """Return how many 202s there were beyond one per request."""
        with self._lock:
            return sum(max(0, given.count(ACCEPTED) - 1) for given in self.answers.values())

    def deliver(self, ask: Ask) -> int:
        """Deliver once; return and record the status, or 0 when no answer came."""
        with self._lock:
            url = self.urls[self._turn % len(self.urls)]
            self._turn += 1
        status = self._post(url, ask)
        with self._lock:
            self.answers[ask].append(status)
        return status

    def deliver_all(self, asks: Iterable[Ask], *, threads: int = 8) -> list[int]:
        """Deliver each once, several at a time."""
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(self.deliver, asks))

    def insist(self, asks: Iterable[Ask], *, tries: int = 100, over: threading.Event | None = None) -> list[Ask]:
        """Deliver as somebody who presses "redeliver" until there is an answer; return what never got one."""
        over = over or threading.Event()
        waiting: queue.SimpleQueue[Ask] = queue.SimpleQueue()
        for ask in asks:
            waiting.put(ask)
        failed: list[Ask] = []

        def go_on() -> None:
            while not waiting.empty():
                try:
                    ask = waiting.get_nowait()
                except queue.Empty:
                    return
                if not any(self._went_well(ask, over) for _ in range(tries)):
                    failed.append(ask)

        threads = [threading.Thread(target=go_on) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return failed

    def _went_well(self, ask: Ask, over: threading.Event) -> bool:
        well = self.deliver(ask) in {ACCEPTED, DUPLICATE}
        if not well:
            over.wait(0.1)
        return well

    def _post(self, url: str, ask: Ask) -> int:
        address = urlsplit(url)
        body = json.dumps(payload(ask)).encode()
        signature = hmac.new(self._secret, body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-GitHub-Event": "issue_comment",
            "X-GitHub-Delivery": ask.guid,
            "X-Hub-Signature-256": f"sha256={signature}",
        }
        connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=self.seconds)
        try:
            connection.request("POST", "/webhooks/github", body, headers)
            answer = connection.getresponse()
            said = answer.read()
        except (OSError, http.client.HTTPException, ValueError):
            return NO_ANSWER
        else:
            known = answer.status != DUPLICATE or json.loads(said).get("status") == "duplicate"
            return answer.status if known else IGNORED
        finally:
            connection.close()


def payload(ask: Ask) -> dict[str, object]:
    """Return GitHub's `issue_comment` delivery, as far as anybody reads it."""
    owner = {"login": ask.owner, "type": "User"}
    return {
        "action": "created",
        "issue": {"number": ask.number, "title": "Do it", "body": "Please.", "state": "open", "user": owner},
        "comment": {"id": ask.comment, "body": f"/codex implement {ask.text}", "user": owner},
        "repository": {"name": REPOSITORY, "owner": owner},
        "sender": owner,
        "installation": {"id": ask.installation},
    }
