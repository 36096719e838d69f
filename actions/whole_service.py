"""The whole service on one machine: what `codex-bot up` does."""

import ipaddress
import socket
from urllib.parse import SplitResult, urlsplit

from actions.console import say
from actions.supervisor import Service, Supervisor
from bot.errors import SettingsError, UserError
from bot.forges.registry import LISTENING_NEEDS, make_forges
from bot.settings import PREFIX, Settings, read_settings
from bot.wiring import ledger_of
from tasks.leaving import Leaving

_HTTP = 80


def run_service(model: str | None, *, engine: bool) -> None:
    """Run all processes of one machine until this one is told to leave.

    Raises `SettingsError` and `UserError` before any starts when one of them could not run.
    """
    settings = read_settings()
    wanted = services(settings, engine=engine, model=model)
    _require_secret(settings)
    for service in wanted:
        _require_free(service)
    leaving = Leaving()
    leaving.listen()
    ledger_of(settings, upgrading=True).close()  # one machine, one version: nobody else is at work here
    with Supervisor(logs=None, tell=say, wait=leaving.wait) as supervisor:
        if all(_start(supervisor, service) for service in wanted):
            say(greeting(settings))
            supervisor.watch()
        say("ending")


def services(settings: Settings, *, engine: bool, model: str | None) -> list[Service]:
    """Return the processes of one machine in the order in which they start.

    Raises `SettingsError` when the web port is not fixed, or an engine is wanted and the model's URL is no port
    of this machine.
    """
    if settings.web_port == 0:
        raise SettingsError(f"{PREFIX}WEB_PORT is 0, any free port", mend="Set a fixed one: the forge has to know it.")
    web_url = f"http://{settings.web_host}:{settings.web_port}"
    bot = [
        Service("web", ["serve"], {}, f"{web_url}/readyz"),
        Service("worker", ["work"], {}),
        Service("sweeper", ["sweep"], {}),
    ]
    if not engine:
        return bot
    url = urlsplit(settings.model_url)
    if not _is_here(url):
        raise SettingsError(
            f"{PREFIX}MODEL_URL is {settings.model_url}, which is no place for an engine on this machine",
            mend=f"Add --no-engine to use what is served there, or unset {PREFIX}MODEL_URL.",
        )
    arguments = ["engine", "--host", str(url.hostname), "--port", str(url.port or _HTTP)]
    arguments += ["--model", model] if model else []
    return [Service("engine", arguments, {}, f"{settings.model_url}/health", ready_seconds=600.0), *bot]


def greeting(settings: Settings) -> str:
    """Return what a person needs to know once everything runs."""
    web_url = f"http://{settings.web_host}:{settings.web_port}"
    listening = make_forges(settings, speaking=False).listening()
    hooks = "".join(f"  webhooks  {web_url}/webhooks/{forge}\n" for forge in listening)
    return (
        f"\nready\n"
        f"{hooks}"
        f"  health    {web_url}/readyz\n"
        f"  model     {settings.model_url}\n"
        f"Comment `/codex implement` on an issue; `codex-bot jobs list` shows what became of it. Ctrl-C ends all."
    )


def _start(supervisor: Supervisor, service: Service) -> bool:
    say(f"starting {service.name}")
    return supervisor.start(service)


def _is_here(url: SplitResult) -> bool:
    if url.scheme != "http" or url.path.strip("/"):
        return False
    try:
        return url.hostname == "localhost" or ipaddress.ip_address(str(url.hostname)).is_loopback
    except ValueError:
        return False


def _require_secret(settings: Settings) -> None:
    # `serve` would refuse as well, but only after the model is loaded.
    if not make_forges(settings, speaking=False).listening():
        raise SettingsError(
            "no webhook secret is configured, so no delivery could be trusted",
            mend=LISTENING_NEEDS,
        )


def _require_free(service: Service) -> None:
    """Raise `UserError` when somebody else listens where the service wants to: it would be taken for the service."""
    if not service.ready_url:
        return
    url = urlsplit(service.ready_url)
    address = (str(url.hostname), url.port or _HTTP)
    setting, way_out = ("MODEL_URL", ", or add --no-engine to use it") if service.name == "engine" else ("WEB_PORT", "")
    try:
        with socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port that was just left is free
            probe.bind(address)
    except OSError as error:
        raise UserError(
            f"{service.name} cannot listen on {address[0]} port {address[1]}: {error.strerror}",
            mend=f"End what listens there{way_out}, or set {PREFIX}{setting} to another port.",
        ) from error
