"""Which file of a diff a model means by a path that it may have mangled. Pure."""

import re
from collections.abc import Callable, Iterator, Sequence

from bot.diff import FileDiff, Side

_POSITION = re.compile(r":\d+(?:[-:]\d+)*$")
_WRAPPING = "`'\"<>() \t\r\n"


def path_on(file: FileDiff, side: Side) -> str | None:
    """Return a file's path on one side; None where it does not exist there."""
    return file.old_path if side is Side.OLD else file.new_path


def find_file(files: Sequence[FileDiff], path: str, side: Side) -> FileDiff | None:
    """Return the one file that a path can mean, or None where it is none or more than one.

    The path itself is looked for first; then without what models put around it (quotes, `./`, the `a/` and `b/` of a
    diff, a line number), in another case, and by its last parts, where these name one file only.
    """
    for given in _readings(path):
        for is_meant in _tests(given):
            meant = [file for file in files if is_meant(path_on(file, side))]
            meant = meant or [file for file in files if is_meant(file.new_path) or is_meant(file.old_path)]
            if meant:
                return meant[0] if len({file.path for file in meant}) == 1 else None
    return None


def _readings(path: str) -> Iterator[str]:
    yield path
    plain = _POSITION.sub("", path.strip(_WRAPPING).replace("\\", "/")).strip(_WRAPPING)
    plain = plain.removeprefix("./")
    yield plain
    if plain.startswith(("a/", "b/")):
        yield plain[2:]


def _tests(given: str) -> Iterator[Callable[[str | None], bool]]:
    if not given:
        return
    folded = given.casefold()
    yield lambda path: path == given
    yield lambda path: path is not None and path.casefold() == folded
    yield lambda path: path is not None and path.casefold().endswith(f"/{folded}")
    # A folder above the repository; a bare name below some other folder would be another file.
    yield lambda path: path is not None and "/" in path and folded.endswith(f"/{path.casefold()}")
