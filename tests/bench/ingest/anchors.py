"""What the bot is measured against: Probot and FastAPI, installed once into the cache, never into the project."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

from bench.ingest.load import BenchError
from bench.ingest.payload import SECRET
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from actions.supervisor import Service

_SHAPES = Path(__file__).parents[1] / "anchors"
PROBOT_PATH = "/api/github/webhooks"


def _cached(name: str, fill: Callable[[Path], None]) -> Path:
    """Return the anchor's folder in the cache; installs it when it is not there as it stands in the project."""
    shape = _SHAPES / name
    text = b"".join(path.read_bytes() for path in sorted(shape.iterdir()) if path.is_file())
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "codex-bot-bench"
    folder = cache / f"{name}-{hashlib.sha256(text + sys.version.encode()).hexdigest()[:12]}"
    if not (folder / "complete").exists():
        print(f"installing the anchor {name} into {folder}", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(shape, folder, ignore=shutil.ignore_patterns("__pycache__"))
        fill(folder)
        (folder / "complete").touch()
    return folder


def _run(argv: list[str], folder: Path) -> None:
    run = subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=600, check=False)
    if run.returncode != 0:
        raise BenchError(f"{' '.join(argv[:3])} failed: {(run.stdout + run.stderr)[-1000:]}")


def _fill_probot(folder: Path) -> None:
    if not (shutil.which("node") and shutil.which("npm")):
        raise BenchError("node or npm is not installed. Type this once:  sudo apt-get install nodejs npm")
    _run(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"], folder)


def _fill_fastapi(folder: Path) -> None:
    venv.create(folder / "venv", with_pip=True)
    _run([str(folder / "venv/bin/pip"), "install", "--quiet", "-r", "requirements.txt"], folder)


def _throwaway_key() -> str:
    # Probot asks for an App's key even when it never signs anything.
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def probot(port: int) -> tuple[Service, str]:
    """Return Probot with a handler that does nothing, as `probot run` starts it, and its version."""
    folder = _cached("probot", _fill_probot)
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
    folder = _cached("fastapi", _fill_fastapi)
    python = folder / "venv" / "bin" / "python"
    ask = "import fastapi, uvicorn; print(f'FastAPI {fastapi.__version__} on uvicorn {uvicorn.__version__}')"
    version = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True).stdout.strip()
    options = ["anchor:app", "--app-dir", str(folder), "--host", "127.0.0.1", "--port", str(port), "--no-access-log"]
    argv = [str(python), "-m", "uvicorn"]
    environment = {"WEBHOOK_SECRET": SECRET}
    return Service("fastapi", options, environment, f"http://127.0.0.1:{port}/ping", 60, argv), version
