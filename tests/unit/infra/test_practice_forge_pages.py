"""The pages without a browser: Markdown made safe, forms guarded, texts kept."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from infra.practice_forge.pages.conversation import Moment, is_awaited
from infra.practice_forge.pages.markdown import Comments
from infra.practice_forge.server import AppSpec, PracticeForge, new_app_key

Visit = Callable[..., requests.Response]


@pytest.fixture(scope="module")
def app() -> AppSpec:
    return AppSpec(key_pem=new_app_key())


@pytest.fixture
def forge(tmp_path: Path, app: AppSpec) -> Iterator[PracticeForge]:
    with PracticeForge(tmp_path, app=app, limits=False) as forge:
        forge.create_repo(
            "ann", "demo", {"README.md": b"# Demo\n<b>bold</b>\n", "a b/c.py": b"x = '<&>'\n", "bin": b"\0"}
        )
        forge.create_repo("ann", "hidden", {}, private=True)
        yield forge


@pytest.fixture
def visit(forge: PracticeForge) -> Iterator[Visit]:
    """Return a function that opens pages and sends forms as a browser would, with its cookies."""
    with requests.Session() as session:

        def go(path: str, form: dict[str, str] | None = None, **headers: str) -> requests.Response:
            method = "GET" if form is None else "POST"
            return session.request(method, forge.url + path, data=form, headers=headers, timeout=10)

        yield go


def html(text: str) -> str:
    return str(Comments().html(text, {"#1": "/ann/demo/issues/1"}.get))


def test_hidden_markers_are_not_shown() -> None:
    assert html("<!-- codex-bot:job=42 -->\nHello<!-- here\ntoo -->!").lstrip() == "<p>Hello!</p>\n"
    assert "secret" not in html("<!-- never closed secret")


def test_a_few_tags_pass_and_all_others_are_text() -> None:
    shown = html("<details>\n<summary>Log</summary>\n\n```\n1 < 2\n```\n\n</details>\n\n<sub>job 42</sub><br>")
    assert "<details>\n<summary>Log</summary>" in shown
    assert "<sub>job 42</sub><br>" in shown
    assert "1 &lt; 2" in shown


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<details ontoggle=alert(1) open>",
        "<sub onclick=x>a</sub>",
        "a <svg/onload=alert(1)> b",
        "[a](javascript:alert(1))",
        "[a](data:text/html,<script>alert(1)</script>)",
        "[a](vbscript:x)",
        '[a](http://x" onclick="alert(1))',
        "<a href='javascript:alert(1)'>x</a>",
        "<!-- --><iframe src=x></iframe>",
        'http://x/"><script>alert(1)</script>',
        "<javascript:alert(1)>",
    ],
)
def test_nothing_of_a_comment_becomes_a_tag_of_its_own(text: str) -> None:
    tags = re.findall(r"<\s*/?\s*([a-zA-Z]+)([^>]*)>", html(text))
    assert {name for name, _ in tags} <= {"p", "a", "sub", "br", "details", "summary"}
    assert all(re.fullmatch(r'| href="https?://[^"]*"', attributes) for _, attributes in tags), tags


def test_tasks_tables_references_and_people() -> None:
    shown = html(
        "- [x] read\n- [ ] change\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\nSee #1, not #7, @ann at http://x.org/a."
    )
    assert shown.count('<input type="checkbox" disabled') == 2
    assert shown.count(" checked>") == 1
    assert "<td>1</td>" in shown
    assert '<a href="/ann/demo/issues/1">#1</a>' in shown
    assert "#7" in shown
    assert "issues/7" not in shown
    assert '<strong class="mention">@ann</strong>' in shown
    assert '<a href="http://x.org/a">http://x.org/a</a>.' in shown
    assert html("`#1 @ann` [#1](http://y)") == '<p><code>#1 @ann</code> <a href="http://y">#1</a></p>\n'


def test_an_issue_from_form_to_conversation(visit: Visit, forge: PracticeForge) -> None:
    page = visit("/ann/demo/issues", {"title": "<Umlauts>", "body": "a\r\nb"})
    assert (page.status_code, page.url) == (200, f"{forge.url}/ann/demo/issues/1")
    assert "&lt;Umlauts&gt;" in page.text
    assert forge.forge.state.issues[forge.forge.state.repositories["ann", "demo"].id, 1].body == "a\nb"
    asked = visit("/ann/demo/issues/1/comment", {"body": "/codex implement"})
    assert asked.url == f"{forge.url}/ann/demo/issues/1?live=1", "with a fragment a browser would not load it again"
    assert '<meta http-equiv="refresh" content="3; url=?live=1">' in asked.text
    assert "<textarea" not in asked.text
    still = visit("/ann/demo/issues/1")
    assert "<textarea" in still.text
    assert "http-equiv" not in still.text
    assert "closed this" not in still.text
    assert "Reopen issue" in visit("/ann/demo/issues/1/state", {"to": "closed"}).text
    assert "<b>0</b>" not in visit("/ann/demo/issues?state=closed").text
    effects = requests.get(f"{forge.url}/_practice/effects", timeout=10).json()
    assert [effect["actor"] for effect in effects] == ["ann"] * 3


@pytest.mark.parametrize(
    ("said", "is_live"),
    [
        ("ann: hello", False),
        ("ann: /codex implement", True),
        ("ann: /codex implement | bot: **Codex Bot is working on this** for @ann", True),
        ("ann: /codex implement | bot: **Codex Bot is waiting** with the request", True),
        ("ann: /codex implement | bot: **Done: http://x**", False),
        ("ann: /codex help | bot: **There is no command**", False),
        ("ann: /codex implement | bot: **Not done** | ann: /codex implement again", True),
    ],
)
def test_a_page_watches_until_the_bot_has_ended(said: str, *, is_live: bool) -> None:
    told = [entry.split(": ", 1) for entry in said.split(" | ")]
    now = datetime.now(tz=UTC)
    moments = [Moment(now, "text", n, who, body, is_bot=who == "bot") for n, (who, body) in enumerate(told)]
    assert is_awaited(moments) == is_live


def test_what_is_refused_is_said_and_the_text_is_kept(visit: Visit, forge: PracticeForge) -> None:
    page = visit("/ann/demo/issues", {"title": " ", "body": "A long story"})
    assert (page.status_code, "A title is needed." in page.text, "A long story" in page.text) == (422, True, True)
    visit("/ann/demo/issues", {"title": "A"})
    page = visit("/ann/demo/issues/1/comment", {"body": "x" * 65_537})
    assert (page.status_code, "Body is too long" in page.text) == (422, True)
    forge.lock_issue(forge.forge.state.repositories["ann", "demo"], 1)
    visit("/_visitor", {"login": "eve", "back": "/"})
    page = visit("/ann/demo/issues/1/comment", {"body": "Let me"})
    assert (page.status_code, "issue is locked" in page.text) == (422, True)


def test_a_visitor_acts_as_whom_they_chose(visit: Visit) -> None:
    assert "/ann/hidden" in visit("/").text
    page = visit("/_visitor", {"login": "eve", "back": "/ann/demo"})
    assert page.url.endswith("/ann/demo")
    assert "/ann/hidden" not in visit("/").text
    assert visit("/ann/hidden").status_code == 404
    visit("/ann/demo/issues", {"title": "Mine"})
    visit("/_visitor", {"login": "bob", "back": "/"})
    visit("/ann/demo/issues", {"title": "Bob's"})
    visit("/_visitor", {"login": "eve", "back": "/"})
    assert visit("/ann/demo/issues/1/state", {"to": "closed"}).status_code == 200
    assert visit("/ann/demo/issues/2/state", {"to": "closed"}).status_code == 403
    assert visit("/_visitor", {"login": "codex-bot[bot]", "back": "/"}).status_code == 404


@pytest.mark.parametrize("back", ["//evil.example/x", "/\\evil.example", "https://evil.example"])
def test_the_switch_leads_nowhere_else(forge: PracticeForge, back: str) -> None:
    form = {"login": "bob", "back": back}
    reply = requests.post(f"{forge.url}/_visitor", data=form, timeout=10, allow_redirects=False)
    assert (reply.status_code, reply.headers["Location"]) == (303, "/")
    assert "HttpOnly" in reply.headers["Set-Cookie"]
    assert "SameSite=Strict" in reply.headers["Set-Cookie"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
    ],
)
def test_forms_of_other_sites_are_refused(visit: Visit, forge: PracticeForge, headers: dict[str, str]) -> None:
    for path in ("/ann/demo/issues", "/_visitor", "/deliveries/ping"):
        assert visit(path, {"title": "A", "login": "bob"}, **headers).status_code == 403
    assert not forge.forge.state.issues


def test_forms_of_our_own_pages_pass(visit: Visit, forge: PracticeForge) -> None:
    assert visit("/ann/demo/issues", {"title": "A"}, Origin=forge.url).status_code == 200
    assert visit("/ann/demo/issues", {"title": "A"}, **{"Sec-Fetch-Site": "same-origin"}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1", "localhost.evil.example", ""])
def test_names_that_are_not_loopback_get_no_answer(visit: Visit, host: str) -> None:
    for path in (
        "/",
        "/api/v3/repos/ann/demo",
        "/_practice/effects",
        "/ann/demo.git/info/refs?service=git-upload-pack",
    ):
        assert visit(path, Host=host).status_code == 421


def test_loopback_by_any_of_its_names(visit: Visit) -> None:
    for host in ("localhost", "127.0.0.1:80", "[::1]:8470"):
        assert visit("/", Host=host).status_code == 200


def test_every_page_forbids_scripts_and_frames(visit: Visit) -> None:
    for path in ("/", "/ann/demo", "/none", "/static/style.css", "/ann/demo/raw/main/README.md", "/deliveries"):
        policy = visit(path).headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
    for path in ("/", "/ann/demo", "/ann/demo/issues/new"):
        assert "<script" not in visit(path).text
        assert " style=" not in visit(path).text
        assert "loopback only" in visit(path).text


def test_files_are_shown_and_sent_as_text(visit: Visit) -> None:
    assert "&lt;b&gt;bold&lt;/b&gt;" in visit("/ann/demo").text
    assert "x = &#39;&lt;&amp;&gt;&#39;" in visit("/ann/demo/blob/main/a%20b/c.py").text
    assert "not text" in visit("/ann/demo/blob/main/bin").text
    raw = visit("/ann/demo/raw/main/README.md")
    assert (raw.headers["Content-Type"], raw.headers["X-Content-Type-Options"]) == (
        "text/plain; charset=utf-8",
        "nosniff",
    )
    assert "Initial commit" in visit("/ann/demo/commits/main").text
    assert "Nothing was pushed" in visit("/ann/hidden").text


def test_what_is_not_there(visit: Visit) -> None:
    for path in (
        "/none",
        "/ann/none",
        "/ann/demo/issues/7",
        "/ann/demo/pull/7",
        "/ann/demo/pull/7.diff",
        "/ann/demo/tree/none",
        "/ann/demo/blob/main/none",
        "/ann/demo/blob/main/a%20b",
        "/ann/demo/tree/main/..%2f..",
        "/ann/demo/commit/none",
        "/deliveries/7",
        "/static/../server.py",
        "/static/none.css",
    ):
        assert visit(path).status_code == 404, path
    assert visit("/ann/demo/pull/7/merge", {}).status_code == 404
    assert visit("/deliveries/7/redeliver", {}).status_code == 404
    assert visit("/ann/demo", {"a": "b"}).status_code == 405
