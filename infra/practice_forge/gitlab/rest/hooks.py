"""Project hooks: for maintainers only, and what they sent."""

import dataclasses
from datetime import timedelta
from http import HTTPStatus

from infra.practice_forge.gitlab.access import MAINTAINER
from infra.practice_forge.gitlab.acts.hooks import add_hook, keep_hook
from infra.practice_forge.gitlab.acts.samples import show
from infra.practice_forge.gitlab.calls import Call, Promise, page_of
from infra.practice_forge.gitlab.params import Params
from infra.practice_forge.gitlab.records import Hook
from infra.practice_forge.gitlab.refusals import Refusal, bad_parameter, not_found, record_not_found, too_often
from infra.practice_forge.gitlab.routing import Route
from infra.practice_forge.gitlab.shapes import hooks as shapes
from infra.practice_forge.rest.calls import Reply, no_content
from infra.practice_forge.state import Account, Repository
from infra.practice_forge.webhooks import Delivery

TIMES_A_MINUTE = 5
MINUTE = timedelta(minutes=1)
KEPT = timedelta(days=7)
MOST_EVENTS = 20
FIRST_DIGITS = {"successful": "2", "client_failure": "4", "server_failure": "5"}


def _maintained(call: Call, project: str) -> tuple[Repository, Account]:
    repo = call.project(project)
    return repo, call.writer(repo, MAINTAINER)


def _find(call: Call, repo: Repository, hook: int) -> Hook:
    found = call.shelves.hooks.get(hook)
    if found is None or found.repo_id != repo.id:
        raise not_found("Hook")
    return found


def _shown(call: Call, hook: Hook) -> dict[str, object]:
    return shapes.hook(hook, call.shelves.state.clock())


def list_hooks(call: Call, project: str) -> Reply:
    """GET /projects/:id/hooks."""
    repo, _ = _maintained(call, project)
    return page_of(call, call.shelves.hooks_of(repo), lambda hook: _shown(call, hook))


def get_hook(call: Call, project: str, hook: int) -> Reply:
    """GET /projects/:id/hooks/:hook_id."""
    repo, _ = _maintained(call, project)
    return Reply(_shown(call, _find(call, repo, hook)))


def post_hook(call: Call, project: str) -> Reply:
    """POST /projects/:id/hooks; pushes are told unless the request says otherwise."""
    repo, _ = _maintained(call, project)
    params = call.params()
    blank = Hook(0, repo.id, params.text("url"), "", call.shelves.state.now())
    return Reply(_shown(call, add_hook(call.shelves, repo, _read(params, blank))), HTTPStatus.CREATED)


def put_hook(call: Call, project: str, hook: int) -> Reply:
    """PUT /projects/:id/hooks/:hook_id; another address takes the token away, unless it is sent again."""
    repo, _ = _maintained(call, project)
    params, old = call.params(), _find(call, repo, hook)
    url = params.text("url")
    fresh = old if url == old.url else dataclasses.replace(old, url=url, token="")
    return Reply(_shown(call, keep_hook(call.shelves, repo, _read(params, fresh))))


def _read(params: Params, hook: Hook) -> Hook:
    """Return the hook with what the parameters say; what they leave out stays."""
    flags = {event: params.flag(event) for event in shapes.EVENTS}
    on, off = ({event for event, said in flags.items() if said is wanted} for wanted in (True, False))
    verified = params.flag("enable_ssl_verification")

    def text(name: str, old: str) -> str:
        said = params.text_or_none(name)
        return old if said is None else said

    return dataclasses.replace(
        hook,
        name=params.text_or_none("name") or hook.name,
        description=params.text_or_none("description") or hook.description,
        events=(hook.events | on) - off,
        branch_filter=text("push_events_branch_filter", hook.branch_filter),
        ssl_verification=hook.ssl_verification if verified is None else verified,
        token=text("token", hook.token),
        signing_token=text("signing_token", hook.signing_token),
    )


def delete_hook(call: Call, project: str, hook: int) -> Reply:
    """DELETE /projects/:id/hooks/:hook_id."""
    repo, _ = _maintained(call, project)
    call.shelves.hooks.pop(_find(call, repo, hook).id)
    return no_content()


def test_hook(call: Call, project: str, hook: int, trigger: str) -> Reply:
    """POST /projects/:id/hooks/:hook_id/test/:trigger: a true event of this project, at most five a minute.

    Answers 201 only if the receiver said 2xx, else 422 with what it said.
    """
    repo, author = _maintained(call, project)
    if trigger not in shapes.EVENTS:
        raise bad_parameter("trigger does not have a valid value")
    found = _find(call, repo, hook)
    _spend(call, ("test", repo.id, author.login))
    sender = call.shelves.sender
    parcel = sender.post(found, shapes.EVENTS[trigger], show(call.shelves, repo, author, trigger), forced=True)

    def finish() -> Reply:
        delivery = sender.outcome(parcel)
        if delivery is None or not delivery.went_well:
            raise _failed(delivery)
        return Reply({"message": "201 Created"}, HTTPStatus.CREATED)

    return Promise(finish=finish)


def _failed(delivery: Delivery | None) -> Refusal:
    """Say 422 about a receiver that was not there or not content."""
    said = (delivery.response_body or delivery.status) if delivery else "Hook disabled"
    return Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, said)


def list_events(call: Call, project: str, hook: int) -> Reply:
    """GET /projects/:id/hooks/:hook_id/events of the last seven days, newest first, at most twenty a page.

    `status` lists codes, or successful, client_failure or server_failure.
    """
    repo, _ = _maintained(call, project)
    params, since = call.params(), call.shelves.state.clock() - KEPT
    wanted = params.texts("status") or []
    if (params.number("per_page") or 1) > MOST_EVENTS:
        raise bad_parameter("per_page does not have a valid value")
    if not all(word.isdigit() or word in FIRST_DIGITS for word in wanted):
        raise bad_parameter("status does not have a valid value")
    sent = call.shelves.sender.events_of(_find(call, repo, hook))
    recent = [delivery for delivery in sent if delivery.delivered_at > since]
    found = [delivery for delivery in recent if not wanted or any(_is(delivery, word) for word in wanted)]
    return page_of(call, found, shapes.event)


def _is(delivery: Delivery, wanted: str) -> bool:
    """Return whether a delivery ended so; without any answer it counts as the server's failure."""
    status = str(shapes.event(delivery)["response_status"])
    first = FIRST_DIGITS.get(wanted)
    return status == wanted or status[0] == first or (first == "5" and not status.isdigit())


def resend(call: Call, project: str, hook: int, event: int) -> Reply:
    """POST /projects/:id/hooks/:hook_id/events/:hook_event_id/resend: the same key again, at most five a minute.

    Answers with the receiver's status, or 422 if it was not there.
    """
    repo, author = _maintained(call, project)
    found = _find(call, repo, hook)
    _spend(call, ("resend", repo.id, author.login))
    sender = call.shelves.sender
    known = next((sent for sent in sender.events_of(found) if sent.parcel.id == event), None)
    if known is None:
        raise record_not_found()
    parcel = sender.send_again(known, url=found.url)

    def finish() -> Reply:
        delivery = sender.outcome(parcel)
        if delivery is None or not str(shapes.event(delivery)["response_status"]).isdigit():
            raise _failed(delivery)
        return Reply({"response_status": delivery.status_code}, HTTPStatus.CREATED)

    return Promise(finish=finish)


def _spend(call: Call, what: tuple[str, int, str]) -> None:
    """Count a use of what may be used five times a minute."""
    now = call.shelves.state.clock()
    recent = [time for time in call.shelves.uses.get(what, []) if time > now - MINUTE]
    if len(recent) >= TIMES_A_MINUTE:
        raise too_often()
    call.shelves.uses[what] = [*recent, now]


HOOKS = "/projects/:project/hooks"
ROUTES = (
    Route("GET", HOOKS, list_hooks),
    Route("POST", HOOKS, post_hook),
    Route("GET", f"{HOOKS}/:hook", get_hook),
    Route("PUT", f"{HOOKS}/:hook", put_hook),
    Route("DELETE", f"{HOOKS}/:hook", delete_hook),
    Route("POST", f"{HOOKS}/:hook/test/:trigger", test_hook),
    Route("GET", f"{HOOKS}/:hook/events", list_events),
    Route("POST", f"{HOOKS}/:hook/events/:event/resend", resend),
)
