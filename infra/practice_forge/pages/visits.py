"""One visit of a person in the browser: who they act as, what they look at, and how a page is made."""

import dataclasses
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from jinja2 import Environment
from markupsafe import Markup
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from infra.practice_forge.auth import Actor
from infra.practice_forge.finding import find_repository
from infra.practice_forge.forge import Forge
from infra.practice_forge.pages.desk import Desk, Subject
from infra.practice_forge.pages.markdown import Comments
from infra.practice_forge.refusals import not_found
from infra.practice_forge.state import Account, Repository

COOKIE = "practice_forge_visitor"


@dataclasses.dataclass(frozen=True, slots=True)
class Visit:
    """One request for a page, or one form. The state's lock is held."""

    forge: Forge
    desk: Desk
    request: Request
    templates: Environment
    comments: Comments

    @property
    def visitor(self) -> Account:
        """Return whom the visitor acts as: the cookie's choice, else the first person."""
        people = self.people()
        chosen = self.request.cookies.get(COOKIE, "")
        return next((person for person in people if person.login == chosen), people[0])

    @property
    def actor(self) -> Actor:
        """Return the visitor with their rights."""
        return Actor(self.visitor)

    def people(self) -> list[Account]:
        """Return everybody whom a visitor may act as."""
        return [account for account in self.forge.state.accounts.values() if not (account.is_bot or account.is_org)]

    def repo(self, owner: str, name: str) -> Repository:
        """Find a repository that the visitor may see, or raise 404."""
        return find_repository(self.forge.state, self.actor, owner, name)

    def issue(self, repo: Repository, number: int) -> Subject:
        """Find what has this number among the issues, or raise 404."""
        return self._seen(repo, self.desk.issue(repo, number))

    def pull(self, repo: Repository, number: int) -> Subject:
        """Find a pull request, or raise 404."""
        return self._seen(repo, self.desk.pull(repo, number))

    def _seen(self, repo: Repository, subject: Subject | None) -> Subject:
        if subject is None or not self.desk.can_see(self.actor, repo, subject):
            raise not_found()
        return subject

    def listed(self, repo: Repository, kind: str) -> list[Subject]:
        """Return the issues or the pulls that the visitor may see, newest first."""
        found = self.desk.pulls(repo) if kind == "pulls" else self.desk.issues(repo)
        return [subject for subject in found if self.desk.can_see(self.actor, repo, subject)]

    def open_counts(self, repo: Repository) -> tuple[int, int]:
        """Return how many issues and how many pull requests are open."""
        issues, pulls = (
            sum(subject.issue.is_open for subject in self.listed(repo, kind)) for kind in ("issues", "pulls")
        )
        return issues, pulls

    def address(self, repo: Repository, subject: Subject) -> str:
        """Return the path of an issue's or pull request's page."""
        return f"/{repo.path}/{'pull' if subject.pull else 'issues'}/{subject.issue.number}"

    def markdown(self, repo: Repository, text: str) -> Markup:
        """Return Markdown as HTML, with links to the issues and pull requests of `repo`."""

        def link(name: str) -> str | None:
            subject = self.desk.named(repo, name)
            return self.address(repo, subject) if subject else None

        return self.comments.html(text, link)

    def field(self, name: str) -> str:
        """Return a field of a form; browsers end lines with CR LF, forges store LF."""
        return self.request.form.get(name, "").replace("\r\n", "\n")

    def page(self, template: str, *, status: HTTPStatus = HTTPStatus.OK, **values: Any) -> Response:
        """Make a page."""
        text = self.templates.get_template(template).render(
            visit=self, visitor=self.visitor, now=self.forge.state.clock(), **values
        )
        return Response(text, status, mimetype="text/html")


def see(path: str) -> Response:
    """Send the browser to another page after a form."""
    return redirect(path, HTTPStatus.SEE_OTHER)


View = Callable[..., Response]


@dataclasses.dataclass(frozen=True, slots=True)
class PageRoute:
    """One address of the site and the view that answers it.

    `from_elsewhere` lets a form of another site through: it may then show something, and change nothing.
    """

    method: str
    rule: str
    view: View
    from_elsewhere: bool = False
