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
from infra.practice_forge.finding import find_issue, find_repository
from infra.practice_forge.forge import Forge
from infra.practice_forge.pages.markdown import Comments
from infra.practice_forge.state import Account, Issue, Repository

COOKIE = "practice_forge_visitor"


@dataclasses.dataclass(frozen=True, slots=True)
class Visit:
    """One request for a page, or one form. The state's lock is held."""

    forge: Forge
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

    def issue(self, repo: Repository, number: int) -> Issue:
        """Find an issue or pull request, or raise 404."""
        return find_issue(self.forge.state, repo, number)

    def open_counts(self, repo: Repository) -> tuple[int, int]:
        """Return how many issues and how many pull requests are open."""
        state = self.forge.state
        numbers = [issue.number for issue in state.issues.values() if issue.repo_id == repo.id and issue.is_open]
        pulls = sum(1 for number in numbers if (repo.id, number) in state.pulls)
        return len(numbers) - pulls, pulls

    def address(self, repo: Repository, number: int) -> str:
        """Return the path of an issue's or pull request's page."""
        kind = "pull" if (repo.id, number) in self.forge.state.pulls else "issues"
        return f"/{repo.path}/{kind}/{number}"

    def markdown(self, repo: Repository, text: str) -> Markup:
        """Return Markdown as HTML, with links to the issues of `repo`."""
        numbers = self.forge.state.issues

        def link(number: int) -> str | None:
            return self.address(repo, number) if (repo.id, number) in numbers else None

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
