"""Whether a change newly breaks a file's syntax, told from little more than the lines that changed."""

from tasks.patch.syntax.grammar import knows
from tasks.patch.syntax.verdict import LARGEST, newly_broken

__all__ = ["LARGEST", "knows", "newly_broken"]
