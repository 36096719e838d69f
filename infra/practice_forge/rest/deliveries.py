"""What became of the App's webhooks, and sending one again."""

import json
from http import HTTPStatus
from typing import Any

from infra.practice_forge.refusals import not_found
from infra.practice_forge.rest.calls import MOST_PER_PAGE, PER_PAGE, Call, Reply, Route, whole_number
from infra.practice_forge.shapes.people import stamp
from infra.practice_forge.webhooks import Delivery


def summary(delivery: Delivery) -> dict[str, Any]:
    """Return a delivery as lists show it."""
    parcel = delivery.parcel
    return {
        "id": parcel.id,
        "guid": parcel.guid,
        "delivered_at": stamp(delivery.delivered_at),
        "redelivery": parcel.redelivery,
        "duration": delivery.duration_s,
        "status": delivery.status,
        "status_code": delivery.status_code,
        "event": parcel.event,
        "action": parcel.action,
        "installation_id": parcel.installation_id,
        "repository_id": parcel.repository_id,
        "throttled_at": None,
    }


def list_deliveries(call: Call) -> Reply:
    """GET /app/hook/deliveries, newest first; `cursor` is the id after which the next page starts."""
    call.require_app()
    wanted = call.request.args.get("status", "")
    records = [
        delivery
        for delivery in call.forge.hookshot.deliveries()
        if wanted not in {"success", "failure"} or delivery.went_well == (wanted == "success")
    ]
    size = min(whole_number(call, "per_page", PER_PAGE), MOST_PER_PAGE)
    cursor = whole_number(call, "cursor", 0)
    rest = [delivery for delivery in records if not cursor or delivery.parcel.id < cursor]
    headers = {}
    if len(rest) > size:
        query = f"per_page={size}&cursor={rest[size - 1].parcel.id}"
        query += f"&status={wanted}" if wanted in {"success", "failure"} else ""
        headers = {"Link": f'<{call.forge.base_url}{call.request.path}?{query}>; rel="next"'}
    return Reply([summary(delivery) for delivery in rest[:size]], headers=headers)


def _delivery(call: Call, number: int) -> Delivery:
    call.require_app()
    delivery = call.forge.hookshot.delivery(number)
    if delivery is None:
        raise not_found()
    return delivery


def get_delivery(call: Call, number: int) -> Reply:
    """GET /app/hook/deliveries/{id}, with request and response."""
    delivery = _delivery(call, number)
    request = {"headers": dict(delivery.request_headers), "payload": json.loads(delivery.parcel.body)}
    response = {"headers": dict(delivery.response_headers), "payload": delivery.response_body}
    return Reply(summary(delivery) | {"url": delivery.parcel.url, "request": request, "response": response})


def redeliver(call: Call, number: int) -> Reply:
    """POST /app/hook/deliveries/{id}/attempts: the same GUID once more."""
    delivery = _delivery(call, number)
    call.forge.hookshot.send_again(delivery, url=call.forge.webhook_url or delivery.parcel.url)
    return Reply({}, HTTPStatus.ACCEPTED)


ROUTES = (
    Route("GET", "/app/hook/deliveries", list_deliveries),
    Route("GET", "/app/hook/deliveries/<int:number>", get_delivery),
    Route("POST", "/app/hook/deliveries/<int:number>/attempts", redeliver),
)
