"""Model text to checked changes: `make_patch` is the whole door of this room, and it touches no disk."""

from tasks.patch.engine import apply_reply, make_patch
from tasks.patch.refusal import PatchRefused, RefusedBlock
from tasks.patch.result import AppliedEdit, Contents, Patch

__all__ = ["AppliedEdit", "Contents", "Patch", "PatchRefused", "RefusedBlock", "apply_reply", "make_patch"]
