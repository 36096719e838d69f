"""Finds the places of a checkout that a text speaks of: BM25 over functions, and paths that the text names."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tasks.context.chunks import cut
from tasks.context.tree import is_written_by_people, read_bytes, walk_files
from tasks.context.words import words_of

# Okapi's usual constants; the shares of a file's best three chunks are measured, not derived.
SATURATION, LENGTH_WEIGHT = 1.2, 0.75
FILE_SHARES = (1.0, 0.5, 0.25)
FILE_WEIGHT = 0.5  # how much of its file's score counts for a place; more of it hides good functions
LONGEST_QUERY = 100_000  # characters; a pasted log beyond that says nothing new

_NAMED_PATH = re.compile(r"[\w.\-/\\@]{1,300}")


@dataclass(frozen=True, slots=True)
class Place:
    """Lines of a file (from 1, both ends included); `symbol` is empty outside any definition."""

    path: str
    symbol: str
    start_line: int
    end_line: int
    score: float = 0.0


class Index:
    """A lexical index of the places of one checkout, held in memory. The order of every answer is fixed."""

    def __init__(self, sources: Iterable[tuple[str, str]]) -> None:
        """Index (path, text) pairs."""
        self._places: list[Place] = []
        self._sizes: list[int] = []
        self._postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._first: dict[str, int] = {}
        for path, text in sources:
            self._add(path, text)
        self._average = sum(self._sizes) / len(self._sizes) if self._sizes else 1.0

    @classmethod
    def build(cls, root: Path, opens: Callable[[str], bool] = lambda _path: True) -> "Index":
        """Index the text files below `root`: nothing vendored, generated, binary or larger than 512 KiB, no links.

        Of those only the paths that it `opens`.
        Bytes that are not UTF-8 are read as replacement characters. Raises OSError when `root` cannot be read.
        """
        found = (
            (path, read_bytes(root / path))
            for path in walk_files(root, vendored=False)
            if is_written_by_people(path) and opens(path)
        )
        return cls((path, content.decode(errors="replace")) for path, content in found if content is not None)

    @property
    def paths(self) -> list[str]:
        """The indexed paths."""
        return list(self._first)

    def rank(self, query: str, limit: int = 10) -> list[Place]:
        """Return the places that fit `query` best, best first; files that it names come before all others.

        A place counts for itself and for its file. A named file without any fitting place is there by its first.
        """
        query = query[:LONGEST_QUERY]
        scores = self._chunk_scores(query)
        files = self._file_scores(scores)
        named = {path: number for number, path in enumerate(self.named(query))}
        scores = {**{self._first[path]: 0.0 for path in named}, **scores}

        def rank_of(number: int) -> tuple[int, float, int]:
            path = self._places[number].path
            total = scores[number] + FILE_WEIGHT * files.get(path, 0.0)
            return named.get(path, len(named)), -total, number

        order = sorted(scores, key=rank_of)
        return [self._scored(number, scores[number]) for number in order[:limit]]

    def rank_files(self, query: str, limit: int = 10) -> list[Place]:
        """Return the files that fit `query` best, best first, each as its best place with the file's score."""
        query = query[:LONGEST_QUERY]
        scores = self._chunk_scores(query)
        files = self._file_scores(scores)
        best: dict[str, int] = {}
        for number in sorted(scores, key=lambda number: (-scores[number], number)):
            best.setdefault(self._places[number].path, number)
        named = self.named(query)
        rest = sorted(files.keys() - set(named), key=lambda path: (-files[path], path))
        return [
            self._scored(best.get(path, self._first[path]), files.get(path, 0.0)) for path in [*named, *rest][:limit]
        ]

    def files(self, query: str, limit: int = 10) -> list[str]:
        """Return the paths of the files that fit `query` best, best first."""
        return [place.path for place in self.rank_files(query, limit)]

    def named(self, query: str) -> list[str]:
        """Return the files whose path, or an unmistakable end of it, stands in the text, in the order of the text."""
        tails: dict[str, list[str]] = defaultdict(list)
        for path in self._first:
            tails[PurePosixPath(path).name].append(path)
        found: dict[str, None] = {}
        for word in _NAMED_PATH.findall(query[:LONGEST_QUERY]):
            for path in _meant(word.replace("\\", "/").strip("./"), self._first, tails):
                found.setdefault(path)
        return list(found)

    def _add(self, path: str, text: str) -> None:
        lines = text.split("\n")
        extra = words_of(path)
        for chunk in cut(path, text):
            words = Counter(words_of("\n".join(lines[chunk.start - 1 : chunk.stop])))
            if not words:
                continue
            words.update(extra)
            number = len(self._places)
            self._first.setdefault(path, number)
            self._places.append(Place(path, chunk.symbol, chunk.start, chunk.stop))
            self._sizes.append(words.total())
            for word, count in words.items():
                self._postings[word].append((number, count))

    def _chunk_scores(self, query: str) -> dict[int, float]:
        scores: dict[int, float] = defaultdict(float)
        total = len(self._places)
        for word in dict.fromkeys(words_of(query)):
            postings = self._postings.get(word, ())
            rarity = math.log(1 + (total - len(postings) + 0.5) / (len(postings) + 0.5))
            for number, count in postings:
                size = 1 - LENGTH_WEIGHT + LENGTH_WEIGHT * self._sizes[number] / self._average
                scores[number] += rarity * count * (SATURATION + 1) / (count + SATURATION * size)
        return scores

    def _file_scores(self, scores: Mapping[int, float]) -> dict[str, float]:
        by_file: dict[str, list[float]] = defaultdict(list)
        for number, score in scores.items():
            by_file[self._places[number].path].append(score)
        return {
            path: sum(share * score for share, score in zip(FILE_SHARES, sorted(found, reverse=True), strict=False))
            for path, found in by_file.items()
        }

    def _scored(self, number: int, score: float) -> Place:
        place = self._places[number]
        return Place(place.path, place.symbol, place.start_line, place.end_line, round(score, 4))


def _meant(word: str, paths: Mapping[str, int], tails: Mapping[str, list[str]]) -> list[str]:
    """Return the files that a word of the text means: a path, the end of one, or a dotted module; few or none."""
    if "." not in word and "/" not in word:
        return []
    if word in paths:
        return [word]
    parts = word.split("/")
    for start in range(1, len(parts)):
        shorter = "/".join(parts[start:])
        if shorter in paths and len(parts) - start > 1:
            return [shorter]
    longer = [path for path in tails.get(parts[-1], ()) if path == word or path.endswith("/" + word)]
    if longer:
        return longer if len(longer) == 1 else []
    module = word.replace(".", "/") if len(parts) == 1 else ""
    return [path for path in (f"{module}.py", f"{module}/__init__.py") if module and path in paths]
