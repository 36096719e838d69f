"""The git database: refs, blobs, trees and commits, one object at a time."""

import base64
import binascii
from datetime import UTC, datetime

from infra.practice_forge.acts.refs import create_ref, delete_ref, move_ref
from infra.practice_forge.auth import require_read, require_write
from infra.practice_forge.history import read_commit
from infra.practice_forge.refusals import invalid_request, not_found, unprocessable
from infra.practice_forge.repos import GitError, Signature, TreeChange
from infra.practice_forge.rest.calls import Call, Reply, Route, created, no_content, page_of
from infra.practice_forge.rest.fields import Fields
from infra.practice_forge.shapes import repositories as shapes
from infra.practice_forge.state import Account, Repository

# Nobody documents where it is; requests of this size have been turned away.
LARGEST_TREE_BYTES = 2_500_000
MODES = {"100644": "blob", "100755": "blob", "120000": "blob", "160000": "commit"}


def _writer(call: Call, owner: str, name: str) -> tuple[Repository, Account]:
    repo = call.repo(owner, name)
    return repo, require_write(call.actor, repo, "contents", role="write")


def _reader(call: Call, owner: str, name: str) -> Repository:
    repo = call.repo(owner, name)
    require_read(call.actor, repo, "contents")
    return repo


def get_ref(call: Call, owner: str, name: str, ref: str) -> Reply:
    """GET /repos/{owner}/{repo}/git/ref/{ref}; `ref` is `heads/main`."""
    repo = _reader(call, owner, name)
    sha = call.forge.git(repo).ref(f"refs/{ref}")
    if sha is None:
        raise not_found()
    return Reply(shapes.ref(call.forge, repo, f"refs/{ref}", sha))


def matching_refs(call: Call, owner: str, name: str, ref: str = "") -> Reply:
    """GET /repos/{owner}/{repo}/git/matching-refs/{ref}: all that start like this."""
    repo = _reader(call, owner, name)
    found = [pair for pair in call.forge.git(repo).refs().items() if pair[0].startswith(f"refs/{ref}")]
    return page_of(call, found, lambda pair: shapes.ref(call.forge, repo, *pair))


def post_ref(call: Call, owner: str, name: str) -> Reply:
    """POST /repos/{owner}/{repo}/git/refs."""
    repo, author = _writer(call, owner, name)
    fields = call.fields()
    ref, sha = fields.text("ref"), _sha(fields.text("sha"))
    create_ref(call.forge, repo, author, ref, sha)
    return created(shapes.ref(call.forge, repo, ref, sha))


def patch_ref(call: Call, owner: str, name: str, ref: str) -> Reply:
    """PATCH /repos/{owner}/{repo}/git/refs/{ref}."""
    repo, author = _writer(call, owner, name)
    fields = call.fields()
    sha = _sha(fields.text("sha"))
    move_ref(call.forge, repo, author, f"refs/{ref}", sha, force=fields.flag("force"))
    return Reply(shapes.ref(call.forge, repo, f"refs/{ref}", sha))


def remove_ref(call: Call, owner: str, name: str, ref: str) -> Reply:
    """DELETE /repos/{owner}/{repo}/git/refs/{ref}."""
    repo, author = _writer(call, owner, name)
    delete_ref(call.forge, repo, author, f"refs/{ref}")
    return no_content()


def post_blob(call: Call, owner: str, name: str) -> Reply:
    """POST /repos/{owner}/{repo}/git/blobs; `encoding` is utf-8 or base64."""
    repo, _ = _writer(call, owner, name)
    fields = call.fields()
    text, encoding = fields.text("content"), fields.text_or_none("encoding") or "utf-8"
    if encoding not in {"utf-8", "base64"}:
        raise unprocessable("Invalid encoding")
    try:
        raw = base64.b64decode("".join(text.split()), validate=True) if encoding == "base64" else text.encode()
    except (binascii.Error, ValueError) as error:
        raise unprocessable("content is not valid Base64") from error
    sha = call.forge.git(repo).write_blob(raw)
    return created({"sha": sha, "url": f"{shapes.api(call.forge, repo)}/git/blobs/{sha}"})


def get_blob(call: Call, owner: str, name: str, sha: str) -> Reply:
    """GET /repos/{owner}/{repo}/git/blobs/{sha}."""
    repo = _reader(call, owner, name)
    git = call.forge.git(repo)
    if git.kind(_sha(sha)) != "blob":
        raise not_found()
    raw = git.read_blob(sha)
    url = f"{shapes.api(call.forge, repo)}/git/blobs/{sha}"
    text = base64.encodebytes(raw).decode()
    named = {"sha": sha, "node_id": f"B_{sha}", "url": url}
    return Reply(named | {"size": len(raw), "encoding": "base64", "content": text})


def get_tree(call: Call, owner: str, name: str, treeish: str) -> Reply:
    """GET /repos/{owner}/{repo}/git/trees/{sha}; any `recursive` goes all the way down."""
    repo = _reader(call, owner, name)
    git = call.forge.git(repo)
    start = git.resolve(treeish) or (treeish if len(treeish) == len("0" * 40) and git.kind(treeish) == "tree" else None)
    if start is None:
        raise not_found()
    entries = git.list_tree(start, recursive=bool(call.request.args.get("recursive")))
    return Reply(shapes.tree(call.forge, repo, git.tree_of(start), entries))


def post_tree(call: Call, owner: str, name: str) -> Reply:
    """POST /repos/{owner}/{repo}/git/trees: entries on top of `base_tree`; a null sha removes a path."""
    repo, _ = _writer(call, owner, name)
    if len(call.request.get_data()) > LARGEST_TREE_BYTES:
        raise unprocessable("Sorry, your request timed out. It's likely that your input was too large to process.")
    git, fields = call.forge.git(repo), call.fields()
    base = fields.text_or_none("base_tree")
    if base is not None and git.kind(_sha(base)) not in {"tree", "commit"}:
        raise unprocessable("base_tree is not a valid tree oid")
    changes = [_change(call, repo, item) for item in fields.objects("tree")]
    if not changes:
        raise unprocessable("Invalid tree info")
    known = {entry.path for entry in git.list_tree(base, recursive=True)} if base else set()
    if any(change.sha is None and change.path not in known for change in changes):
        raise unprocessable("GitRPC::BadObjectState")
    try:
        sha = git.write_tree(git.tree_of(base) if base else None, changes)
    except GitError as error:
        raise unprocessable("tree.path contains a malformed path component") from error
    return created(shapes.tree(call.forge, repo, sha, git.list_tree(sha)))


def _change(call: Call, repo: Repository, item: Fields) -> TreeChange:
    git = call.forge.git(repo)
    path, mode = item.text("path"), item.text("mode")
    if mode not in MODES:
        raise unprocessable("Must supply a valid tree.mode")
    if not path or path.startswith("/") or "\0" in path:
        raise unprocessable("tree.path cannot start with a slash")
    if item.is_null("sha"):
        return TreeChange(path, mode, None)
    if "content" in item:
        return TreeChange(path, mode, git.write_blob(item.text("content").encode()))
    sha = _sha(item.text("sha"))
    if mode != "160000" and git.kind(sha) != MODES[mode]:
        raise unprocessable(f"tree.sha {sha} is not a valid {MODES[mode]}")
    return TreeChange(path, mode, sha)


def post_commit(call: Call, owner: str, name: str) -> Reply:
    """POST /repos/{owner}/{repo}/git/commits; without an author it is the asker's own, and an App's is Verified."""
    repo, author = _writer(call, owner, name)
    git, fields = call.forge.git(repo), call.fields()
    message, tree = fields.text("message"), _sha(fields.text("tree"))
    parents = [_sha(parent) for parent in fields.texts("parents")]
    if git.kind(tree) != "tree":
        raise unprocessable("Tree SHA does not exist")
    if any(git.kind(parent) != "commit" for parent in parents):
        raise unprocessable("Parent SHA does not exist or is not a commit object")
    own = Signature(author.login, f"{author.id}+{author.login}@users.noreply.github.com", call.forge.state.now())
    writer = _signature(fields.nested("author"), own)
    committer = _signature(fields.nested("committer"), writer)
    sha = git.write_commit(tree, parents, message, author=writer, committer=committer)
    if author.is_bot and "author" not in fields and "committer" not in fields:
        call.forge.state.verified.add(sha)
    return created(shapes.git_commit(call.forge, repo, read_commit(git, sha)))


def _signature(given: Fields | None, default: Signature) -> Signature:
    if given is None:
        return default
    text = given.text_or_none("date")
    try:
        when = datetime.fromisoformat(text).astimezone(UTC) if text else default.when
    except ValueError as error:
        raise invalid_request("date is not a valid timestamp.") from error
    return Signature(given.text("name"), given.text("email"), when)


def get_git_commit(call: Call, owner: str, name: str, sha: str) -> Reply:
    """GET /repos/{owner}/{repo}/git/commits/{sha}."""
    repo = _reader(call, owner, name)
    git = call.forge.git(repo)
    if git.kind(_sha(sha)) != "commit":
        raise not_found()
    return Reply(shapes.git_commit(call.forge, repo, read_commit(git, sha)))


def _sha(text: str) -> str:
    """Let only whole object names pass to git."""
    if len(text) != len("0" * 40) or text.strip("0123456789abcdef"):
        raise unprocessable(f"The sha parameter must be exactly 40 characters and contain only [0-9a-f]: {text[:60]}")
    return text


ROUTES = (
    Route("GET", "/repos/<owner>/<name>/git/ref/<path:ref>", get_ref),
    Route("GET", "/repos/<owner>/<name>/git/refs/<path:ref>", get_ref),
    Route("GET", "/repos/<owner>/<name>/git/matching-refs/<path:ref>", matching_refs),
    Route("GET", "/repos/<owner>/<name>/git/refs", matching_refs),
    Route("POST", "/repos/<owner>/<name>/git/refs", post_ref),
    Route("PATCH", "/repos/<owner>/<name>/git/refs/<path:ref>", patch_ref),
    Route("DELETE", "/repos/<owner>/<name>/git/refs/<path:ref>", remove_ref),
    Route("POST", "/repos/<owner>/<name>/git/blobs", post_blob),
    Route("GET", "/repos/<owner>/<name>/git/blobs/<sha>", get_blob),
    Route("POST", "/repos/<owner>/<name>/git/trees", post_tree),
    Route("GET", "/repos/<owner>/<name>/git/trees/<path:treeish>", get_tree),
    Route("POST", "/repos/<owner>/<name>/git/commits", post_commit),
    Route("GET", "/repos/<owner>/<name>/git/commits/<sha>", get_git_commit),
)
