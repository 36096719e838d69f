import socket
import time
import traceback
from typing import Any

import pytest

from bot.errors import RetryableError, UserError
from bot.events import Repo, Subject
from bot.forges.github.access import GitHubAccess
from bot.forges.github.adapter import GitHubForge

REPO = Repo("ann", "sums")
ISSUE = Subject(7)
COMMENTS = "/repos/ann/sums/issues/7/comments"


def _refused(scripted: Any, forge: GitHubForge, status: int, body: Any, **headers: str) -> UserError | RetryableError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    scripted.say("POST", COMMENTS, body, status=status, headers=named)
    with pytest.raises((UserError, RetryableError)) as caught:
        forge.create_comment(REPO, ISSUE, "hello")
    assert scripted.questions("POST") == [COMMENTS], "a write is sent exactly once"
    return caught.value


def test_a_dead_token_is_told_with_the_next_step(scripted: Any, forge: GitHubForge) -> None:
    error = _refused(scripted, forge, 401, {"message": "Bad credentials"})
    assert isinstance(error, UserError)
    assert "Bad credentials" in error.message
    assert "token" in error.mend


def test_a_missing_permission_is_named(scripted: Any, forge: GitHubForge) -> None:
    body = {"message": "Resource not accessible by integration"}
    error = _refused(scripted, forge, 403, body, X_Accepted_GitHub_Permissions="issues=write")
    assert isinstance(error, UserError)
    assert "`issues=write`" in error.mend


def test_a_missing_permission_without_its_name_lists_what_the_bot_needs(scripted: Any, forge: GitHubForge) -> None:
    error = _refused(scripted, forge, 403, {"message": "Resource not accessible by integration"})
    assert isinstance(error, UserError)
    assert "pull_requests" in error.mend


SECONDARY = "You have exceeded a secondary rate limit."
PRIMARY = "API rate limit exceeded for installation"


@pytest.mark.parametrize(
    ("status", "message", "headers", "wait"),
    [
        (403, SECONDARY, {"Retry_After": "30"}, 30),
        (403, SECONDARY, {}, 60),
        (403, "Please slow down", {"Retry_After": "7"}, 7),
        (429, "Too many requests", {"Retry_After": "5"}, 5),
        (429, "Too many requests", {}, 60),
        (403, PRIMARY, {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": "1"}, 1),
    ],
)
def test_every_kind_of_limit_may_work_later(  # noqa: PLR0917 - a table has columns
    scripted: Any, forge: GitHubForge, status: int, message: str, headers: dict[str, str], wait: float
) -> None:
    error = _refused(scripted, forge, status, {"message": message}, **headers)
    assert isinstance(error, RetryableError)
    assert error.retry_after == wait


def test_a_spent_hour_is_waited_for_until_its_reset(scripted: Any, forge: GitHubForge) -> None:
    reset = str(int(time.time()) + 600)
    headers = {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": reset}
    error = _refused(scripted, forge, 403, {"message": "API rate limit exceeded for user ID 1."}, **headers)
    assert isinstance(error, RetryableError)
    assert error.retry_after is not None
    assert 500 < error.retry_after <= 601


def test_what_does_not_exist_is_no_reason_to_try_again(scripted: Any, forge: GitHubForge) -> None:
    error = _refused(scripted, forge, 404, {"message": "Not Found"})
    assert isinstance(error, UserError)
    assert "installed" in error.mend


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"message": "Validation Failed", "errors": [{"message": "Body is too long"}]}, "Body is too long"),
        ({"message": "Validation Failed", "errors": [{"field": "title", "code": "missing"}]}, "title missing"),
        ({"message": "Unprocessable Entity", "errors": ["line must be part of the diff"]}, "line must be part"),
        ({"message": "Validation Failed", "errors": "all of it"}, "all of it"),
        ({"message": "Validation Failed"}, "Validation Failed"),
    ],
)
def test_of_a_422_the_first_text_is_shown(scripted: Any, forge: GitHubForge, body: Any, said: str) -> None:
    error = _refused(scripted, forge, 422, body)
    assert isinstance(error, UserError)
    assert said in error.message


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_failing_github_may_work_later_but_is_written_to_once(scripted: Any, forge: GitHubForge, status: int) -> None:
    assert isinstance(_refused(scripted, forge, status, "<html>sorry</html>"), RetryableError)


def test_a_write_that_times_out_is_not_repeated(scripted: Any) -> None:
    scripted.delay_s = 1.5
    forge = GitHubForge(GitHubAccess(web_url=scripted.url, token="sesame-token", timeout_s=1))
    with pytest.raises(RetryableError, match="could not be reached"):
        forge.create_comment(REPO, ISSUE, "hello")
    assert scripted.questions("POST") == [COMMENTS]


def test_an_edit_that_fails_is_not_repeated(scripted: Any, forge: GitHubForge) -> None:
    path = "/repos/ann/sums/issues/comments/3"
    scripted.say("PATCH", path, {}, status=502)
    with pytest.raises(RetryableError):
        forge.edit_comment(REPO, "3", "hello")
    assert scripted.questions("PATCH") == [path]


def test_a_read_that_fails_once_is_looked_at_a_second_time(scripted: Any, forge: GitHubForge) -> None:
    path = "/repos/ann/sums/collaborators/ann/permission"
    scripted.say("GET", path, {}, status=502)
    scripted.say("GET", path, {"permission": "admin"})
    assert forge.permission(REPO, "ann").name == "ADMIN"
    assert len(scripted.asked) == 2


def test_a_read_that_keeps_failing_is_given_up_after_two(scripted: Any, forge: GitHubForge) -> None:
    scripted.say("GET", "/repos/ann/sums", {}, status=503)
    with pytest.raises(RetryableError, match="503"):
        forge.default_branch(REPO)
    assert len(scripted.asked) == 2


def test_nobody_at_home_may_work_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    forge = GitHubForge(GitHubAccess(web_url=f"http://127.0.0.1:{port}", token="sesame-token"))
    with pytest.raises(RetryableError, match="could not be reached"):
        forge.default_branch(REPO)


@pytest.mark.parametrize("answer", ['{"half": ', "<html>a proxy</html>", '{"permission": 7'])
def test_answers_that_are_not_githubs_name_the_address(scripted: Any, forge: GitHubForge, answer: str) -> None:
    scripted.say("GET", "/repos/ann/sums/collaborators/ann/permission", answer)
    with pytest.raises(UserError, match="not GitHub's") as caught:
        forge.permission(REPO, "ann")
    assert "address" in caught.value.mend


def test_no_secret_stands_in_any_error(scripted: Any, forge: GitHubForge) -> None:
    for status in (401, 403, 404, 422, 500):
        scripted.answers.clear()
        scripted.say("POST", COMMENTS, {"message": "no"}, status=status)
        with pytest.raises((UserError, RetryableError)) as caught:
            forge.create_comment(REPO, ISSUE, "hello")
        assert "sesame" not in "".join(traceback.format_exception(caught.value))
    assert "sesame" not in repr(GitHubAccess(token="sesame-token", private_key="sesame-key"))
