"""The command: starts with one line, keeps its secrets to the owner, leaves when told."""

import os
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner
from stories.practice_command import demo_folder, started

from infra.practice_forge.command import practice_forge
from infra.practice_forge.secret_files import keep_secret


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start the command with all its files in `tmp_path`; give the process and its address."""
    files = {"--secret-file": "webhook.secret", "--app-key-file": "app.pem", "--owner-token-file": "ann.token"}
    options = [word for option, name in files.items() for word in (option, str(tmp_path / name))]
    with started("--repo", f"demo={demo_folder(tmp_path)}", *options) as found:
        yield found


def test_it_serves_what_it_was_given_until_it_is_told_to_leave(
    running: tuple[subprocess.Popen[str], str], tmp_path: Path
) -> None:
    process, url = running
    for name in ("webhook.secret", "app.pem", "ann.token"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    headers = {"Authorization": f"Bearer {(tmp_path / 'ann.token').read_text().strip()}"}
    assert requests.get(f"{url}/api/v3/user", headers=headers, timeout=10).json()["login"] == "ann"
    contents = requests.get(f"{url}/api/v3/repos/ann/demo/contents/", timeout=10).json()
    assert [entry["name"] for entry in contents] == ["README.md"]
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (0, "", "")


def test_a_port_that_is_taken_is_one_plain_sentence(running: tuple[subprocess.Popen[str], str]) -> None:
    _, url = running
    result = CliRunner().invoke(practice_forge, ["--port", url.rpartition(":")[2]])
    assert result.exit_code == 1
    assert "cannot listen" in result.output


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org"])
def test_it_listens_on_loopback_only(host: str) -> None:
    result = CliRunner().invoke(practice_forge, ["--host", host, "--port", "0"])
    assert result.exit_code == 2
    assert "only loopback addresses" in result.output


def test_a_seed_needs_a_folder(tmp_path: Path) -> None:
    for seed in ("demo", f"demo={tmp_path}/none", f"={tmp_path}"):
        assert CliRunner().invoke(practice_forge, ["--repo", seed]).exit_code == 2


def test_a_secret_is_made_once_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    assert keep_secret(path, lambda: "first") == "first"
    assert keep_secret(path, lambda: "second") == "first"


def test_a_secret_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("known to all")
    for mode in (0o640, 0o604, 0o620):
        path.chmod(mode)
        with pytest.raises(PermissionError, match="chmod 600"):
            keep_secret(path, lambda: "new")
    result = CliRunner().invoke(practice_forge, ["--port", "0", "--secret-file", str(path)])
    assert result.exit_code == 1
    assert "chmod 600" in result.output
    assert "known to all" not in result.output


def test_an_empty_secret_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    with pytest.raises(ValueError, match="empty"):
        keep_secret(path, lambda: "new")
