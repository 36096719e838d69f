"""Whatever stands in a reply, it is read or refused, and soon."""

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tasks.patch.edits import Edit, Reading
from tasks.patch.formats import read_reply
from tasks.patch.formats.reading import MOST_BLOCKS
from tasks.patch.refusal import PatchRefused

FILES = {"x.py": "a\n\nb\n", "docs/README.md": "# Kit\n\n```\nkit\n```\n"}
LINES = [
    *("```", "```diff", "```python x.py", "~~~~", "   ```", "x.py", "docs/README.md", "<source>", "</source>"),
    *("<<<<<<< SEARCH", "=======", ">>>>>>> REPLACE", "------- SEARCH", "&lt;&lt;&lt;&lt;&lt; SEARCH", "||||||| x"),
    *("--- a/x.py", "+++ b/x.py", "+++ /dev/null", "@@ -1,3 +1,2 @@", "@@ ... @@", "@@", "diff --git a/x.py b/y.py"),
    *("new file mode 100644", "rename from x.py", "rename to y.py", "Binary files a and b differ", "Index: x.py"),
    *(
        "*** Begin Patch",
        "*** Update File: x.py",
        "*** Add File: z",
        "*** Move to: y.py",
        "*** End Patch",
        "<<EOF",
        "EOF",
    ),
    *(
        "",
        " ",
        "-a",
        "+b",
        " c",
        "\tc",
        "words",
        "\\ No newline at end of file",
        "-- ",
        "2.4",
        ":start_line:3",
        "-------",
    ),
]
MOST_SECONDS = 2  # of the processor's time; most take a tenth, and what grows with the square takes more


def read(reply: str) -> Reading | None:
    try:
        return read_reply(reply.split("\n"), FILES)
    except PatchRefused:
        return None


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(LINES) | st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=20)))
@example(["--- ", "+++ ", "@@ -0,0 +0,0 @@"])
@example(["@@ -999999999999 +1 @@", "-a"])
def test_any_text_is_read_or_refused(lines: list[str]) -> None:
    reading = read("\n".join(lines))
    if reading is not None:
        blocks: list[Edit] = list(reading.edits)
        numbers = sorted([edit.number for edit in blocks] + [block.number for block in reading.refused])
        assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("block", ["x.py\n```\na\n```\n", "<<<<<<< SEARCH\n"])
def test_a_runaway_is_not_read_to_its_end(block: str) -> None:
    reading = read(block * MOST_BLOCKS)
    assert reading is not None
    assert len(reading.edits) + len(reading.refused) == MOST_BLOCKS
    with pytest.raises(PatchRefused, match="more than 300 blocks"):
        read_reply((block * (MOST_BLOCKS + 1)).split("\n"), FILES)


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize(
    "before", ["", "```diff\n", "docs/README.md\n```\n", "<<<<<<< SEARCH\n", "*** Update File: x.py\n"]
)
def test_many_lines_take_their_time_and_no_more(before: str, line: str) -> None:
    start = time.process_time()
    read(f"{before}\n" + f"{line}\n" * 20_000)
    assert time.process_time() - start < MOST_SECONDS


@pytest.mark.parametrize(
    "lines",
    [
        "*** Delete File: x.py\nwords\n",
        "```\n*** Update File: x.py\n@@\n-a\n+b\n```\n",
        "--- a/x\n+++ b/x\n@@ -1,9999999 +1,9999999 @@\n-a\n+b\n",
        "<<EOF\n*** Update File: x.py\nEOFs\n",
        "docs/README.md\n```\na\n```\n",
        "```python\n\n\n@@\n",
        "@@ -1,99 +1,99 @@\n\n\n",
        "<<<<<<< SEARCH\n=======\n",
    ],
)
def test_many_blocks_take_their_time_and_no_more(lines: str) -> None:
    start = time.process_time()
    read(lines * 20_000)
    assert time.process_time() - start < MOST_SECONDS


@pytest.mark.parametrize("line", [*LINES, "`a`", '"', "\\", "(", "<file "])
def test_a_line_of_a_million_signs_takes_no_more(line: str) -> None:
    start = time.process_time()
    read((line or " ") * (1_000_000 // max(1, len(line))))
    read(f"{line or ' '}{'x ' * 500_000}")
    assert time.process_time() - start < MOST_SECONDS
