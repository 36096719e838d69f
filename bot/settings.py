"""Every setting of the service, in one frozen class that an entrance reads once."""

import difflib
import os
import ssl
import sys
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, FilePath, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import SettingsError

PREFIX = "CODEX_BOT_"
_NO_SETTINGS = ("DEBUG", "SETUP_TOKEN")  # variables that the command line reads by itself
_OPEN_FILES = ("github_ca_file", "gitlab_ca_file")  # named by a setting, and no secret
_CONNECT_SECONDS = 10  # without it, a PostgreSQL host that swallows packets would be waited for for minutes


def _default_data_dir() -> Path:
    home = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(home) / "codex-bot"


class Settings(BaseSettings):
    """All settings, each from an option of the command, the environment variable `CODEX_BOT_<NAME>`, or its default.

    Secrets come from a file named by `*_file`, or from the variable itself; they print as stars.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        frozen=True,
        extra="ignore",
        env_ignore_empty=True,
        hide_input_in_errors=True,  # what was typed wrong may be a secret in the wrong place
    )

    data_dir: Path = Field(default_factory=_default_data_dir, description="ledger and hints of this machine")
    database_url: SecretStr | None = Field(default=None, description="PostgreSQL URL; default: a SQLite file")
    database_url_file: Path | None = Field(default=None, description="a file holding the PostgreSQL URL")
    sqlite_synchronous: Literal["FULL", "NORMAL"] = Field(
        default="FULL", description="`NORMAL`: faster, but a power cut may lose the last second"
    )
    broker_url: SecretStr | None = Field(default=None, description="Redis URL; default: hint files")

    github_url: str = Field(default="https://github.com", description="GitHub, or your GitHub Enterprise Server")
    github_ca_file: FilePath | None = Field(
        default=None, description="certificates (PEM) for GitHub; default: the system's"
    )
    github_app_id: str = Field(default="", description="App id or client id of the GitHub App")
    github_app_key_file: Path | None = Field(default=None, description="the App's private key (PEM, mode 600)")
    github_token: SecretStr | None = Field(default=None, description="a plain token instead of an App")
    github_token_file: Path | None = Field(default=None, description="a file holding the token")
    github_webhook_secret: SecretStr | None = Field(default=None, description="the webhook's secret")
    github_webhook_secret_file: Path | None = Field(default=None, description="a file holding the webhook's secret")

    gitlab_url: str = Field(default="https://gitlab.com", description="GitLab, or your own, a path included")
    gitlab_token: SecretStr | None = Field(default=None, description="a token with `api` and `write_repository`")
    gitlab_token_file: Path | None = Field(default=None, description="a file holding the token")
    gitlab_webhook_secret: SecretStr | None = Field(
        default=None, description="the webhooks' signing token (`whsec_…`), or secret token"
    )
    gitlab_webhook_secret_file: Path | None = Field(default=None, description="a file holding it, or several")
    gitlab_ca_file: FilePath | None = Field(
        default=None, description="certificates (PEM) for GitLab; default: the system's"
    )

    login: str = Field(default="", description="the bot's account, if it is no App: assigning an issue to it asks")
    allowed_bots: str = Field(
        default="", pattern=r"^[0-9, ]*$", description="account ids of programs that may give commands, by commas"
    )

    public_url: str = Field(default="", description="where forges reach the webhook service; empty: nowhere")
    web_host: str = Field(default="127.0.0.1", description="address of the webhook service")
    web_port: int = Field(default=8321, ge=0, le=65535, description="port of the webhook service")
    web_processes: int = Field(default=2, ge=1, description="processes of the webhook service")

    worker_slots: int = Field(default=2, ge=1, description="jobs that one worker runs at once")
    tenant_jobs: int = Field(default=4, ge=1, description="jobs that one owner's repositories run at once")
    lease_seconds: float = Field(default=30.0, gt=0, description="a job is taken over after so long a silence")
    heartbeat_seconds: float = Field(default=5.0, gt=0, description="how often a worker says that it is alive")
    sweep_seconds: float = Field(default=5.0, gt=0, description="how often forgotten jobs are looked for")
    missed_seconds: float = Field(default=300.0, ge=5, description="how often failed deliveries are fetched")
    job_seconds: float = Field(default=1800.0, gt=0, description="a job that takes longer is given up")

    model_url: str = Field(default="http://127.0.0.1:8322", description="TGI, vLLM or llama.cpp (bare root URL)")
    model_token: SecretStr | None = Field(default=None, description="bearer token of the model server")
    model_samples: int = Field(default=0, ge=0, le=64, description="answers to try; 0: by the model's profile")
    model_seconds: float = Field(default=300.0, gt=0, description="longest wait for one answer")
    max_answer_tokens: int = Field(default=2048, ge=16, description="longest answer of the model")

    sandbox_tools: Path = Field(
        default_factory=lambda: Path(sys.prefix) / "sandbox-tools", description="pytest for the sandbox, as plain files"
    )
    sandbox_scratch: Path | None = Field(
        default=None, description="where the sandbox's copies lie; default: the system's temporary folder"
    )
    test_seconds: float = Field(default=300.0, gt=0, description="longest run of a repository's tests")
    analysis_tools: Path = Field(
        default_factory=lambda: Path(sys.prefix) / "analysis-tools",
        description="what looks at changes beside the model",
    )
    analysis_more: Path = Field(
        default_factory=lambda: Path(sys.prefix) / "analysis-more",
        description="hadolint, oxlint and actionlint, where you add them",
    )
    analysis_seconds: float = Field(default=120.0, gt=0, description="longest run of all these tools together")
    require_config: bool = Field(default=False, description="`1`: do nothing where no `.codex.toml` is merged yet")

    @field_validator("github_url", "gitlab_url", "model_url", "public_url")
    @classmethod
    def _bare_url(cls, value: str, info: ValidationInfo) -> str:
        if info.field_name == "public_url" and not value:
            return ""
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must look like http://host:port or https://host")
        if "@" in parts.netloc:
            raise ValueError("must not hold a user name or password; use the token setting")
        return value.rstrip("/")

    @field_validator("github_ca_file", "gitlab_ca_file")
    @classmethod
    def _certificates(cls, value: Path | None) -> Path | None:
        if value is None:
            return None
        try:
            ssl.create_default_context(cafile=value)
        except OSError as error:  # an SSLError is one
            raise ValueError("must name a readable file of certificates (PEM)") from error
        return value

    @field_validator("database_url", "broker_url")
    @classmethod
    def _server_url(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        schemes = {"database_url": ("postgresql",), "broker_url": ("redis", "rediss")}[str(info.field_name)]
        if value is not None and not value.get_secret_value().startswith(tuple(f"{scheme}://" for scheme in schemes)):
            raise ValueError(f"must start with {' or '.join(f'{scheme}://' for scheme in schemes)}")
        return value

    @field_validator("heartbeat_seconds")
    @classmethod
    def _within_the_lease(cls, value: float, info: ValidationInfo) -> float:
        lease = info.data.get("lease_seconds")
        if lease is not None and value >= lease:
            raise ValueError(f"must be less than {PREFIX}LEASE_SECONDS ({lease:g}), or every job is taken over")
        return value

    @property
    def listed_bots(self) -> frozenset[int]:
        """Return the ids of the programs that may give commands."""
        return frozenset(int(number) for number in self.allowed_bots.replace(",", " ").split())

    @property
    def database(self) -> str:
        """Return the ledger's SQLAlchemy URL."""
        given = self._given_database()
        if not given:
            return f"sqlite:///{self.data_dir / 'ledger.db'}"
        url = given.replace("postgresql://", "postgresql+psycopg://", 1)
        if "connect_timeout=" in url:
            return url
        return f"{url}{'&' if '?' in url else '?'}connect_timeout={_CONNECT_SECONDS}"

    @property
    def is_shared(self) -> bool:
        """Return whether the ledger is a PostgreSQL server, which several hosts may share."""
        return self.database_url is not None or self.database_url_file is not None

    def _given_database(self) -> str:
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        url = _read_secret(self.database_url_file, "database_url_file")
        if url and not url.startswith("postgresql://"):
            raise SettingsError(
                f"{self.database_url_file} holds no PostgreSQL URL",
                mend="It must start with postgresql:// and name user, host and database.",
            )
        return url

    def secret_files(self) -> dict[str, Path]:
        """Return the files that hold secrets, by the name of the variable that names them."""
        names = [name for name in type(self).model_fields if name.endswith("_file") and name not in _OPEN_FILES]
        named = {name: getattr(self, name) for name in names}
        return {PREFIX + name.upper(): path for name, path in named.items() if path is not None}

    def secret(self, name: str) -> str:
        """Return the secret that is set by the variable `name` or, failing that, stands in the file of `name`_FILE.

        It is empty when neither is set; `name` is as the settings are called, "gitlab_token".
        """
        given: SecretStr | None = getattr(self, name)
        if given is not None:
            return given.get_secret_value()
        return _read_secret(getattr(self, f"{name}_file"), f"{name}_file")

    def app_key(self) -> str:
        """Return the App's private key text, or an empty string when none is configured."""
        return _read_secret(self.github_app_key_file, "github_app_key_file")


def _read_secret(path: Path | None, setting: str) -> str:
    return "" if path is None else read_secret_file(PREFIX + setting.upper(), path)


def read_secret_file(variable: str, path: Path) -> str:
    """Return the text of a secret's file without surrounding space; `variable` is the setting that names the file.

    Raises `SettingsError` when the file cannot be read, is no text, or is empty.
    """
    try:
        secret = path.read_text(encoding="utf-8").strip()
        reason = "" if secret else "it is empty"
    except OSError as error:
        reason = error.strerror or type(error).__name__
    except UnicodeDecodeError:
        reason = "it is no text"
    if reason:
        # Outside the handlers: a decoding error holds the bytes of the secret.
        raise SettingsError(
            f"{variable} names {path}, which cannot be used: {reason}",
            mend=f"Put the secret into {path} (mode 600) or name another file.",
        )
    return secret


def read_settings(**options: Any) -> Settings:
    """Read the settings: an option that is not None wins over the environment, the environment over the default.

    Raises `SettingsError`, which names every wrong variable and what is wrong with it, never its value.
    """
    try:
        return Settings(**{name: value for name, value in options.items() if value is not None})
    except ValidationError as error:
        wrong = [f"{PREFIX}{_name(found['loc'])} {_reason(found['msg'])}" for found in error.errors()]
    raise SettingsError("; ".join(wrong), mend="`codex-bot doctor --settings`, without them, explains every setting.")


def _name(place: tuple[int | str, ...]) -> str:
    return "_".join(str(part) for part in place).upper()


def _reason(message: str) -> str:
    # pydantic begins with "Value error, " or "Input should be ...".
    words = message.removeprefix("Value error, ")
    return words.replace("Input should", "should", 1)


def unknown_settings() -> list[tuple[str, str]]:
    """Return (variable, nearest known one or "") for every `CODEX_BOT_*` variable that means nothing."""
    known = [name.upper() for name in Settings.model_fields]
    given = {name: name.upper().removeprefix(PREFIX) for name in os.environ if name.upper().startswith(PREFIX)}
    strangers = {name: word for name, word in sorted(given.items()) if word not in {*known, *_NO_SETTINGS}}
    return [(name, _nearest(word, known)) for name, word in strangers.items()]


def _nearest(word: str, known: list[str]) -> str:
    # Compared without the prefix, or everything would look alike.
    return "".join(PREFIX + near for near in difflib.get_close_matches(word, known, n=1))
