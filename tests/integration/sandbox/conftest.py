"""Attacks on the sandbox: from root (if the tests have it) and from an ordinary user, each also made without it.

A test module holds a table TRIES: name -> (script, arguments inside, arguments of the control). A script that
reaches its end has won; an OSError or a failed assertion is a refusal. Arguments may name things of `host`.
"""

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from tasks.sandbox import Sandbox
from tasks.sandbox.launch import BWRAP_PLACES

PYTHON = "/usr/bin/python3"
ORDINARY = 12345
SECRET = "worker-secret-6f1c"
GOT, REFUSED = "GOT IT", "REFUSED"

# Runs many commands in a sandbox and answers with what they printed. It is started as another user, for whom the
# project's own interpreter may be out of reach; all that it needs is on PYTHONPATH.
DRIVER = """
import json, pathlib, sys
from tasks.sandbox import Sandbox
order = json.load(sys.stdin)
sandbox = Sandbox()
tree = pathlib.Path(order["tree"])
print(json.dumps({name: sandbox.run(tree, argv).output for name, argv in order["commands"].items()}))
"""


@pytest.fixture(scope="session")
def sandbox() -> Sandbox:
    if not any(place.exists() for place in BWRAP_PLACES):
        pytest.skip("bubblewrap is not installed")
    sandbox = Sandbox()
    proof = sandbox.prove()
    assert proof.ok, f"{proof.reason} / {proof.mend}"
    return sandbox


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    folder.mkdir()
    (folder / "hello.txt").write_text("hello\n")
    return folder


@pytest.fixture
def scratch(sandbox: Sandbox) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="codex-scratch-") as place:
        folder = Path(place)
        folder.chmod(0o1777)
        yield folder


@pytest.fixture(scope="session")
def host() -> Iterator[dict[str, str]]:
    """A host worth attacking: a secret in files, in an environment and in arguments, and open doors of all kinds."""
    with tempfile.TemporaryDirectory(prefix="codex-tries-") as place, contextlib.ExitStack() as keep:
        open_folder = Path(place)  # unlike pytest's own folders every user may enter it
        open_folder.chmod(0o755)
        tree = open_folder / "checkout"
        for folder in (tree, open_folder / "home"):
            folder.mkdir()
        (tree / "hello.txt").write_text("hello\n")
        secret = open_folder / "home" / "id_ed25519"
        secret.write_text(SECRET)
        victim = subprocess.Popen(["sleep", "300"], env={"WORKER_SECRET": SECRET})
        keep.callback(victim.wait)
        keep.callback(victim.kill)
        environment = keep.enter_context(pytest.MonkeyPatch.context())
        environment.setenv("WORKER_SECRET", SECRET)
        yield {
            "tree": str(tree),
            "folder": place,
            "secret": str(secret),
            "pid": str(victim.pid),
            **_open_doors(open_folder, keep),
        }


def _open_doors(folder: Path, keep: contextlib.ExitStack) -> dict[str, str]:
    def listen(family: int, kind: int, address: object) -> socket.socket:
        door = keep.enter_context(socket.socket(family, kind))
        door.bind(address)
        if kind == socket.SOCK_STREAM:
            door.listen(200)
        return door

    own_address = "127.0.0.1"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
        probe.connect(("192.0.2.1", 9))  # sends nothing, but chooses the address that a packet would leave from
        own_address = probe.getsockname()[0]
    path, abstract = str(folder / "door.sock"), f"codex-{os.getpid()}"
    listen(socket.AF_UNIX, socket.SOCK_STREAM, path)
    Path(path).chmod(0o777)
    listen(socket.AF_UNIX, socket.SOCK_STREAM, f"\0{abstract}")
    return {
        "address": own_address,
        "tcp": str(listen(socket.AF_INET, socket.SOCK_STREAM, ("0.0.0.0", 0)).getsockname()[1]),
        "udp": str(listen(socket.AF_INET, socket.SOCK_DGRAM, ("0.0.0.0", 0)).getsockname()[1]),
        "tcp6": str(listen(socket.AF_INET6, socket.SOCK_STREAM, ("::1", 0)).getsockname()[1]),
        "path": path,
        "abstract": abstract,
    }


def _probe(script: str, arguments: Sequence[str], host: Mapping[str, str]) -> list[str]:
    prelude = "import ctypes, os, socket, stat, subprocess, sys, time\nargument = (*sys.argv[1:], '')[0]\ntry:\n"
    ending = f"\n    print({GOT!r})\nexcept (OSError, AssertionError) as error:\n    print({REFUSED!r}, repr(error))\n"
    body = textwrap.indent(script.strip(), "    ")
    return [PYTHON, "-c", prelude + body + ending, *(argument.format(**host) for argument in arguments)]


Attack = Callable[[str], tuple[str, str]]


@pytest.fixture(scope="module")
def attack_as_we_are(request: pytest.FixtureRequest, sandbox: Sandbox, host: dict[str, str]) -> Attack:
    """Make one try of the module's table; return what it printed inside and in the control."""

    def attack(name: str) -> tuple[str, str]:
        script, inside, outside = request.module.TRIES[name]
        run = sandbox.run(Path(host["tree"]), _probe(script, inside, host))
        return run.output, _control(script, outside, host)

    return attack


@pytest.fixture(scope="module")
def attack_as_ordinary_user(request: pytest.FixtureRequest, sandbox: Sandbox, host: dict[str, str]) -> Attack:
    """The same from the sandbox of an account that is not root, all tries of the table in one go."""
    if reason := _cannot_be_ordinary():
        pytest.skip(reason)
    tries = request.module.TRIES
    commands = {name: _probe(script, inside, host) for name, (script, inside, _) in tries.items()}
    answers = _run_as_ordinary_user(Path(host["tree"]), commands)
    return lambda name: (answers[name], _control(tries[name][0], tries[name][2], host))


@pytest.fixture(params=["as we are", "as ordinary user"])
def attack(request: pytest.FixtureRequest) -> Attack:
    made: Attack = request.getfixturevalue(f"attack_{request.param.replace(' ', '_')}")
    return made


def _control(script: str, arguments: Sequence[str], host: Mapping[str, str]) -> str:
    """The attack without any sandbox, in a fresh folder, with a secret in its environment."""
    environment = {"PATH": "/usr/bin:/bin", "WORKER_SECRET": SECRET}
    with tempfile.TemporaryDirectory(dir=host["folder"]) as scratch:
        argv = _probe(script, arguments, {**host, "scratch": scratch})
        done = subprocess.run(argv, check=False, capture_output=True, text=True, timeout=20, env=environment)
    return done.stdout + done.stderr


def _run_as_ordinary_user(tree: Path, commands: Mapping[str, Sequence[str]]) -> dict[str, str]:
    done = subprocess.run(
        [PYTHON, "-c", DRIVER],
        check=True,
        input=json.dumps({"tree": str(tree), "commands": commands}),
        stdout=subprocess.PIPE,
        text=True,
        timeout=120,
        cwd="/",
        user=ORDINARY,
        group=ORDINARY,
        extra_groups=[],
        env={"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "WORKER_SECRET": SECRET},
    )
    answers: dict[str, str] = json.loads(done.stdout)
    return answers


def _cannot_be_ordinary() -> str:
    if os.geteuid() != 0:
        return "the tests run as an ordinary user anyway"
    found = subprocess.run([PYTHON, "-c", "import sys; print(*sys.version_info[:2])"], check=False, capture_output=True)
    if found.stdout.split() != [str(number).encode() for number in sys.version_info[:2]]:
        return "the system's Python is another version than the project's, so it cannot load the project's libraries"
    return ""
