"""Applies replies with aider's and openai-agents' own functions: a JSON line in, one out, as long as lines come."""

import importlib.util
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

os.environ["AIDER_ANALYTICS"] = "false"

from aider.coders.editblock_coder import EditBlockCoder
from aider.coders.patch_coder import PatchCoder
from aider.coders.udiff_coder import UnifiedDiffCoder
from aider.coders.wholefile_coder import WholeFileCoder
from aider.io import InputOutput

PACKAGES = {"aider": "aider-chat", "openai-agents": "openai-agents"}
CODERS = {
    "search/replace": EditBlockCoder,
    "unified diff": UnifiedDiffCoder,
    "begin patch": PatchCoder,
    "whole file": WholeFileCoder,
}
Asked = dict[str, Any]
SECTION = re.compile(r"^\*\*\*\s*(Update|Modify|Add|Delete) File:\s*(.*?)\s*$", re.MULTILINE)


def with_aider(asked: Asked, folder: Path) -> bool:
    """Let one of aider's coders do what it does with a model's reply; return whether it took it."""
    coder = CODERS[asked["form"]].__new__(CODERS[asked["form"]])
    coder.root, coder.fence, coder.io = (
        str(folder),
        ("```", "```"),
        InputOutput(pretty=False, yes=True, fancy_input=False),
    )
    coder.abs_root_path_cache, coder.shell_commands, coder.multi_response_content = {}, [], ""
    coder.abs_fnames = {str(folder / path) for path in asked["files"]}
    coder.partial_response_content = asked["bare"] if asked["form"] == "begin patch" else asked["reply"]
    edits = coder.get_edits()
    if asked["form"] == "search/replace":  # the person who is asked whether a file may be made says yes
        for path, *_ in edits:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).touch()
    if edits:
        coder.apply_edits(edits)
    return bool(edits)


def load_apply_diff() -> Callable[..., str]:
    """Load the one module: the package itself drags in every client of a model."""
    path = distribution("openai-agents").locate_file("agents/apply_diff.py")
    spec = importlib.util.spec_from_file_location("apply_diff", path)
    module = sys.modules["apply_diff"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.apply_diff


APPLY_DIFF = load_apply_diff()


def with_agents(asked: Asked, folder: Path) -> bool:
    """Find files and their parts, which its editor gets from the model's call, and let apply_diff do the rest."""
    heads = list(SECTION.finditer(asked["bare"]))
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        path = folder / head[2]
        body = asked["bare"][head.end() + 1 : following.start() if following else None]
        body = re.split(r"^\*\*\*\s*End Patch.*", body, maxsplit=1, flags=re.MULTILINE | re.IGNORECASE)[0]
        move = re.match(r"\*\*\* Move to: (.*)\n", body)
        body = body[move.end() :] if move else body
        before = "" if head[1] == "Add" else path.read_bytes().decode()
        after = None if head[1] == "Delete" else APPLY_DIFF(before, body, "create" if head[1] == "Add" else "default")
        if after is None or move:
            path.unlink()
        if after is not None:
            target = folder / move[1] if move else path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(after.encode())
    return bool(heads)


ENGINES = {"aider": with_aider, "openai-agents": with_agents}


def answer(asked: Asked, folder: Path) -> dict[str, Any]:
    """Return the files as they are afterwards, None for a refusal, and the milliseconds that the processor spent."""
    for path, text in asked["files"].items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text.encode())
    started = time.process_time()
    try:
        taken = ENGINES[asked["engine"]](asked, folder)
    except Exception:  # noqa: BLE001 - any error is a refusal, as it is for a caller
        taken = False
    spent = 1000 * (time.process_time() - started)
    found = [path for path in folder.rglob("*") if path.is_file()] if taken else []
    tree = {str(path.relative_to(folder)): path.read_bytes().decode() for path in found}
    return {"tree": tree if taken else None, "ms": spent}


def main() -> None:
    """Answer until the last line."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # aider tells people what it does
    out.write(
        json.dumps(
            {"aider": distribution("aider-chat").version, "openai-agents": distribution("openai-agents").version}
        )
        + "\n"
    )
    out.flush()
    for line in sys.stdin:
        folder = Path(tempfile.mkdtemp(prefix="applier-"))
        try:
            out.write(json.dumps(answer(json.loads(line), folder)) + "\n")
        finally:
            shutil.rmtree(folder)
        out.flush()


main()
