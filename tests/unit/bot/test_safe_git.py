import socket
import stat
import subprocess
import time
from pathlib import Path

import pytest

from bot.errors import RetryableError, UserError
from bot.events import Clone
from bot.git import header_environment, run_git


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "sums"
    run_git(["init", "--quiet", "--initial-branch=main", str(folder)])
    return folder


def _program(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_the_output_comes_back_as_bytes(repository: Path) -> None:
    assert run_git(["rev-parse", "--is-inside-work-tree"], cwd=repository) == b"true\n"
    assert run_git(["hash-object", "--stdin"], stdin=b"hello\n") == b"ce013625030ba8dba906f756967f9e9ca394464a\n"


def test_settings_left_in_the_environment_do_not_reach_git(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("GIT_DIR", "/nowhere"), ("GIT_INDEX_FILE", "/nowhere"), ("GIT_ASKPASS", "/bin/false")):
        monkeypatch.setenv(name, value)
    assert run_git(["rev-parse", "--git-dir"], cwd=repository) == b".git\n"


def test_neither_hooks_nor_monitors_of_the_repository_start(repository: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    program = _program(tmp_path / "program", f"touch {trace}")
    (repository / ".git" / "hooks").mkdir(exist_ok=True)
    for hook in ("pre-commit", "post-commit", "reference-transaction", "post-index-change"):
        _program(repository / ".git" / "hooks" / hook, f"touch {trace}")
    run_git(["config", "core.fsmonitor", str(program)], cwd=repository)
    (repository / "a.txt").write_text("a")
    run_git(["add", "a.txt"], cwd=repository)
    run_git(["-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "-m", "a"], cwd=repository)
    run_git(["status"], cwd=repository)
    assert not trace.exists()
    plain = ["git", "-C", str(repository), "status"]
    subprocess.run(plain, check=True, capture_output=True)
    assert trace.exists(), "the trap itself works: plain git falls into it"


def test_a_refusal_is_told_in_gits_own_words(repository: Path) -> None:
    with pytest.raises(UserError, match=r"not a valid object name|Not a valid object name") as caught:
        run_git(["cat-file", "-p", "missing"], cwd=repository)
    assert "cat-file" in caught.value.message
    assert caught.value.mend


def test_another_side_that_is_away_may_work_later(repository: Path) -> None:
    with pytest.raises(RetryableError, match="fetch"):
        run_git(["fetch", "http://127.0.0.1:9/sums.git"], cwd=repository)


@pytest.mark.parametrize(
    ("status", "kind"), [(403, UserError), (404, UserError), (429, RetryableError), (502, RetryableError)]
)
def test_a_refusal_is_none_that_may_work_later_though_the_line_broke_off(
    repository: Path, status: int, kind: type[Exception]
) -> None:
    said = f"error: RPC failed; HTTP {status} curl 22 The requested URL returned error: {status}"
    shout = f"alias.shout=!echo '{said}' >&2; echo 'fatal: the remote end hung up unexpectedly' >&2; exit 1"
    with pytest.raises(kind):
        run_git(["-c", shout, "shout"], cwd=repository)


def test_git_is_stopped_with_everything_it_started(repository: Path) -> None:
    slow = "alias.slow=!sleep 60 & sleep 60"
    with pytest.raises(RetryableError, match="slow took longer"):
        run_git(["-c", slow, "slow"], cwd=repository, timeout=0.5)


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not found"):
        run_git(["status"], cwd=tmp_path / "missing")


def test_headers_travel_in_the_environment_and_only_to_their_repository(repository: Path) -> None:
    clone = Clone("https://forge.example/ann/sums.git", {"Authorization": "Basic c2VzYW1l"})
    environment = header_environment(clone)
    ask = ["config", "--get-urlmatch", "http.extraHeader"]
    told = run_git([*ask, "https://forge.example/ann/sums.git/info/refs"], cwd=repository, env_extra=environment)
    assert told == b"Authorization: Basic c2VzYW1l\n"
    with pytest.raises(UserError):
        run_git([*ask, "https://other.example/ann/sums.git"], cwd=repository, env_extra=environment)
    assert "c2VzYW1l" not in repr(clone)


def test_a_header_cannot_smuggle_a_second_one() -> None:
    with pytest.raises(ValueError, match="line break"):
        header_environment(Clone("https://forge.example/a/b.git", {"Authorization": "Basic a\r\nX-Other: 1"}))


def test_no_credential_stands_in_an_error(repository: Path) -> None:
    clone = Clone("https://forge.example/ann/sums.git", {"Authorization": "Basic c2VzYW1lLXRva2Vu"})
    shout = 'alias.shout=!echo "$GIT_CONFIG_VALUE_0 https://ann:hush@forge.example c2VzYW1lLXRva2Vu" >&2; exit 3'
    with pytest.raises(UserError) as caught:
        run_git(["-c", shout, "shout"], cwd=repository, env_extra=header_environment(clone))
    assert "c2VzYW1l" not in caught.value.message
    assert "hush" not in caught.value.message
    assert "***" in caught.value.message


@pytest.mark.timeout(30)
def test_a_git_that_hangs_is_ended_soon_after_it_is_cancelled() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"http://127.0.0.1:{mute.getsockname()[1]}/x.git"
        began = time.monotonic()
        with pytest.raises(RetryableError, match="was cancelled"):
            run_git(["ls-remote", "--", url], timeout=60, cancelled=lambda: time.monotonic() > began + 1)


def test_a_slow_git_gets_all_that_it_is_given(tmp_path: Path) -> None:
    given = b"0123456789abcdef" * 100_000  # more than a pipe holds
    argv = ["-c", "alias.slow=!sleep 1.2; cat", "slow"]
    assert run_git(argv, cwd=tmp_path, stdin=given, timeout=20) == given
