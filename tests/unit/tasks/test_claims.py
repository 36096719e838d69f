"""Lines that an answer names, held against those that were read."""

import pytest

from tasks.commands.reading.claims import made_up

READ = {"src/kit.py": [(1, 9), (20, 20)], "go.mod": [], "Makefile.in": [(1, 2)]}


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("see `src/kit.py:9` and (kit.py:20).", []),
        ("`src/kit.py:10`, `src/kit.py:10` and kit.py:19", ["src/kit.py:10", "kit.py:19"]),
        ("`it.py:1` and other/kit.py:1", ["it.py:1", "other/kit.py:1"]),
        ("removed lines have no number: go.mod:3", ["go.mod:3"]),
        ("Makefile.in:2, Makefile.in:3", ["Makefile.in:3"]),
        ("http://kit.py:80/ and host.example:443, 3.14:2, a:1, ../kit.py:99", []),
    ],
)
def test_only_lines_that_were_read_are_believed(answer: str, found: list[str]) -> None:
    assert made_up(answer, READ) == found
