"""What a patch makes of one file of a working tree: to be counted, shown and written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from actions.file_diff import Version, file_diff, split_lines
from actions.worktree import Worktree
from actions.writing import Write
from tasks.patch.align import kept_lines
from tasks.patch.encoding import Encoding


@dataclass(frozen=True, slots=True)
class EditedFile:
    """A file before and after, as text and as bytes; `was` is its path before, and both are None where it is not.

    `content` are the new bytes, None for a file that is deleted.
    """

    path: str
    was: str
    before: str | None
    after: str | None
    content: bytes | None
    encoding: Encoding
    mode: int

    @property
    def is_renamed(self) -> bool:
        """Return whether the file gets another path."""
        return self.was != self.path

    @property
    def counts(self) -> tuple[int, int]:
        """Return how many lines come and how many go."""
        old, new = split_lines(self.before or ""), split_lines(self.after or "")
        kept = len(kept_lines(old, new))
        return len(new) - kept, len(old) - kept

    def diff(self) -> str:
        """Return the change as a diff of texts, for a reader."""
        return "".join(file_diff(self._version(self.was, self.before), self._version(self.path, self.after)))

    def diff_bytes(self) -> bytes:
        """Return the change as a diff that fits the file's bytes, for `git apply`."""
        old = None if self.before is None else self.encoding.encode(self.before, self.was)
        sides = (
            self._version(path, None if content is None else content.decode("utf-8", "surrogateescape"))
            for path, content in ((self.was, old), (self.path, self.content))
        )
        return "".join(file_diff(*sides)).encode("utf-8", "surrogateescape")

    def writes(self) -> Iterator[Write]:
        """Yield what is to be done on disk."""
        if self.is_renamed:
            yield Write(self.was, None)
            yield Write(self.path, self.content, like=self.was)
        else:
            yield Write(self.path, self.content)

    def _version(self, path: str, content: str | None) -> Version | None:
        return None if content is None else Version(path, content, self.mode)


def edited_files(
    contents: Mapping[str, str | None], renamed: Mapping[str, str], before: Worktree
) -> Iterator[EditedFile]:
    """Yield what becomes of each file, by its path.

    `contents` are new contents, None for a file that goes away; `renamed` are new paths by old ones, which `contents`
    holds as well. Raises UserError for a text that its file cannot hold.
    """
    # Where two files change places, or one takes another's, each is simply written anew.
    moves = {old: new for old, new in renamed.items() if contents[old] is None and new not in before}
    came_from = {new: old for old, new in moves.items()}
    for path, after in sorted(contents.items()):
        if path in moves:
            continue
        was = came_from.get(path, path)
        encoding = before.encoding(was)
        yield EditedFile(
            path=path,
            was=was,
            before=before.get(was),
            after=after,
            content=None if after is None else encoding.encode(after, path),
            encoding=encoding,
            mode=before.mode(was),
        )
