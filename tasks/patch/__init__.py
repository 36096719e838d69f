"""Model text to checked changes: `apply_reply` is the whole door of this room, and it touches no disk."""

from tasks.patch.engine import apply_reply
from tasks.patch.refusal import PatchRefused, RefusedBlock

__all__ = ["PatchRefused", "RefusedBlock", "apply_reply"]
