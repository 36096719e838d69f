"""Reading what of an issue or merge request shall change."""

from infra.practice_forge.gitlab.acts.subjects import Edit
from infra.practice_forge.gitlab.calls import Call
from infra.practice_forge.gitlab.params import Params
from infra.practice_forge.gitlab.records import Subject


def read_edit(call: Call, params: Params, subject: Subject | None = None) -> Edit:
    """Read a PUT, or the parts of a POST: an id of nobody is left out, as GitLab does."""
    event = params.choice("state_event", "close", "reopen")
    title, body = params.text_or_none("title"), params.text_or_none("description")
    return Edit(
        title=title,
        body="" if "description" in params and body is None else body,
        labels=_labels(params, subject.labels if subject else ()),
        assignees=_people(call, params, "assignee"),
        reviewers=_people(call, params, "reviewer"),
        is_open=None if event is None else event == "reopen",
        target=params.text_or_none("target_branch"),
    )


def _labels(params: Params, known: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the labels after the change: `labels` sets them all, the others add and take away."""
    if not any(name in params for name in ("labels", "add_labels", "remove_labels")):
        return None
    start = params.texts("labels")
    kept = [*(known if start is None else start), *(params.texts("add_labels") or [])]
    gone = set(params.texts("remove_labels") or [])
    return tuple(dict.fromkeys(label for label in kept if label not in gone))


def _people(call: Call, params: Params, role: str) -> tuple[str, ...] | None:
    ids = params.texts(f"{role}_ids")
    if ids is None and f"{role}_id" in params:
        ids = [str(params.number(f"{role}_id") or 0)]
    if ids is None:
        return None
    by_id = {str(who.id): who.login for who in call.shelves.state.accounts.values()}
    return tuple(by_id[number] for number in ids if number in by_id)
