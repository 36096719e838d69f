"""One person's calls of an API on loopback."""

from collections.abc import Mapping
from typing import Any

import requests

SECONDS = 30


class Talk:
    """Calls below `root` with `headers`; a refusal is raised as `requests.HTTPError`."""

    def __init__(self, root: str, headers: Mapping[str, str]) -> None:
        self._root = root
        self._session = requests.Session()
        self._session.trust_env = False  # loopback only: no proxy, no .netrc
        self._session.headers.update(headers)

    def get(self, path: str) -> Any:
        """Read something."""
        return self.send("GET", path).json()

    def post(self, path: str, document: Mapping[str, object]) -> Any:
        """Make something; return what came of it."""
        return self.send("POST", path, document).json()

    def send(
        self, method: str, path: str, document: Mapping[str, object] | None = None, accept: str = "application/json"
    ) -> requests.Response:
        """Call and return the whole answer."""
        headers = {"Accept": accept}
        answer = self._session.request(method, self._root + path, json=document, headers=headers, timeout=SECONDS)
        answer.raise_for_status()
        return answer
