"""Which file each edit of a reply is for."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from tasks.patch.edits import Deletion, Edit, Rename, Replacement, WholeFile
from tasks.patch.languages import language_fits
from tasks.patch.paths import Tree, clean_path
from tasks.patch.refusal import BlockRefused, RefusedBlock

MOST_GUESSED = 3  # blocks of a reply that get a did-you-mean: it compares with every path
MOST_COMPARED = 2000  # paths


@dataclass(frozen=True, slots=True)
class Targets:
    """Edits by the path of the file they change, and the blocks whose file cannot be told."""

    edits: Mapping[str, Sequence[Edit]]
    refused: Sequence[RefusedBlock]


def find_targets(edits: Sequence[Edit], files: Mapping[str, str], unseen: Collection[str] = ()) -> Targets:
    """Settle the path of every edit; blocks that are only samples (commands, output) fall away."""
    tree = Tree(files, unseen)
    grouped: dict[str, list[Edit]] = {}
    refused: list[RefusedBlock] = []
    likely = sorted(files)[:MOST_COMPARED]
    for edit in _without_samples(edits, files):
        try:
            path = _settle(edit, tree, files, likely if len(refused) < MOST_GUESSED else ())
        except BlockRefused as refusal:
            refused.append(RefusedBlock(edit.number, edit.path, refusal.reason))
        else:
            grouped.setdefault(path, []).append(edit)
    return Targets(grouped, refused)


def _without_samples(edits: Sequence[Edit], files: Mapping[str, str]) -> Iterable[Edit]:
    """Drop what only illustrates, as long as something else is left to apply.

    An unnamed fence is the file's content only when there is exactly one file and nothing else in the reply.
    """
    named = [edit for edit in edits if edit.path or isinstance(edit, Replacement)]
    if not named and len(files) == 1:
        only = next(iter(files))
        named = [replace(edit, path=only) for edit in edits]
    fitting = [edit for edit in named if not isinstance(edit, WholeFile) or language_fits(edit.language, edit.path)]
    return fitting or named or edits


def _settle(edit: Edit, tree: Tree, files: Mapping[str, str], likely: Sequence[str]) -> str:
    if not edit.path:
        raise BlockRefused("no path says which file it is for; write the path on the line before")
    if isinstance(edit, Deletion | Rename):
        raise BlockRefused("to take a file away or give it another name is not supported yet")
    if isinstance(edit, WholeFile) and not language_fits(edit.language, edit.path):
        raise BlockRefused(f"a block marked {edit.language} is not the content of {edit.path}")
    path = clean_path(edit.path)
    meant = tree.meant(path)
    creates = isinstance(edit, WholeFile) or not any(line.strip() for line in edit.old)
    if creates and meant is not None and meant != path:
        return _new_or_meant(edit, path, meant, files, tree)
    if meant is not None:
        return meant
    if not creates:
        tree.check_seen(path)
        close = get_close_matches(path, likely, n=3)
        raise BlockRefused(f"there is no file {path}" + (f"; did you mean {', '.join(close)}" if close else ""))
    tree.check_new(path)
    return path


def _new_or_meant(edit: Replacement | WholeFile, path: str, meant: str, files: Mapping[str, str], tree: Tree) -> str:
    """Tell a new file from an existing one under an inexact path: only its own content resembles a file."""
    lines = edit.lines if isinstance(edit, WholeFile) else edit.new
    if _resembles(lines, files[meant]):
        return meant
    if "/" in path:
        tree.check_new(path)
        return path
    raise BlockRefused(f"is {path} new, or is {meant} meant? Give the full path")


def _resembles(lines: Sequence[str], content: str) -> bool:
    had = {line.strip() for line in content.split("\n")} - {""}
    return len(had.intersection(map(str.strip, lines))) * 2 >= len(had)
