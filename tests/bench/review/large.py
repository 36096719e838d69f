"""What reading a pull request of 300 files and 20,000 lines costs us beside the model: seconds and memory.

Run as `PYTHONPATH=tests:. python -m bench.review.large`; prints one line and exits 1 past 2 seconds, 500 MB, or with a
file unnamed. The model is a server in a process of its own that answers at once; our seconds are those of our own
processor time.
"""

import argparse
import json
import multiprocessing
import resource
import sys
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection

from fakes.model_server import Body, Says, model_server

from bot.diff import parse_diff
from tasks.model import ModelClient
from tasks.review.reader import Material, Options, read
from tasks.review.tally import Reading

MOST_SECONDS, MOST_MEGABYTES = 2.0, 500
AROUND, HUNK = 3, 12  # lines of context and of a hunk
CONTEXT = 32_768
SOURCE = "    total_{1} += weight({0}) * {1}"


def source(number: int, lines: int) -> list[str]:
    """Return the lines of a file; each differs from all others."""
    return [SOURCE.format(line, number) for line in range(1, lines + 1)]


def diff_of(path: str, after: list[str], added: int) -> str:
    """Return git's diff of a file that got `added` of its lines in several hunks."""
    text = f"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n"
    shift, at = 0, 20
    while added > 0:
        here = min(HUNK, added)
        before, new = after[at - 1 - AROUND : at - 1], after[at - 1 : at - 1 + here]
        behind = after[at - 1 + here : at - 1 + here + AROUND]
        old_at, context = at - AROUND - shift, len(before) + len(behind)
        text += f"@@ -{old_at},{context} +{at - AROUND},{context + here} @@ def work():\n"
        rows = [*(f" {row}" for row in before), *(f"+{row}" for row in new), *(f" {row}" for row in behind)]
        text += "\n".join(rows) + "\n"
        shift, at, added = shift + here, at + here + 40, added - here
    return text


def change(files: int, lines: int) -> Iterator[tuple[str, list[str], str]]:
    """Yield (path, lines of the new file, diff) of a large pull request."""
    for number in range(files):
        added = lines // files + (number < lines % files)
        after = source(number, 40 + 6 * added)
        path = f"package_{number % 20}/module_{number}.py"
        yield path, after, diff_of(path, after, added)


def answer(body: Body) -> Says:
    """Answer as a reviewer who finds something in the first file that is shown."""
    shown = body["messages"][1]["content"]
    if "# The findings" in shown:
        judged = [{"id": 1, "reason": "It stands.", "refuted": False, "confidence": 0.9}]
        return Says(json.dumps({"verdicts": judged}))
    path = shown.split("=== ", 1)[1].split("\n", 1)[0]
    item = {"path": path, "line": 20, "last_line": 20, "quote": "x", "body": "b", "title": "t", "category": "bug"}
    item |= {"severity": "minor", "suggestion": None, "confidence": 0.7}
    return Says(json.dumps({"summary": "s", "findings": [item]}))


def serve(pipe: Connection) -> None:
    """Be the model server until told to end."""
    with model_server(answer, dialect="vllm", context=CONTEXT) as server:
        pipe.send(server.url)
        pipe.recv()


def measure(files: int, lines: int, calls: int) -> tuple[Reading, float, float]:
    """Return the reading, our own seconds and our peak of memory in MB."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    server = context.Process(target=serve, args=(theirs,))
    server.start()
    try:
        url = ours.recv()
        made = list(change(files, lines))
        diff, heads = "".join(text for _, _, text in made), {path: "\n".join(after) for path, after, _ in made}
        started = time.process_time()
        reading = read(Material(parse_diff(diff), head=heads.get), ModelClient(url), Options(most_calls=calls))
        seconds = time.process_time() - started
    finally:
        ours.send("end")
        server.join()
    return reading, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def main() -> int:
    """Print the line; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=300)
    parser.add_argument("--lines", type=int, default=20_000)
    parser.add_argument("--calls", type=int, default=40)
    given = parser.parse_args()
    started = time.monotonic()
    reading, seconds, megabytes = measure(given.files, given.lines, given.calls)
    print(
        f"{len(reading.covered)} of {given.files} files covered, {len(reading.skipped)} named as not, "
        f"{reading.spent.calls} calls, {reading.spent.tokens_in} tokens read: {seconds:.2f} s of our own, "
        f"{megabytes:.0f} MB at most, {time.monotonic() - started:.0f} s in all"
    )
    is_whole = len(reading.covered) + len(reading.skipped) == given.files
    return 0 if is_whole and seconds < MOST_SECONDS and megabytes < MOST_MEGABYTES else 1


if __name__ == "__main__":
    sys.exit(main())
