"""Git over HTTP: the forge's gate, then git's own `http-backend` as a CGI program, never a shell."""

import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import IO, Protocol

from werkzeug.wrappers import Request, Response

from infra.practice_forge.acts.refs import ref_moved
from infra.practice_forge.auth import can_see, identify, require_read, require_write
from infra.practice_forge.forge import Forge
from infra.practice_forge.refusals import RefusalError, bad_credentials, not_found
from infra.practice_forge.repos import NO_COMMIT, RefUpdate, git_environment, git_program
from infra.practice_forge.rest.effects import note_effect
from infra.practice_forge.state import Account, Repository

# The only three addresses that git needs; what else lies in the folder is nobody's business.
ADDRESS = re.compile(
    r"/(?P<owner>[A-Za-z0-9_-]+)/(?P<name>[A-Za-z0-9._-]+?)(?:\.git)?"
    r"/(?P<service>info/refs|git-upload-pack|git-receive-pack)"
)
COMMAND = re.compile(rb"([0-9a-f]{40}) ([0-9a-f]{40}) (refs/[^\0\n]+)")
SERVICES = {"git-upload-pack", "git-receive-pack"}
TIME_LIMIT_S = 120
CHUNK = 1 << 16
NOBODY = Account(0, "", "")


class Gate(Protocol):
    """What a dialect decides about git's requests. All but `ADDRESS` is asked with the state's lock held."""

    ADDRESS: re.Pattern[str]

    def admit(self, request: Request, owner: str, name: str, *, writes: bool) -> tuple[Repository, Account]:
        """Find the repository and who asks (for a read it may be anybody), or raise a refusal."""

    def allow(self, repo: Repository, writer: Account, updates: Sequence[RefUpdate]) -> None:
        """Let the updates of a push pass, or raise a refusal."""

    def moved(self, repo: Repository, writer: Account, updates: Sequence[RefUpdate]) -> None:
        """Do what follows from refs that really moved."""


class GithubGate:
    """GitHub's side: owners have one name, Apps need `contents`."""

    ADDRESS = ADDRESS

    def __init__(self, forge: Forge) -> None:
        self._forge = forge

    def admit(self, request: Request, owner: str, name: str, *, writes: bool) -> tuple[Repository, Account]:
        """Find the repository and who asks."""
        actor = identify(self._forge, request.headers.get("Authorization", ""))
        repo = self._forge.state.repository(owner, name)
        if repo is None or not can_see(actor, repo):
            # Git asks for a password only after a 401; GitHub answers so whether or not the repository exists.
            raise not_found() if actor.login else bad_credentials("Requires authentication")
        if writes:
            return repo, require_write(actor, repo, "contents", role="write")
        require_read(actor, repo, "contents")
        return repo, actor.account or NOBODY

    def allow(self, repo: Repository, writer: Account, updates: Sequence[RefUpdate]) -> None:
        """Let every update pass."""

    def moved(self, repo: Repository, writer: Account, updates: Sequence[RefUpdate]) -> None:
        """Tell the App, and let pull requests follow."""
        for update in updates:
            ref_moved(self._forge, repo, writer, update)


class GitHttp:
    """Answers clones, fetches and pushes."""

    def __init__(self, forge: Forge, gate: Gate) -> None:
        self._forge = forge
        self._gate = gate

    def answer(self, request: Request) -> Response | None:
        """Answer a git request, or return None when the address is not git's."""
        address = self._gate.ADDRESS.fullmatch(request.path)
        if address is None:
            return None
        try:
            return self._serve(request, address["owner"], address["name"], address["service"])
        except RefusalError as refusal:
            return Response(f"{refusal.message}\n", refusal.status, headers=refusal.headers, mimetype="text/plain")

    def _serve(self, request: Request, owner: str, name: str, path: str) -> Response:
        service = request.args.get("service", "") if path == "info/refs" else path
        if service not in SERVICES or (request.method == "POST") == (path == "info/refs"):
            raise not_found()
        writes = service == "git-receive-pack"
        with self._forge.state.lock:
            repo, account = self._gate.admit(request, owner, name, writes=writes)
        with tempfile.TemporaryFile() as body:  # on disk: a push may be large
            while chunk := request.stream.read(CHUNK):
                body.write(chunk)
            updates = read_updates(body) if writes and path != "info/refs" else []
            if updates:
                with self._forge.state.lock:
                    self._gate.allow(repo, account, updates)
            response = self._backend(request, repo, path, body)
        if updates:
            self._after_push(request, repo, account, updates)
        return response

    def _backend(self, request: Request, repo: Repository, path: str, body: IO[bytes]) -> Response:
        """Run http-backend with an environment of ours; nothing in it is the client's path."""
        folder = self._forge.git(repo).folder
        size = body.seek(0, 2)
        body.seek(0)
        environment = git_environment() | {
            "GIT_PROJECT_ROOT": str(folder.parent),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": f"/{folder.name}/{path}",
            "REQUEST_METHOD": request.method,
            "QUERY_STRING": f"service={request.args['service']}" if path == "info/refs" else "",
            "CONTENT_TYPE": request.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(size),
            "REMOTE_ADDR": "127.0.0.1",
            "SERVER_PROTOCOL": "HTTP/1.1",
        }
        if request.headers.get("Content-Encoding") in {"gzip", "x-gzip"}:
            environment["HTTP_CONTENT_ENCODING"] = "gzip"
        if re.fullmatch(r"version=\d", request.headers.get("Git-Protocol", "")):
            environment["GIT_PROTOCOL"] = request.headers["Git-Protocol"]
        output = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
        subprocess.run(
            [git_program(), "http-backend"],
            stdin=body,
            stdout=output,
            stderr=subprocess.DEVNULL,
            env=environment,
            timeout=TIME_LIMIT_S,
            check=False,
        )
        output.seek(0)
        return _cgi_response(output)

    def _after_push(self, request: Request, repo: Repository, writer: Account, updates: list[RefUpdate]) -> None:
        """Tell of every ref that really moved; git may have refused some."""
        with self._forge.state.lock:
            git = self._forge.git(repo)
            moved = [u for u in updates if (git.ref(u.ref) or NO_COMMIT) == u.new and u.old != u.new]
            self._gate.moved(repo, writer, moved)
            for update in moved:
                note_effect(self._forge, request, writer.login, HTTPStatus.OK, update.new)


def read_updates(body: IO[bytes]) -> list[RefUpdate]:
    """Read the ref updates at the head of a push: pkt-lines up to the first flush."""
    body.seek(0)
    updates = []
    while (length := _length(body.read(4))) > 4:  # noqa: PLR2004 - a pkt-line counts its own four digits
        line = body.read(length - 4).rstrip(b"\n")
        if match := COMMAND.match(line):
            old, new, ref = (part.decode(errors="replace") for part in match.groups())
            updates.append(RefUpdate(ref, old, new))
    return updates


def _length(digits: bytes) -> int:
    try:
        return int(digits, 16)
    except ValueError:
        return 0


def _cgi_response(output: IO[bytes]) -> Response:
    """Turn what a CGI program wrote into a response: headers, an empty line, the body as a stream."""
    status, headers = "200 OK", []
    while line := output.readline().strip():
        name, _, value = line.decode("latin-1").partition(":")
        if name.lower() == "status":
            status = value.strip()
        else:
            headers.append((name, value.strip()))
    return Response(_chunks(output), status, headers=headers, direct_passthrough=True)


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    with stream:
        while chunk := stream.read(CHUNK):
            yield chunk
