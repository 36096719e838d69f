"""The forge's own addresses: the effect log and faults on order for tests, and the storage of CI logs."""

import dataclasses
import json
from http import HTTPStatus
from typing import Any

from werkzeug.wrappers import Request, Response

from infra.practice_forge.faults import read_fault
from infra.practice_forge.forge import Forge
from infra.practice_forge.guard import require_same_origin
from infra.practice_forge.refusals import RefusalError, not_found
from infra.practice_forge.rest.fields import read_fields

PREFIX = "/_practice/"
LOGS = "logs/"


def answer(forge: Forge, request: Request) -> Response:
    """Answer `/_practice/effects`, `/_practice/faults` and `/_practice/logs`; all bodies are JSON but the logs."""
    status = HTTPStatus.OK
    try:
        require_same_origin(request)
        match request.method, request.path.removeprefix(PREFIX):
            case "GET", "effects":
                document: Any = effects(forge)
            case "GET", "faults":
                document = [fault.document() for fault in forge.faults.pending()]
            case "POST", "faults":
                fault = read_fault(read_fields(request.get_data()).plain())
                forge.faults.arm(fault)
                document, status = fault.document(), HTTPStatus.CREATED
            case "DELETE", "faults":
                forge.faults.clear()
                document = []
            case "GET", path if path.startswith(LOGS):
                return Response(read_log(forge, request, path.removeprefix(LOGS)), content_type="text/plain")
            case _:
                raise not_found()
    except RefusalError as refusal:
        document, status = refusal.document(), refusal.status
    return Response(json.dumps(document, default=str), status, content_type="application/json")


def read_log(forge: Forge, request: Request, key: str) -> bytes:
    """Return the log that `key` opens. As the storage that GitHub sends people to, it refuses other credentials."""
    if "Authorization" in request.headers:
        raise RefusalError(HTTPStatus.BAD_REQUEST, "InvalidAuthenticationInfo")
    with forge.state.lock:
        jobs = [job for run in forge.state.ci_runs.values() for job in run.jobs]
    found = next((job.log for job in jobs if job.key == key), None)
    if found is None:
        raise not_found()
    return found


def effects(forge: Forge) -> list[dict[str, Any]]:
    """Return every accepted write, oldest first."""
    with forge.state.lock:
        return [dataclasses.asdict(effect) | {"time": effect.time.isoformat()} for effect in forge.state.effects]
