"""The pages of a GitLab world, as a browser would ask for them."""

from collections.abc import Callable, Iterator

import pytest
import requests
from fakes.door import Door
from stories.sums import Ask, propose

from infra.practice_forge.server import PracticeForge
from infra.practice_forge.state import Repository

Visit = Callable[..., requests.Response]


@pytest.fixture
def visit(forge: PracticeForge, repo: Repository) -> Iterator[Visit]:
    """Return a function that opens pages and sends forms, as ann unless she chose to be another."""
    with requests.Session() as session:

        def go(path: str, form: dict[str, str] | None = None) -> requests.Response:
            method = "GET" if form is None else "POST"
            return session.request(method, forge.url + path, data=form, timeout=10)

        yield go


def test_every_page_of_a_project_shows(ask: Ask, visit: Visit) -> None:
    ask("bob", "POST", "/issues", {"title": "Wrong sum", "description": "See !1"})
    propose(ask, title="Draft: Right sum", description="Closes #1")
    sha = ask("bob", "GET", "/merge_requests/1").json()["sha"]
    for path, words in (
        ("/", "1 open pull request"),
        ("/ann/sums", "README.md"),
        ("/ann/sums/-/tree/main/src", "a.py"),
        ("/ann/sums/-/blob/main/src/a.py", "line 30"),
        (f"/ann/sums/-/commit/{sha}", "fresh"),
        ("/ann/sums/-/issues", "Wrong sum"),
        ("/ann/sums/-/issues/1", '<a href="/ann/sums/pull/1">!1</a>'),
        ("/ann/sums/-/merge_requests", "!1 opened"),
        ("/ann/sums/-/merge_requests/1", '<a href="/ann/sums/issues/1">#1</a>'),
        ("/ann/sums/-/merge_requests/1.diff", "+fresh"),
        ("/ann/sums/issues/new", "New issue"),
        ("/deliveries", "As on GitLab"),
    ):
        page = visit(path)
        assert (page.status_code, words in page.text) == (200, True), path
    assert "Speaks GitLab" in visit("/").text
    assert visit("/ann/sums/-/issues/2").status_code == 404
    assert visit("/ann/sums/-/merge_requests/2").status_code == 404


def test_the_addresses_that_the_api_gives_are_pages(ask: Ask, visit: Visit, forge: PracticeForge) -> None:
    request = propose(ask)
    issue = ask("bob", "POST", "/issues", {"title": "Wrong sum"}).json()
    for url in (issue["web_url"], request["web_url"], ask("bob", "GET").json()["web_url"]):
        assert visit(str(url).removeprefix(forge.url)).status_code == 200


def test_a_person_writes_and_the_hooks_hear_of_it(
    forge: PracticeForge, repo: Repository, visit: Visit, ask: Ask, door: Door
) -> None:
    forge.gitlab.add_hook(repo, door.url)
    page = visit("/ann/sums/issues", {"title": "Wrong sum", "body": "1 + 1"})
    assert page.url == f"{forge.url}/ann/sums/issues/1"
    asked = visit("/ann/sums/issues/1/comment", {"body": "/codex implement"})
    assert asked.url.endswith("/ann/sums/issues/1?live=1")
    events = [door.next() for _ in range(2)]
    assert [headers["X-Gitlab-Event"] for headers, _ in events] == ["Issue Hook", "Note Hook"]
    assert events[1][1]["object_attributes"]["note"] == "/codex implement"
    ask("codex-bot", "POST", "/issues/1/notes", {"body": "Done."})
    shown = visit("/ann/sums/issues/1?live=1").text
    assert "Done." in shown
    assert "http-equiv" not in shown
    assert "Reopen issue" in visit("/ann/sums/issues/1/state", {"to": "closed"}).text
    assert ask("bob", "GET", "/issues/1").json()["state"] == "closed"


def test_what_is_refused_is_said_above_the_form(visit: Visit, ask: Ask) -> None:
    refused = visit("/ann/sums/issues", {"title": " ", "body": "kept"})
    assert (refused.status_code, "kept" in refused.text) == (422, True)
    assert "title can&#39;t be blank" in refused.text
    ask("bob", "POST", "/issues", {"title": "A"})
    assert visit("/ann/sums/issues/1/comment", {"body": " "}).status_code == 422
    ask("bob", "PUT", "/issues/1", {"discussion_locked": True})
    visit("/_visitor", {"login": "eve", "back": "/"})
    assert visit("/ann/sums/issues/1/comment", {"body": "x"}).status_code == 422
    assert visit("/ann/sums/issues/1/state", {"to": "closed"}).status_code == 403


def test_a_merge_request_is_spoken_of_closed_and_merged(visit: Visit, ask: Ask) -> None:
    request = propose(ask)
    refs = request["diff_refs"]
    assert isinstance(refs, dict)
    place = {"position_type": "text", **refs, "old_path": "src/a.py", "new_path": "src/a.py", "new_line": 14}
    note = ask("codex-bot", "POST", "/merge_requests/1/discussions", {"body": "Why?", "position": place}).json()
    ask("bob", "POST", f"/merge_requests/1/notes/{note['notes'][0]['id']}/award_emoji", {"name": "thumbsup"})
    ask("bob", "POST", "/merge_requests/1/notes", {"body": "Aside"})
    page = visit("/ann/sums/pull/1").text
    assert "<code>src/a.py:14</code>" in page
    assert 'title="+1"' in page
    assert visit("/ann/sums/pull/1/comment", {"body": "Good"}).url.rpartition("#")[0].endswith("/ann/sums/pull/1")
    assert "Reopen pull request" in visit("/ann/sums/pull/1/state", {"to": "closed"}).text
    visit("/ann/sums/pull/1/state", {"to": "open"})
    visit("/_visitor", {"login": "bob", "back": "/"})
    assert visit("/ann/sums/pull/1/merge", {}).status_code == 403
    visit("/_visitor", {"login": "ann", "back": "/"})
    assert "Merged" in visit("/ann/sums/pull/1/merge", {}).text
    assert ask("bob", "GET", "/merge_requests/1").json()["merged_by"]["username"] == "ann"


def test_what_is_confidential_shows_to_members_only(visit: Visit, ask: Ask) -> None:
    ask("bob", "POST", "/issues", {"title": "Secret plan", "confidential": True})
    assert visit("/ann/sums/issues/1").status_code == 200
    visit("/_visitor", {"login": "eve", "back": "/"})
    assert visit("/ann/sums/issues/1").status_code == 404
    assert "Secret plan" not in visit("/ann/sums/issues").text


def test_internal_notes_stay_off_the_pages(visit: Visit, ask: Ask) -> None:
    ask("bob", "POST", "/issues", {"title": "A"})
    ask("bob", "POST", "/issues/1/notes", {"body": "Between us", "internal": True})
    assert "Between us" not in visit("/ann/sums/issues/1").text


def test_a_project_in_groups_shows(forge: PracticeForge, visit: Visit) -> None:
    forge.create_repo("acme/team", "api", {"README.md": b"# Api\n"}, roles={"ann": "admin"})
    assert "Api" in visit("/acme/team/api").text
    page = visit("/acme/team/api/issues", {"title": "Deep", "body": ""})
    assert page.url == f"{forge.url}/acme/team/api/issues/1"
    assert visit("/acme/team/api/-/tree/main").status_code == 200


def test_deliveries_are_shown_and_sent_again(
    forge: PracticeForge, repo: Repository, visit: Visit, ask: Ask, door: Door
) -> None:
    forge.gitlab.add_hook(repo, door.url)
    ask("bob", "POST", "/issues", {"title": "A"})
    first = forge.deliveries()[0]
    assert "Issue Hook" in visit("/deliveries").text
    assert "object_kind" in visit(f"/deliveries/{first.parcel.id}").text
    visit(f"/deliveries/{first.parcel.id}/redeliver", {})
    again = forge.deliveries()[0]
    assert (again.parcel.guid, again.parcel.redelivery) == (first.parcel.guid, True)
