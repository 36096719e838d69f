"""How the bot's client treats a GitLab that behaves oddly."""

import contextlib
import threading
from collections.abc import Iterator

import pytest
from werkzeug import Request, Response
from werkzeug.serving import make_server

from bot.errors import ForgeAwayError, RetryableError, UserError
from bot.events import Repo, Subject
from bot.forges.gitlab.access import GitLabAccess
from bot.forges.gitlab.adapter import GitLabForge

REPO, ISSUE = Repo("ann", "sums"), Subject(7)


class Scripted:
    """Answers everything alike, and remembers what it was asked and with which token."""

    def __init__(self, answer: Response | None = None) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str, str]] = []
        self.url = ""

    @Request.application
    def app(self, request: Request) -> Response:
        self.asked.append((request.method, request.path, request.headers.get("PRIVATE-TOKEN", "")))
        return self.answer or Response("{}", content_type="application/json")


@contextlib.contextmanager
def serving(script: Scripted) -> Iterator[Scripted]:
    server = make_server("127.0.0.1", 0, script.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    script.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield script
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def forge(script: Scripted) -> GitLabForge:
    return GitLabForge(GitLabAccess(script.url, token="sesame", timeout_s=5))


def test_the_token_does_not_follow_to_another_host() -> None:
    with serving(Scripted()) as elsewhere, serving(Scripted()) as gitlab:
        target = elsewhere.url.replace("127.0.0.1", "localhost")
        gitlab.answer = Response(status=302, headers={"Location": f"{target}/moved"})
        with pytest.raises(UserError):
            forge(gitlab).default_branch(REPO)
    assert {token for _, _, token in gitlab.asked} == {"sesame"}
    assert elsewhere.asked == [("GET", "/moved", "")]


def test_a_write_is_sent_once_whatever_is_answered() -> None:
    for status in (500, 502, 503):
        with serving(Scripted(Response("away", status=status))) as gitlab:
            with pytest.raises(ForgeAwayError):
                forge(gitlab).create_comment(REPO, ISSUE, "hello")
            assert len(gitlab.asked) == 1


def test_a_limit_is_told_with_its_wait_and_not_slept_through() -> None:
    for headers, wait in (({"Retry-After": "7"}, 7.0), ({}, 60.0)):
        with serving(Scripted(Response("slow down", status=429, headers=headers))) as gitlab:
            with pytest.raises(RetryableError) as caught:
                forge(gitlab).create_comment(REPO, ISSUE, "hello")
            assert (caught.value.retry_after, len(gitlab.asked)) == (wait, 1)


def test_a_page_instead_of_an_answer_is_told_with_the_setting_to_check() -> None:
    page = Response("<html>", content_type="text/html")
    with serving(Scripted(page)) as gitlab, pytest.raises(UserError, match="not GitLab's") as caught:
        forge(gitlab).default_branch(REPO)
    assert "CODEX_BOT_GITLAB_URL" in caught.value.mend


def test_a_gitlab_that_is_not_there_is_away() -> None:
    with pytest.raises(ForgeAwayError, match="could not be reached"):
        GitLabForge(GitLabAccess("http://127.0.0.1:1", token="sesame")).default_branch(REPO)
