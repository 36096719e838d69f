"""Which folders of the host the analysers' sandbox shows, and where."""

from collections.abc import Mapping
from pathlib import Path

from tasks.analysis.tool import MORE, OURS, TOOLS

INSIDE = Path(__file__).with_name("inside")


def mounts(tools: Path, more: Path) -> Mapping[str, Path]:
    """Return the mounts of a `Sandbox` for `analyse`; `tools` is filled by the set-up, `more` by an operator.

    A folder that is not there is left out, and its tools are named absent. This sandbox is not the one that runs a
    repository's tests: those have no business with our tools.
    """
    wanted = {TOOLS: tools, MORE: more, OURS: INSIDE}
    return {inside: folder for inside, folder in wanted.items() if folder.is_dir()}
