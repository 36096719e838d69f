"""What the bot is measured against: Probot and FastAPI, installed once into the cache, never into the project."""

import json
import shutil
import subprocess
import venv
from pathlib import Path

from bench.anchored import BenchError, cached, run
from bench.ingest.payload import SECRET
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from actions.supervisor import Service

PROBOT_PATH = "/api/github/webhooks"


def _fill_probot(folder: Path) -> None:
    if not (shutil.which("node") and shutil.which("npm")):
        raise BenchError("node or npm is not installed. Type this once:  sudo apt-get install nodejs npm")
    run(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"], folder)


def _fill_fastapi(folder: Path) -> None:
    venv.create(folder / "venv", with_pip=True)
    run([str(folder / "venv/bin/pip"), "install", "--quiet", "-r", "requirements.txt"], folder)


def _throwaway_key() -> str:
    # Probot asks for an App's key even when it never signs anything.
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def probot(port: int) -> tuple[Service, str]:
    """Return Probot with a handler that does nothing, as `probot run` starts it, and its version."""
    folder = cached("probot", _fill_probot)
    package = folder / "node_modules" / "probot"
    version = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    environment = {
        "APP_ID": "1",
        "PRIVATE_KEY": _throwaway_key(),
        "WEBHOOK_SECRET": SECRET,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "WEBHOOK_PROXY_URL": "",
        "SENTRY_DSN": "",
        "REDIS_URL": "",
    }
    argv = ["node", str(package / "bin" / "probot.js")]
    service = Service(
        "probot", ["run", str(folder / "app.mjs")], environment, f"http://127.0.0.1:{port}/ping", 60, argv
    )
    return service, f"Probot {version} on Node {node}"


def fastapi(port: int) -> tuple[Service, str]:
    """Return FastAPI in one uvicorn process that stores nothing, and its version."""
    folder = cached("fastapi", _fill_fastapi)
    python = folder / "venv" / "bin" / "python"
    ask = "import fastapi, uvicorn; print(f'FastAPI {fastapi.__version__} on uvicorn {uvicorn.__version__}')"
    version = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True).stdout.strip()
    options = ["anchor:app", "--app-dir", str(folder), "--host", "127.0.0.1", "--port", str(port), "--no-access-log"]
    argv = [str(python), "-m", "uvicorn"]
    environment = {"WEBHOOK_SECRET": SECRET}
    return Service("fastapi", options, environment, f"http://127.0.0.1:{port}/ping", 60, argv), version
