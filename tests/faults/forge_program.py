"""The practice forge as a process that survives what happens to the bot: `python forge_program.py FOLDER OWNERS`.

Orders come as lines of JSON on standard input, each answered by one line on standard output.
"""

import dataclasses
import json
import re
import shutil
import sys
import threading
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from infra.practice_forge.acts.comments import add_comment
from infra.practice_forge.acts.issues import open_issue
from infra.practice_forge.faults import Fault, Faults
from infra.practice_forge.forge import EVERYTHING, AppSpec
from infra.practice_forge.limits import Budget, Limits
from infra.practice_forge.practice import effects
from infra.practice_forge.refusals import RefusalError
from infra.practice_forge.server import PracticeForge

REPOSITORY = "work"
_FILES = {"a.py": b"x = 1\n"}
_SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
_PRIMARY = "API rate limit exceeded for installation."


@dataclasses.dataclass(frozen=True, slots=True)
class Refusal:
    """One order: the next call to a path that matches is refused like this, `times` times."""

    match: str
    method: str
    status: int
    retry_after: int | None
    reset_in: int | None
    times: int


class Paths(Faults):
    """Faults on order, which also remember what the request at hand asks for."""

    def __init__(self) -> None:
        super().__init__()
        self.here = threading.local()

    def strike(self, method: str, path: str) -> Fault | None:
        self.here.request = (method, path)
        return super().strike(method, path)


class OrderedLimits(Limits):
    """Refuses nobody for their number, but whom it was told to refuse."""

    def __init__(self, paths: Paths) -> None:
        super().__init__(enforced=False)
        self._paths = paths
        self._lock = threading.Lock()
        self._orders: list[Refusal] = []

    def order(self, refusal: Refusal) -> None:
        with self._lock:
            self._orders.append(refusal)

    def left(self) -> list[Refusal]:
        with self._lock:
            return list(self._orders)

    def spend(self, who: str, now: datetime) -> Budget:
        method, path = getattr(self._paths.here, "request", ("", ""))
        refusal = self._take(method, path)
        if refusal is not None:
            words, headers = _words(refusal, now)
            raise RefusalError(HTTPStatus(refusal.status), words, headers=headers)
        return super().spend(who, now)

    def _take(self, method: str, path: str) -> Refusal | None:
        with self._lock:
            for index, order in enumerate(self._orders):
                if order.method == method and re.search(order.match, path):
                    left = dataclasses.replace(order, times=order.times - 1)
                    self._orders[index : index + 1] = [left] if left.times else []
                    return order
        return None


def _words(refusal: Refusal, now: datetime) -> tuple[str, dict[str, str]]:
    headers: dict[str, str] = {}
    if refusal.retry_after is not None:
        headers["Retry-After"] = str(refusal.retry_after)
    if refusal.reset_in is None:
        return _SECONDARY, headers
    reset = now + timedelta(seconds=refusal.reset_in)
    return _PRIMARY, headers | {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(reset.timestamp()))}


class Program:
    """The forge with many owners, each with an installation and one repository of their own."""

    def __init__(self, folder: Path, owners: int) -> None:
        private, public = _app_key()
        (folder / "app.pem").write_text(private)
        users = {f"owner-{number}": f"Owner {number}" for number in range(owners)}
        self.served = PracticeForge(folder / "forge", app=AppSpec(key_pem=public), users=users, limits=False)
        self.forge = self.served.forge
        self.forge.faults = Paths()
        self.limits = self.forge.limits = OrderedLimits(self.forge.faults)
        shelf = folder / "forge" / "repositories"
        for owner in users:
            self.forge.install(owner, EVERYTHING)
            if owner != "owner-0":  # copied, because git takes its time
                shutil.copytree(shelf / "owner-0" / f"{REPOSITORY}.git", shelf / owner / f"{REPOSITORY}.git")
            self.served.create_repo(owner, REPOSITORY, _FILES)

    def ask(self, owner: str, text: str, count: int) -> list[dict[str, Any]]:
        """Open issues, each with one comment that commands; return what a delivery needs to know."""
        with self.forge.state.lock:
            return [self._ask(owner, text) for _ in range(count)]

    def _ask(self, owner: str, text: str) -> dict[str, Any]:
        state = self.forge.state
        repo, account = state.repository(owner, REPOSITORY), state.account(owner)
        installation = state.installation_of(owner)
        assert repo is not None
        assert account is not None
        assert installation is not None
        issue = open_issue(self.forge, repo, account, title="Do it", body="Please.")
        comment = add_comment(self.forge, repo, account, issue, text)
        return {"owner": owner, "number": issue.number, "comment": comment.id, "installation": installation.id}

    def dump(self) -> dict[str, Any]:
        """Return everything visible, and the log of every write, at one moment."""
        state = self.forge.state
        with state.lock:
            owners = {repo.id: repo.owner for repo in state.repositories.values()}
            comments = [
                {"owner": owners[c.repo_id], "number": c.number, "id": c.id, "author": c.author, "body": c.body}
                for c in state.comments.values()
            ]
            pulls = [
                {
                    "owner": owners[pull.repo_id],
                    "number": pull.number,
                    "head": pull.head,
                    "open": state.issues[pull.repo_id, pull.number].is_open,
                }
                for pull in state.pulls.values()
            ]
            return {"comments": comments, "pulls": pulls, "effects": effects(self.forge)}

    def obey(self, order: dict[str, Any]) -> Any:
        match order.pop("do"):
            case "ask":
                return self.ask(**order)
            case "dump":
                return self.dump()
            case "refuse":
                self.limits.order(Refusal(**order))
            case "refusals left":
                return [dataclasses.asdict(refusal) for refusal in self.limits.left()]
            case other:
                raise ValueError(other)
        return None


def _app_key() -> tuple[str, str]:
    """Make a key as (private half, public half), in PEM; a short one, because checking it is most of a job's time."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


def main(folder: Path, owners: int) -> None:
    program = Program(folder, owners)
    with program.served:
        print(json.dumps(program.served.url), flush=True)
        for line in sys.stdin:
            print(json.dumps(program.obey(json.loads(line)), default=str), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
