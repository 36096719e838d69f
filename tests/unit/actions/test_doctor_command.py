"""`codex-bot doctor` from outside: its report, its exit code, and that it tells no secret."""

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from actions.cli import cli
from actions.console import report
from bot.settings import PREFIX, Settings

NOBODY = "127.0.0.1:1"
SECRET = "hunter2-hunter2"
PROPS = {"default_generation_settings": {"n_ctx": 4096}, "model_alias": "Coder-7B"}


class Answer(http.server.BaseHTTPRequestHandler):
    """A forge (HEAD) and a model server (GET) in one."""

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.end_headers()

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/props" else 404)
        self.end_headers()
        self.wfile.write(json.dumps(PROPS).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def machine(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which all but the sandbox is known to be fine."""
    (tmp_path / "tools" / "pytest").mkdir(parents=True)
    values = {
        "DATA_DIR": tmp_path / "data",
        "GITHUB_URL": url,
        "GITHUB_TOKEN": SECRET,
        "GITHUB_WEBHOOK_SECRET": SECRET,
        "MODEL_URL": url,
        "SANDBOX_TOOLS": tmp_path / "tools",
    }
    for name, value in values.items():
        monkeypatch.setenv(PREFIX + name, str(value))
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    return tmp_path


@pytest.mark.usefixtures("machine")
def test_the_report_has_one_line_a_finding_and_a_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    status = report(cli, ["doctor"])
    out, err = capsys.readouterr()
    lines = [line for line in out.splitlines() if "sandbox" not in line]
    assert err == ""
    assert (status, out.splitlines()[-1]) in {(0, "The service can run."), (1, "1 thing to mend.")}
    assert lines[0] == "✓ settings             every CODEX_BOT_* variable is known"
    assert "✗" not in "".join(lines)


@pytest.mark.usefixtures("machine")
def test_what_fails_counts(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEX_BOT_MODEL_URL", f"http://{NOBODY}")
    monkeypatch.setenv("CODEX_BOT_GITHUB_URL", f"http://{NOBODY}")
    assert report(cli, ["doctor"]) == 1
    out = capsys.readouterr().out
    assert "✗ model " in out
    assert "\n  mend: Start it (`codex-bot engine`" in out
    assert "things to mend." in out


@pytest.mark.usefixtures("machine")
def test_the_report_as_json_has_stable_keys(capsys: pytest.CaptureFixture[str]) -> None:
    status = report(cli, ["doctor", "--json"])
    document = json.loads(capsys.readouterr().out)
    assert list(document) == ["ok", "items"]
    assert document["ok"] == (status == 0)
    assert all(list(item) == ["name", "state", "text", "mend", "so"] for item in document["items"])
    assert {item["state"] for item in document["items"]} <= {"ok", "warn", "fail", "skip"}


@pytest.mark.usefixtures("machine")
def test_settings_that_cannot_be_read_are_a_finding_and_the_rest_is_skipped(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEX_BOT_WEB_PORT", "many")
    assert report(cli, ["doctor", "--json"]) == 1
    first, *rest = json.loads(capsys.readouterr().out)["items"]
    assert (first["name"], first["state"]) == ("settings", "fail")
    assert "CODEX_BOT_WEB_PORT" in first["text"]
    assert {item["state"] for item in rest} == {"skip"}


@pytest.mark.parametrize("form", [[], ["--json"]], ids=["text", "json"])
def test_the_settings_are_shown_without_a_single_secret(
    machine: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, form: list[str]
) -> None:
    urls = {"database_url": "postgresql", "broker_url": "redis"}
    secret = [name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)]
    for name in secret:
        value = f"{urls[name]}://ann:{SECRET}@{NOBODY}/0" if name in urls else SECRET
        monkeypatch.setenv(PREFIX + name.upper(), value)
    assert report(cli, ["doctor", "--settings", *form]) == 0
    out, err = capsys.readouterr()
    assert SECRET not in out + err
    assert out.count("**********") == len(secret)
    assert all(PREFIX + name.upper() in out for name in Settings.model_fields)


@pytest.mark.usefixtures("machine")
def test_the_settings_say_where_each_value_came_from(capsys: pytest.CaptureFixture[str]) -> None:
    report(cli, ["doctor", "--settings", "--json"])
    items = {item["name"]: item for item in json.loads(capsys.readouterr().out)["items"]}
    assert list(items["CODEX_BOT_WEB_PORT"]) == ["name", "value", "from", "meaning"]
    assert (items["CODEX_BOT_WEB_PORT"]["value"], items["CODEX_BOT_WEB_PORT"]["from"]) == ("8321", "default")
    assert items["CODEX_BOT_MODEL_URL"]["from"] == "environment"


@pytest.mark.usefixtures("machine")
def test_a_whole_examination_shows_no_secret_when_everything_is_away(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEX_BOT_DATABASE_URL", f"postgresql://ann:{SECRET}@{NOBODY}/codex")
    monkeypatch.setenv("CODEX_BOT_BROKER_URL", f"redis://:{SECRET}@{NOBODY}/0")
    monkeypatch.setenv("CODEX_BOT_MODEL_URL", f"http://{NOBODY}")
    monkeypatch.setenv("CODEX_BOT_MODEL_TOKEN", SECRET)
    monkeypatch.setenv("CODEX_BOT_DEBUG", "1")
    assert report(cli, ["doctor"]) == 1
    out, err = capsys.readouterr()
    assert SECRET not in out + err


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("", 0, "✓ .codex.toml          every key is known, every value fits\n\nThe file can be used."),
        (
            "[acess]\n\n[paths]\nexclude = 3\n",
            1,
            (
                '✗ .codex.toml          line 4: `paths.exclude` must be a list, such as ["a", "b"]\n'
                "✗ .codex.toml          line 1: unknown key `acess`; did you mean `access`?\n\n2 things to mend."
            ),
        ),
    ],
)
def test_a_repositorys_own_file_is_checked_before_it_is_merged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, code: int, said: str
) -> None:
    (tmp_path / "mine.toml").write_text(text)
    assert report(cli, ["doctor", "--config", str(tmp_path / "mine.toml")]) == code
    assert capsys.readouterr().out.strip() == said
