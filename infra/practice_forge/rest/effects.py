"""The log of accepted writes, from which tests read what a bot did."""

from urllib.parse import quote

from werkzeug.wrappers import Request

from infra.practice_forge.forge import Forge
from infra.practice_forge.state import Effect


def note_effect(forge: Forge, request: Request, actor: str, status: int, found: str) -> None:
    """Add one line to the effect log. The caller holds the lock."""
    path = quote(request.path)
    forge.state.effects.append(Effect(forge.state.clock(), request.method, path, actor, int(status), found))
