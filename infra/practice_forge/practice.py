"""The forge's own addresses for tests: the effect log, and faults on order."""

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


def answer(forge: Forge, request: Request) -> Response:
    """Answer `/_practice/effects` and `/_practice/faults`; all bodies are JSON."""
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
            case _:
                raise not_found()
    except RefusalError as refusal:
        document, status = refusal.document(), refusal.status
    return Response(json.dumps(document, default=str), status, content_type="application/json")


def effects(forge: Forge) -> list[dict[str, Any]]:
    """Return every accepted write, oldest first."""
    with forge.state.lock:
        return [dataclasses.asdict(effect) | {"time": effect.time.isoformat()} for effect in forge.state.effects]
