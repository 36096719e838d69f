"""Random histories of pull requests on both forges, with the real ledger and worker: what a reviewer must never do."""

import concurrent.futures
import multiprocessing
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from bench.review.progress import Progress
from bench.review.row import Row, all_of, nothing, told
from stories.review_play import FORGES, Play, Suggestions, stage
from stories.review_watch import Count

APART = 10_000  # between the seeds of the forges
SHOWN = 20  # complaints of a forge
WORDS = {
    "repeated": "told twice while open or dismissed",
    "lost": "defects never told",
    "misplaced": "remarks beside the lines that they are about",
    "approved": "approvals, and green checks beside a review that failed",
    "refused": "calls that the forge refused",
    "unsettled": "mended, and not settled",
    "wrongly_settled": "settled, and not mended",
    "touched": "conversations of people that were touched",
    "noisy": "pushes with more than one review",
    "crashed": "jobs that did not come to their end",
}
Counted = tuple[Count, Suggestions]


def measure(histories: int, seed: int, parts: Collection[str]) -> list[Row]:
    """Play `histories`, half of them on each forge, which have a process each; return the rows of these parts."""
    context = multiprocessing.get_context("spawn")
    with context.Manager() as shared, concurrent.futures.ProcessPoolExecutor(len(FORGES), mp_context=context) as pool:
        played = shared.Queue()
        going = {
            dialect: pool.submit(play, dialect, (histories + at) // len(FORGES), seed + at * APART, played.put)
            for at, dialect in enumerate(FORGES)
        }
        _watch([*going.values()], Progress("histories", histories), played.qsize)
        counted = {dialect: future.result() for dialect, future in going.items()}
    rows = []
    for dialect, (count, suggestions) in counted.items():
        print(*[*count.complaints, *suggestions.wrong][:SHOWN], sep="\n", end="", file=sys.stderr)
        rows += _of_histories(dialect, count) if "histories" in parts else []
        rows += _of_suggestions(dialect, suggestions) if "suggestions" in parts else []
    return rows


def _watch(going: Sequence[concurrent.futures.Future[Counted]], progress: Progress, played: Callable[[], int]) -> None:
    """Show how many are played until all are, or a process fails."""
    while concurrent.futures.wait(going, timeout=1.0, return_when=concurrent.futures.FIRST_EXCEPTION).not_done:
        if any(each.done() and each.exception() for each in going):
            return
        progress.tell(played())
    progress.tell(played())


def play(dialect: str, histories: int, seed: int, tell: Callable[[int], object]) -> Counted:
    """Play histories on one forge, each with a seed of its own, which is told when its history ends."""
    count, suggestions = Count(), Suggestions()
    with tempfile.TemporaryDirectory() as folder, stage(Path(folder)) as made:
        for number in range(histories):
            Play(made, dialect, seed + number, count, suggestions).play()
            tell(seed + number)
    return count, suggestions


def _of_histories(dialect: str, count: Count) -> Iterator[Row]:
    yield told(
        "histories",
        f"{dialect}: played",
        f"{count.histories}: {count.reviews} reviews, {count.failed} of them failed, {count.remarks} remarks, "
        f"{count.fixed} settled, {count.dismissed} dismissed",
    )
    for name in Count.MUST_BE_0:
        yield nothing("histories", f"{dialect}: {WORDS[name]}", getattr(count, name))


def _of_suggestions(dialect: str, found: Suggestions) -> Iterator[Row]:
    right = found.posted - len(found.wrong)
    yield all_of("suggestions", f"{dialect}: a click makes what was meant, and it parses", right, found.posted)
    yield told("suggestions", f"{dialect}: shown as text instead", found.demoted)
