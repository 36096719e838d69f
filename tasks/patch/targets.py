"""Which file each edit of a reply is for."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import partial
from typing import NamedTuple

from tasks.patch.edits import Deletion, Edit, Rename, Replacement, WholeFile
from tasks.patch.languages import language_fits
from tasks.patch.paths import Tree, clean_path, is_plain
from tasks.patch.refusal import BlockRefused, RefusedBlock

MOST_GUESSED = 3  # blocks of a reply that get a did-you-mean: it compares with every path
MOST_COMPARED = 2000  # paths
MOST_NAMED = 6
_FEW = 5  # lines that files may share by chance

_NO_WORD = re.compile(r"\W+")


class Targets(NamedTuple):
    """Edits by the path of the file they change, and the blocks whose file cannot be told."""

    edits: Mapping[str, Sequence[Edit]]
    refused: Sequence[RefusedBlock]


def find_targets(edits: Sequence[Edit], files: Mapping[str, str], unseen: Collection[str] = ()) -> Targets:
    """Settle the path of every edit; blocks that are only samples (commands, output) fall away."""
    tree = Tree(files, unseen)
    grouped: dict[str, list[Edit]] = {}
    refused: list[RefusedBlock] = []
    renames = [edit for edit in edits if isinstance(edit, Rename)]
    moved = _moved_already(renames, tree)
    for edit in _without_samples(edits, files):
        try:
            named = replace(edit, path=moved.get(edit.path, edit.path)) if moved else edit
            settled = _settle(named, tree, files, guess=len(refused) < MOST_GUESSED)
        except BlockRefused as refusal:
            refused.append(RefusedBlock(edit.number, edit.path, refusal.reason))
        else:
            grouped.setdefault(settled.path, []).append(settled)
    if renames:
        refused += _collisions(grouped)
    return Targets(grouped, refused)


def _moved_already(renames: Sequence[Rename], tree: Tree) -> Mapping[str, str]:
    """Return the new path by the old one of files that have been renamed as the reply asks."""
    return {edit.path: edit.to for edit in renames if edit.path not in tree.paths and edit.to in tree.paths}


def _collisions(grouped: dict[str, list[Edit]]) -> list[RefusedBlock]:
    """Take out, and refuse, the edits of files that get the path of another one that the reply changes."""
    goals = [(path, edit.to) for path, edits in grouped.items() for edit in edits if isinstance(edit, Rename)]
    taken = Counter([*grouped, *(to for path, to in goals if to != path)])
    clashing = {path: to for path, to in goals if to != path and taken[to] > 1}
    return [
        RefusedBlock(edit.number, path, f"{to} is what another file of the reply is called as well")
        for path, to in clashing.items()
        for edit in grouped.pop(path)
    ]


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


def _settle(edit: Edit, tree: Tree, files: Mapping[str, str], *, guess: bool) -> Edit:
    """Return the edit with the path of the file that is meant."""
    if not edit.path:
        raise BlockRefused("no path says which file it is for; write the path on the line before")
    if isinstance(edit, WholeFile) and not language_fits(edit.language, edit.path):
        raise BlockRefused(f"a block marked {edit.language} is not the content of {edit.path}")
    path = edit.path if is_plain(edit.path) else tree.known_end(edit.path) or clean_path(edit.path)
    meant = tree.meant(path)
    if isinstance(edit, WholeFile) or (isinstance(edit, Replacement) and not any(map(str.strip, edit.old))):
        return _at(edit, _created(edit, path, meant, files, tree))
    if meant is None and not isinstance(edit, Deletion):
        tree.check_seen(path)
        raise BlockRefused(f"there is no file {path}" + (_other_files(path, files) if guess else ""))
    tree.check_seen(path)
    if isinstance(edit, Rename):
        return _renamed(edit, meant or path, tree)
    return _at(edit, meant or path)  # what is deleted may be gone already


def _at(edit: Edit, path: str) -> Edit:
    return edit if edit.path == path else replace(edit, path=path)


def _other_files(path: str, files: Mapping[str, str]) -> str:
    """Say which file may be meant by a path that none has: one that is spelt nearly so, or one of few."""
    close = get_close_matches(path, sorted(files)[:MOST_COMPARED], n=3)
    if close:
        return f"; did you mean {', '.join(close)}?"
    return f"; the files are {', '.join(sorted(files))}" if 0 < len(files) <= MOST_NAMED else ""


def _renamed(edit: Rename, path: str, tree: Tree) -> Rename:
    to = clean_path(edit.to)
    if to in tree.paths and to != path:
        raise BlockRefused(f"{to} exists already, so {path} cannot become it")
    if to != path:
        tree.check_new(to, instead_of=path)
    return replace(edit, path=path, to=to)


def _created(edit: Replacement | WholeFile, path: str, meant: str | None, files: Mapping[str, str], tree: Tree) -> str:
    if meant is not None:
        return meant if meant == path else _new_or_meant(edit, path, meant, files, tree)
    tree.check_new(path)
    return path


def _new_or_meant(edit: Replacement | WholeFile, path: str, meant: str, files: Mapping[str, str], tree: Tree) -> str:
    """Tell a new file from an existing one under an inexact path: only its own content resembles a file."""
    lines = edit.lines if isinstance(edit, WholeFile) else edit.new
    is_diffs = path[:2] in {"a/", "b/"} and path[2:] == meant and path[0] not in tree.folders
    if is_diffs or _resembles(lines, files[meant]):
        return meant
    if "/" in path and not _is_made_of(lines, files[meant]):
        tree.check_new(path)
        return path
    raise BlockRefused(f"is {path} new, or is {meant} meant? Give the full path")


def _resembles(lines: Sequence[str], content: str) -> bool:
    """Say whether half of a file's lines are there, whatever signs stand between their words."""
    old = content.split("\n")
    for key in (str.strip, partial(_NO_WORD.sub, "")):
        had = _texts(map(key, old))
        if len(had.intersection(map(key, lines))) * 2 >= len(had):
            return True
    return False


def _is_made_of(lines: Sequence[str], content: str) -> bool:
    """Say whether lines are mostly those of a file, which may have become much shorter."""
    new = _texts(map(str.strip, lines))
    shared = len(new.intersection(map(str.strip, content.split("\n"))))
    return shared >= _FEW and shared * 2 >= len(new)


def _texts(lines: Iterable[str]) -> set[str]:
    return set(filter(None, lines))
