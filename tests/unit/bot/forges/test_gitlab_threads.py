"""Discussions as GitLab tells of them."""

from typing import Any

from bot.forges.gitlab.threads import as_thread, thumbs_down

OURS = {"id": 7, "username": "codex"}
ANN = {"id": 8, "username": "ann"}


def note(number: int, author: dict[str, Any], body: str, **more: Any) -> dict[str, Any]:
    return {"id": number, "author": author, "body": body, "resolvable": True, "resolved": False, **more}


def discussion(*notes: dict[str, Any]) -> dict[str, Any]:
    first = {**notes[0], "position": {"new_path": "a.py", "new_line": 3}}
    return {"id": "d1", "notes": [first, *notes[1:]]}


def test_what_gitlab_itself_writes_in_the_name_of_who_pushed_nobody_said() -> None:
    changed = note(2, ANN, "changed this line in version 2 of the diff", system=True, resolvable=False)
    found = as_thread(4, discussion(note(1, OURS, "Why?"), changed), 7)
    assert (found.is_ours, found.people, found.may_be_settled) == (True, (), True)
    said = as_thread(4, discussion(note(1, OURS, "Why?"), changed, note(3, ANN, "So.")), 7)
    assert (said.people, said.may_be_settled) == (("ann",), False)


def test_who_settled_it_is_told_by_whichever_note_tells_it() -> None:
    found = as_thread(4, discussion(note(1, OURS, "Why?"), note(2, OURS, "So.", resolved=True, resolved_by=ANN)), 7)
    assert found.resolved_by == "ann"


def test_where_nothing_is_by_us_nobody_is_us() -> None:
    found = as_thread(4, discussion(note(1, ANN, "Mine.")), 7)
    assert (found.us, found.is_ours) == ("", False)


def test_thumbs_of_every_skin_are_thumbs_and_other_emoji_are_none() -> None:
    names = ["thumbsdown", "thumbsdown_tone3", "thumbsup", "eyes"]
    awards = [{"name": name, "user": {"username": f"u{place}"}} for place, name in enumerate(names)]
    assert list(thumbs_down([*awards, {"name": "thumbsdown", "user": None}])) == ["u0", "u1"]
