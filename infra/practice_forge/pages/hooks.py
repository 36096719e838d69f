"""The page of webhook deliveries, and its buttons."""

import json

from werkzeug.wrappers import Response

from infra.practice_forge.acts.announce import ping
from infra.practice_forge.pages.visits import PageRoute, Visit, see
from infra.practice_forge.refusals import not_found
from infra.practice_forge.webhooks import Delivery

MOST_SHOWN = 100


def list_deliveries(visit: Visit) -> Response:
    """Show what was sent to the App, newest first."""
    deliveries = visit.forge.hookshot.deliveries()
    failed = sum(1 for delivery in deliveries if not delivery.went_well)
    return visit.page("deliveries.html", deliveries=deliveries[:MOST_SHOWN], total=len(deliveries), failed=failed)


def show_delivery(visit: Visit, number: int) -> Response:
    """Show one delivery: headers, payload and what the receiver said."""
    delivery = _delivery(visit, number)
    payload = json.dumps(json.loads(delivery.parcel.body), indent=2, ensure_ascii=False)
    return visit.page("delivery.html", delivery=delivery, payload=payload)


def redeliver(visit: Visit, number: int) -> Response:
    """Send a delivery again."""
    delivery = _delivery(visit, number)
    visit.forge.hookshot.send_again(delivery, url=visit.forge.webhook_url or delivery.parcel.url)
    return see("/deliveries")


def send_ping(visit: Visit) -> Response:
    """Send a ping."""
    ping(visit.forge)
    return see("/deliveries")


def _delivery(visit: Visit, number: int) -> Delivery:
    delivery = visit.forge.hookshot.delivery(number)
    if delivery is None:
        raise not_found()
    return delivery


ROUTES = (
    PageRoute("GET", "/deliveries", list_deliveries),
    PageRoute("POST", "/deliveries/ping", send_ping),
    PageRoute("GET", "/deliveries/<int:number>", show_delivery),
    PageRoute("POST", "/deliveries/<int:number>/redeliver", redeliver),
)
