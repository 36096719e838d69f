"""The practice forge as one object: start it, use it at `.url`, stop it."""

import logging
import socket
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from infra.practice_forge import practice
from infra.practice_forge.acts import announce, ci_runs
from infra.practice_forge.app_keys import new_app_key  # noqa: F401  # whoever starts a forge needs one
from infra.practice_forge.auth import public_key
from infra.practice_forge.ci import CiRun, Job
from infra.practice_forge.forge import AppSpec, Dialect, Forge
from infra.practice_forge.git_http import GitHttp, GithubGate
from infra.practice_forge.gitlab.dispatch import PREFIX as GITLAB_PATH
from infra.practice_forge.gitlab.dispatch import Api
from infra.practice_forge.gitlab.sender import Sender
from infra.practice_forge.gitlab.world import BOT, World
from infra.practice_forge.guard import require_loopback_host
from infra.practice_forge.limits import Limits
from infra.practice_forge.loopback import is_loopback
from infra.practice_forge.pages.desk import GithubDesk
from infra.practice_forge.pages.site import Pages
from infra.practice_forge.refusals import RefusalError
from infra.practice_forge.rest.dispatch import PREFIX as GITHUB_PATH
from infra.practice_forge.rest.dispatch import Rest
from infra.practice_forge.rest.graph import ADDRESS as GRAPHQL
from infra.practice_forge.seeding import NewRepository, make_repository
from infra.practice_forge.state import Clock, Repository, Role, State, Token, utc_now
from infra.practice_forge.tape import tapes
from infra.practice_forge.webhooks import Delivery

PEOPLE: Mapping[str, str] = {"ann": "Ann Archer", "bob": "Bob Baker", "eve": "Eve Ember"}
POLL_S = 0.05  # how soon `stop` is noticed
LARGEST_FORM_BYTES = 40 << 20


class PracticeForge:
    """A forge on loopback with three people and one App. A context manager: inside, it serves at `url`.

    `ann` is whom the App is installed for; `bob` writes to her repositories; `eve` has no rights of her own.
    `port` 0 takes a free one. `limits` False counts requests but refuses none for their number.
    With `dialect="gitlab"` it speaks GitLab's API instead: no App, but an account `codex-bot` that `.gitlab` makes
    tokens for.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        app: AppSpec | None = None,
        dialect: Dialect = "github",
        users: Mapping[str, str] = PEOPLE,
        host: str = "127.0.0.1",
        port: int = 0,
        limits: bool = True,
        clock: Clock = utc_now,
    ) -> None:
        if not is_loopback(host):
            raise ValueError("The practice forge listens on loopback addresses only.")
        sender = Sender(clock) if dialect == "gitlab" else None
        self.forge = Forge(
            data_dir, app or AppSpec(), State(clock), limits=Limits(enforced=limits), hookshot=sender, dialect=dialect
        )
        self.forge.state.tapes += tapes()
        for login, name in users.items():
            self.forge.add_account(login, name=name)
        self._gitlab = World(self.forge, sender) if sender else None
        if self._gitlab is None:
            self._set_up_app()
        self._address = (host, port)
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None

    def _set_up_app(self) -> None:
        """Give the App its account, and install it for the first person."""
        app = self.forge.app
        public_key(app.key_pem)
        self.forge.add_account(app.login, name=app.slug, is_bot=True)
        first = next(account for account in self.forge.state.accounts.values() if not account.is_bot)
        self.forge.install(first.login, app.permissions)

    @property
    def gitlab(self) -> World:
        """Return what only a GitLab world has; raises `LookupError` in a GitHub one."""
        if self._gitlab is None:
            raise LookupError("This practice forge speaks GitHub's API.")
        return self._gitlab

    @property
    def url(self) -> str:
        """Return the address, without a slash at its end; the API is below, at `/api/v3` or `/api/v4`."""
        return self.forge.base_url

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Bind the port and serve in threads of the background; raises `OSError` when the port is taken."""
        host, port = self._address
        application = Request.application(self.site().answer)
        # A socket of our own, because werkzeug's way with a taken port is to end the process.
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.create_server((host, port), family=family) as bound:
            self._server = make_server(
                host, port, application, threaded=True, request_handler=QuietHandler, fd=bound.fileno()
            )
        shown = f"[{host}]" if ":" in host else host
        self.forge.base_url = f"http://{shown}:{self._server.port}"
        self.forge.hookshot.start()
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(POLL_S,), name="practice-forge", daemon=True
        )
        self._thread.start()

    def site(self) -> "Site":
        """Return what answers requests, for a server in front of the own one."""
        return Site(self.forge, self._gitlab)

    def stop(self) -> None:
        """Stop serving and sending, and free the port."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self.forge.hookshot.stop()
        self._server = self._thread = None

    def create_repo(
        self,
        owner: str,
        name: str,
        files: Mapping[str, bytes],
        message: str = "Initial commit",
        *,
        description: str = "",
        private: bool = False,
        roles: Mapping[str, Role] | None = None,
    ) -> Repository:
        """Make a repository with one commit of `files`; `roles` default to write for bob, on GitLab for the bot too.

        In a GitLab world `owner` may be a group, such as `acme/team`; then the first person makes the commit.
        """
        usual: dict[str, Role] = {"bob": "write"} if self._gitlab is None else {"bob": "write", BOT: "write"}
        is_group = self._gitlab is not None and self.forge.state.account(owner) is None
        wish = NewRepository(
            owner,
            name,
            files,
            message,
            description=description,
            private=private,
            roles=usual if roles is None else roles,
            author=next(iter(self.forge.state.accounts)) if is_group else "",
        )
        with self.forge.state.lock:
            return make_repository(self.forge, wish)

    def token_for(self, login: str, secret: str = "") -> str:
        """Return a fresh personal token of a person (on GitLab of the bot too), or take `secret` as one."""
        if self._gitlab is not None:
            return self._gitlab.token(login, secret=secret)
        with self.forge.state.lock:
            if not secret:
                return self.forge.new_token(Token(login), prefix="ghp_")
            self.forge.keep_token(secret, Token(login))
            return secret

    def grant(self, permissions: Mapping[str, str], *, owner: str = "ann") -> None:
        """Change what the App may do on an account's repositories, for tokens out there too."""
        with self.forge.state.lock:
            self.forge.install(owner, permissions)

    def send_webhooks_to(self, url: str) -> None:
        """Point the App's hook somewhere; what was sent before stays as it was."""
        with self.forge.state.lock:
            self.forge.webhook_url = url

    def ping(self) -> None:
        """Send the ping of a fresh hook, and the event of a fresh installation."""
        with self.forge.state.lock:
            announce.ping(self.forge)
            for installation in self.forge.state.installations.values():
                announce.installation_changed(self.forge, installation, "created")

    def lock_issue(self, repo: Repository, number: int) -> None:
        """Lock a conversation: from now on only writers comment on it."""
        with self.forge.state.lock:
            self.forge.lock_issue(repo, number)

    def ci_run(self, repo: Repository, sha: str, jobs: Sequence[Job], *, branch: str = "") -> CiRun:
        """Let the CI of a repository have run on a commit; on GitHub the App is told of it."""
        with self.forge.state.lock:
            return ci_runs.add(self.forge, repo, sha, jobs, branch=branch)

    def deliveries(self) -> list[Delivery]:
        """Return every webhook that was sent, newest first, once all that wait are sent."""
        self.forge.hookshot.wait_until_idle()
        return self.forge.hookshot.deliveries()


class Site:
    """Where every request comes in: guard first, then API, git, test addresses or pages."""

    def __init__(self, forge: Forge, gitlab: World | None) -> None:
        self._forge = forge
        self._rest: Rest | Api = Rest(forge) if gitlab is None else gitlab.api
        self._api_paths = (f"{GITHUB_PATH}/", GRAPHQL) if gitlab is None else (f"{GITLAB_PATH}/",)
        self._git = GitHttp(forge, GithubGate(forge) if gitlab is None else gitlab.gate)
        self._pages = Pages(forge, GithubDesk(forge) if gitlab is None else gitlab.desk)

    def answer(self, request: Request) -> Response:
        """Answer any request."""
        try:
            require_loopback_host(request)
        except RefusalError as refusal:
            return Response(f"{refusal.message}\n", refusal.status, mimetype="text/plain")
        if request.path.startswith(self._api_paths):
            request.max_content_length = LARGEST_FORM_BYTES
            return self._rest.answer(request)
        if request.path.startswith(practice.PREFIX):
            return practice.answer(self._forge, request)
        return self._git.answer(request) or self._pages.answer(request)


class QuietHandler(WSGIRequestHandler):
    """Writes no line per request to the terminal; the effect log and the deliveries page tell more."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug names it so
        """Pass what werkzeug would print to logging instead."""
        logging.getLogger("infra.practice_forge").debug("%s: %s", type, message % args)
