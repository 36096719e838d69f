"""Static analysis beside the model: tools with our own configuration, run in the sandbox, on lines that changed."""

from tasks.analysis.analyse import Analysis, analyse
from tasks.analysis.places import mounts

__all__ = ["Analysis", "analyse", "mounts"]
