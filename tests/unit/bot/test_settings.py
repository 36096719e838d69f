"""Settings: where each comes from, what is refused, and that no message shows a secret."""

import traceback
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.errors import SettingsError
from bot.settings import PREFIX, Settings, read_settings, unknown_settings

SECRET = "hunter2-hunter2"


def wrong(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> str:
    monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(SettingsError) as caught:
        read_settings()
    assert caught.value.mend
    return caught.value.message


def test_an_option_wins_over_the_environment_and_that_over_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_settings().web_port == 8321
    monkeypatch.setenv("CODEX_BOT_WEB_PORT", "9000")
    assert read_settings().web_port == 9000
    assert read_settings(web_port=None).web_port == 9000
    assert read_settings(web_port=9001).web_port == 9001


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEX_BOT_WEB_PORT", "")
    monkeypatch.setenv("CODEX_BOT_DATABASE_URL", "")
    assert (read_settings().web_port, read_settings().database_url) == (8321, None)


def test_the_data_folder_follows_the_desktop_standard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/srv/data")
    assert read_settings().data_dir == Path("/srv/data/codex-bot")
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", "/home/ann")
    assert read_settings().data_dir == Path("/home/ann/.local/share/codex-bot")


def test_nothing_changes_after_reading() -> None:
    with pytest.raises(ValueError, match="frozen"):
        read_settings().web_port = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("WEB_PORT", "80808", "CODEX_BOT_WEB_PORT should be less than or equal to 65535"),
        ("WEB_PORT", "many", "CODEX_BOT_WEB_PORT should be a valid integer"),
        ("LEASE_SECONDS", "-1", "CODEX_BOT_LEASE_SECONDS should be greater than 0"),
        ("HEARTBEAT_SECONDS", "30", "CODEX_BOT_HEARTBEAT_SECONDS must be less than CODEX_BOT_LEASE_SECONDS (30)"),
        ("MODEL_URL", "localhost:8322", "CODEX_BOT_MODEL_URL must look like http://host:port"),
        ("MODEL_URL", "http://", "CODEX_BOT_MODEL_URL must look like http://host:port"),
        ("MODEL_URL", f"http://ann:{SECRET}@gpu", "CODEX_BOT_MODEL_URL must not hold a user name or password"),
        ("GITHUB_URL", "ftp://github.com", "CODEX_BOT_GITHUB_URL must look like http://host:port"),
        ("DATABASE_URL", f"mysql://ann:{SECRET}@db", "CODEX_BOT_DATABASE_URL must start with postgresql://"),
        ("BROKER_URL", f"amqp://ann:{SECRET}@mq", "CODEX_BOT_BROKER_URL must start with redis:// or rediss://"),
    ],
)
def test_a_wrong_value_is_refused_by_name_and_reason(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str
) -> None:
    message = wrong(monkeypatch, name, value)
    assert message.startswith(reason)
    assert SECRET not in message


def test_all_that_is_wrong_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEX_BOT_WEB_PROCESSES", "0")
    message = wrong(monkeypatch, "WEB_PORT", "many")
    assert "CODEX_BOT_WEB_PORT" in message
    assert "CODEX_BOT_WEB_PROCESSES" in message


@pytest.mark.parametrize("name", ["DATABASE_URL", "BROKER_URL", "MODEL_URL", "WEB_PORT"])
def test_a_secret_in_the_wrong_place_is_in_no_traceback(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(PREFIX + name, f"//ann:{SECRET}@host")
    with pytest.raises(SettingsError) as caught:
        read_settings()
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_secrets_print_as_stars(monkeypatch: pytest.MonkeyPatch) -> None:
    urls = {"database_url": "postgresql", "broker_url": "redis"}
    secret = [name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)]
    assert len(secret) == 7
    for name in secret:
        value = f"{urls[name]}://ann:{SECRET}@host/0" if name in urls else SECRET
        monkeypatch.setenv(PREFIX + name.upper(), value)
    settings = read_settings()
    assert all(isinstance(getattr(settings, name), SecretStr) for name in secret)
    assert SECRET not in f"{settings!r} {settings} {settings.model_dump_json()}"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_says_what_it_is_for(name: str) -> None:
    assert len(Settings.model_fields[name].description or "") > 10


def test_the_ledger_is_a_file_or_the_named_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CODEX_BOT_DATA_DIR", str(tmp_path))
    assert read_settings().database == f"sqlite:///{tmp_path}/ledger.db"
    monkeypatch.setenv("CODEX_BOT_DATABASE_URL", "postgresql://db/codex")
    assert read_settings().database == "postgresql+psycopg://db/codex?connect_timeout=10"
    monkeypatch.setenv("CODEX_BOT_DATABASE_URL", "postgresql://db/codex?sslmode=require")
    assert read_settings().database == "postgresql+psycopg://db/codex?sslmode=require&connect_timeout=10"
    monkeypatch.setenv("CODEX_BOT_DATABASE_URL", "postgresql://db/codex?connect_timeout=3")
    assert read_settings().database == "postgresql+psycopg://db/codex?connect_timeout=3"


def test_a_secret_is_read_from_its_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "hook").write_text(f"{SECRET}\n")
    (tmp_path / "app.pem").write_text("-----BEGIN KEY-----\n")
    assert (read_settings().secret("github_webhook_secret"), read_settings().app_key()) == ("", "")
    monkeypatch.setenv("CODEX_BOT_GITHUB_WEBHOOK_SECRET_FILE", str(tmp_path / "hook"))
    monkeypatch.setenv("CODEX_BOT_GITHUB_APP_KEY_FILE", str(tmp_path / "app.pem"))
    settings = read_settings()
    assert (settings.secret("github_webhook_secret"), settings.app_key()) == (SECRET, "-----BEGIN KEY-----")
    assert settings.secret_files() == {
        "CODEX_BOT_GITHUB_APP_KEY_FILE": tmp_path / "app.pem",
        "CODEX_BOT_GITHUB_WEBHOOK_SECRET_FILE": tmp_path / "hook",
    }
    monkeypatch.setenv("CODEX_BOT_GITHUB_WEBHOOK_SECRET", "in the variable")
    assert read_settings().secret("github_webhook_secret") == "in the variable"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such file"),
        (b"", "it is empty"),
        (b" \n", "it is empty"),
        (b"\xff" + SECRET.encode(), "it is no text"),
    ],
    ids=["missing", "empty", "blank", "binary"],
)
def test_a_secret_file_that_is_of_no_use_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None, reason: str
) -> None:
    if content is not None:
        (tmp_path / "hook").write_bytes(content)
    monkeypatch.setenv("CODEX_BOT_GITHUB_WEBHOOK_SECRET_FILE", str(tmp_path / "hook"))
    with pytest.raises(
        SettingsError, match=rf"CODEX_BOT_GITHUB_WEBHOOK_SECRET_FILE names .*hook.*: {reason}"
    ) as caught:
        read_settings().secret("github_webhook_secret")
    assert caught.value.mend
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_a_variable_that_means_nothing_is_named_with_the_one_that_was_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    assert unknown_settings() == []
    monkeypatch.setenv("CODEX_BOT_WEBPORT", "1")
    monkeypatch.setenv("CODEX_BOT_ZZZ", "1")
    monkeypatch.setenv("CODEX_BOT_DEBUG", "1")
    monkeypatch.setenv("CODEX_BOT_WEB_HOST", "::1")
    assert unknown_settings() == [("CODEX_BOT_WEBPORT", "CODEX_BOT_WEB_PORT"), ("CODEX_BOT_ZZZ", "")]
