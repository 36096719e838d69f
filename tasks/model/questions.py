"""Small JSON questions to a model server, each with its own time-out."""

import dataclasses
import http
from typing import Any

import requests
from requests.auth import AuthBase

from bot.errors import RetryableError, UserError
from tasks.model.endpoint import Endpoint
from tasks.model.refusals import from_status

Json = dict[str, Any]
_ANSWER_SECONDS = 30.0
_NO_SUCH_ROUTE = {http.HTTPStatus.NOT_FOUND, http.HTTPStatus.METHOD_NOT_ALLOWED, http.HTTPStatus.NOT_IMPLEMENTED}


@dataclasses.dataclass(frozen=True, slots=True)
class Questions:
    """Asks one server. Raises `RetryableError` when it is away or busy, `UserError` when it refuses."""

    endpoint: Endpoint
    connect_seconds: float

    def get(self, path: str) -> Json | None:
        """Return the JSON object at `path`; None when the server has no such route or says something else there."""
        response = self._send("GET", path, None)
        if response.status_code in _NO_SUCH_ROUTE:
            return None
        return self._read(response)

    def post(self, path: str, body: Json) -> Json:
        """Return the JSON object that answers `body`."""
        answer = self._read(self._send("POST", path, body))
        if answer is None:
            raise UserError(
                f"{self.endpoint.url}{path} does not answer in JSON.", mend="Check the model server's URL and version."
            )
        return answer

    def _send(self, method: str, path: str, body: Json | None) -> requests.Response:
        url = self.endpoint.url
        try:
            return requests.request(
                method,
                url + path,
                json=body,
                auth=_Header(self.endpoint.authorization),
                timeout=(self.connect_seconds, _ANSWER_SECONDS),
            )
        except requests.Timeout as error:
            raise RetryableError(f"The model server at {url} did not answer in time.") from error
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
            raise RetryableError(f"The model server at {url} cannot be reached.") from error
        except (requests.exceptions.InvalidURL, requests.TooManyRedirects) as error:
            raise UserError(f"Nothing can be asked at {url}.", mend="Check the model server's URL.") from error

    def _read(self, response: requests.Response) -> Json | None:
        if response.status_code >= http.HTTPStatus.BAD_REQUEST:
            raise from_status(self.endpoint, response.status_code, response.text, response.headers)
        try:
            document = response.json()
        except requests.exceptions.JSONDecodeError:
            return None
        return document if isinstance(document, dict) else None


class _Header(AuthBase):
    """Sends our credential or none: without an `auth` object, requests would look into ~/.netrc."""

    def __init__(self, authorization: str | None) -> None:
        self._authorization = authorization

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._authorization:
            request.headers["Authorization"] = self._authorization
        return request
