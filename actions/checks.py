"""What `codex-bot doctor` looks at: one function a question, each finding with its mend."""

import email.utils
import os
import re
import shutil
import stat
import sys
import time
from collections.abc import Callable, Iterator, Sequence

import requests

from actions.checks_analysis import analysis_checks
from actions.checks_github import github_checks
from actions.checks_gitlab import gitlab_checks
from actions.findings import FAIL, OK, SKIP, WARN, Check, Finding
from bot.errors import CodexBotError
from bot.forges.registry import LISTENING_NEEDS, make_forges
from bot.git import run_git
from bot.hint_wiring import hint_app_of
from bot.hints import Hints
from bot.settings import PREFIX, Settings, read_secret_file, unknown_settings
from bot.wiring import ledger_of
from tasks.model import ModelClient, profile_for
from tasks.sandbox import SelfTest

_LEAST_GIT = (2, 34)
_LEAST_FREE = 1024**3  # bytes
_MOST_SKEW = 50.0  # seconds; GitHub refuses an App's token when the clocks are a minute apart
_FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def checks(prove: Callable[[], SelfTest]) -> Sequence[Check]:
    """Return every check, in the order of what depends on what; `prove` tells whether the sandbox holds."""
    return (
        Check("settings", _settings),
        Check("secrets", _secrets),
        Check("data folder", _data_folder),
        Check("ledger", _ledger, needs=("data folder",)),
        Check("hints", _hints, needs=("data folder",)),
        Check("git", _git),
        Check("sandbox", lambda _settings: _sandbox(prove())),
        Check("test tools", _tools),
        *analysis_checks(),
        Check("webhook", _webhook, needs=("secrets",)),
        Check("access", _access, needs=("secrets",)),
        Check("forge", _forge),
        *github_checks(),
        *gitlab_checks(),
        Check("model", _model),
    )


def _settings(_settings: Settings) -> Iterator[Finding]:
    strangers = unknown_settings()
    for name, near in strangers:
        mend = f"Did you mean {near}?" if near else "Remove it; `codex-bot doctor --settings` lists all."
        yield Finding("settings", WARN, f"{name} means nothing", mend)
    if not strangers:
        yield Finding("settings", OK, f"every {PREFIX}* variable is known")


def _secrets(settings: Settings) -> Iterator[Finding]:
    named = settings.secret_files()
    for variable, path in named.items():
        read_secret_file(variable, path)
        mode = path.stat().st_mode
        if mode & _FOR_OTHERS:
            text = f"{path} can be used by others (mode {stat.S_IMODE(mode):o})"
            yield Finding("secrets", WARN, text, f"chmod 600 {path}")
        else:
            yield Finding("secrets", OK, f"{path}, for you alone")


def _data_folder(settings: Settings) -> Iterator[Finding]:
    folder, mend = settings.data_dir, f"Make it yours, or set {PREFIX}DATA_DIR to a folder that is."
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        yield Finding("data folder", FAIL, f"{folder} cannot be made: {error.strerror}", mend)
        return
    free = shutil.disk_usage(folder).free
    if not os.access(folder, os.W_OK | os.X_OK, effective_ids=True):
        yield Finding("data folder", FAIL, f"{folder} cannot be written", mend)
    elif free < _LEAST_FREE:
        yield Finding("data folder", WARN, f"{free // 1024**2} MiB free in {folder}", "Make room: 1 GiB or more.")
    else:
        yield Finding("data folder", OK, f"{folder}, {free // 1024**3} GiB free")


def _ledger(settings: Settings) -> Iterator[Finding]:
    ledger = ledger_of(settings)
    try:
        ledger.ping()
    finally:
        ledger.close()
    kind = "PostgreSQL" if settings.is_shared else "SQLite"
    yield Finding("ledger", OK, f"{kind}, readable and of this version")


def _hints(settings: Settings) -> Iterator[Finding]:
    app = hint_app_of(settings)
    kind = "files in the data folder" if settings.broker_url is None else "Redis"
    reachable = Hints(app).reachable()
    app.close()
    if reachable:
        yield Finding("hints", OK, kind)
    else:
        mend = f"Start the server that {PREFIX}BROKER_URL names, or unset it to use files on one machine."
        yield Finding("hints", FAIL, f"{kind}: no answer, so no job would start", mend)


def _git(_settings: Settings) -> Iterator[Finding]:
    version = run_git(["--version"]).decode().strip()
    if tuple(int(part) for part in re.findall(r"\d+", version)[:2]) < _LEAST_GIT:
        yield Finding("git", FAIL, f"{version} is too old", "Install git 2.34 or newer.")
    else:
        yield Finding("git", OK, version)


def _sandbox(proven: SelfTest) -> Iterator[Finding]:
    if proven.ok:
        yield Finding("sandbox", OK, f"{proven.rung}: no network, no host files, no tokens inside")
    else:
        text = f"{proven.reason}; no tests are run, so every patch is marked unverified"
        yield Finding("sandbox", FAIL, text, proven.mend)


def _tools(settings: Settings) -> Iterator[Finding]:
    if (settings.sandbox_tools / "pytest").is_dir():
        yield Finding("test tools", OK, f"pytest for the sandbox in {settings.sandbox_tools}")
    else:
        mend = f"{sys.executable} -m pip install --target {settings.sandbox_tools} pytest (`make setup` does it)"
        yield Finding("test tools", WARN, f"no pytest in {settings.sandbox_tools}: no tests can be run", mend)


def _webhook(settings: Settings) -> Iterator[Finding]:
    if make_forges(settings, speaking=False).listening():
        yield Finding("webhook", OK, "a secret is configured")
    else:
        mend = f"{LISTENING_NEEDS} `codex-bot serve` will not start without one."
        yield Finding("webhook", WARN, "no secret is configured: no delivery could be trusted", mend)


def _access(settings: Settings) -> Iterator[Finding]:
    app, token = settings.github_app_id, settings.secret("github_token")
    ways = {"a GitHub App": app, "a token": token and not app, "a token for GitLab": settings.secret("gitlab_token")}
    found = [way for way, is_set in ways.items() if is_set]
    if not found:
        files = f"{PREFIX}GITHUB_TOKEN_FILE or {PREFIX}GITLAB_TOKEN_FILE"
        mend = f"Run `codex-bot setup github` or `codex-bot setup gitlab`, or set {files}."
        yield Finding("access", WARN, "no App and no token is configured: the bot cannot answer", mend)
        return
    if app or token:
        make_forges(settings).connect("github", "1")  # raises when the App's key is no key; asks nobody
    yield Finding("access", OK, " and ".join(found))


def _forge(settings: Settings) -> Iterator[Finding]:
    url = settings.github_url
    if settings.secret("gitlab_token") and not (settings.github_app_id or settings.secret("github_token")):
        yield Finding("forge", SKIP, f"nothing is configured for {url}")
        return
    try:
        # `auth`: or else requests would send what ~/.netrc holds.
        answer = requests.head(
            url,
            timeout=10,
            allow_redirects=False,
            auth=lambda request: request,
            verify=str(settings.github_ca_file or "") or True,
        )
    except requests.RequestException as error:
        mend = f"Check {PREFIX}GITHUB_URL, the network and the proxy."
        if isinstance(error, requests.exceptions.SSLError):
            mend = f"Name the authority's certificates with {PREFIX}GITHUB_CA_FILE."
        yield Finding("forge", FAIL, f"{url} does not answer ({type(error).__name__})", mend)
        return
    yield Finding("forge", OK, f"{url} answers")
    told = email.utils.parsedate_tz(answer.headers.get("Date"))
    if told is None:
        yield Finding("clock", SKIP, f"{url} does not say what time it is")
        return
    ahead = time.time() - email.utils.mktime_tz(told)
    if abs(ahead) > _MOST_SKEW:
        text = f"{abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} {url}, which will refuse an App's tokens"
        yield Finding("clock", FAIL, text, "Set the clock: `timedatectl set-ntp true`.")
    else:
        yield Finding("clock", OK, f"agrees with {url}")


def _model(settings: Settings) -> Iterator[Finding]:
    token = settings.model_token.get_secret_value() if settings.model_token else None
    try:
        served = ModelClient(settings.model_url, token=token).served()
    except CodexBotError as error:
        mend = f"Start it (`codex-bot engine` runs a small one), or set {PREFIX}MODEL_URL and {PREFIX}MODEL_TOKEN."
        yield Finding("model", FAIL, str(error), mend)
        return
    text = f"{served.name} at {settings.model_url}, {served.context_tokens} tokens, {served.dialect}"
    profile = profile_for(served.name)
    if profile.is_toy:
        mend = "`codex-bot engine --model hf:OWNER/REPO` serves a larger one."
        yield Finding("model", WARN, f"{text}. {profile.note}", mend)
    else:
        yield Finding("model", OK, text)
