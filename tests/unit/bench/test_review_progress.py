"""What `make bench-review` shows of its long part: one line that counts on a terminal, few lines elsewhere."""

import io

from bench.review.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def told(out: io.StringIO, most: int, *done: int) -> str:
    progress = Progress("histories", most, out)
    for each in done:
        progress.tell(each)
    return out.getvalue()


def test_a_terminal_has_one_line_that_counts_and_ends() -> None:
    shown = told(Terminal(), 3, 0, 1, 1, 2, 3, 3)
    assert shown == "\rhistories: 1 of 3\rhistories: 2 of 3\rhistories: 3 of 3\n"


def test_elsewhere_every_20_have_a_line_and_so_has_the_last() -> None:
    shown = told(io.StringIO(), 47, 0, 1, 19, 20, 21, 39, 43, 46, 47, 47)
    assert shown.splitlines() == ["histories: 20 of 47", "histories: 43 of 47", "histories: 47 of 47"]
