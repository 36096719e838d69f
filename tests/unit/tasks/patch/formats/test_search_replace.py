"""Stories of SEARCH/REPLACE blocks: the text of a reply in, its edits out."""

import pytest
from stories.readings import edits, only, refused

from tasks.patch.edits import Replacement
from tasks.patch.formats import read_reply
from tasks.patch.refusal import PatchRefused

BLOCK = "<<<<<<< SEARCH\n    a\n=======\n    b\n>>>>>>> REPLACE\n"


@pytest.mark.parametrize(
    ("head", "tail"),
    [
        ("<<<<<<< SEARCH", ">>>>>>> REPLACE"),
        ("<<<<< search", ">>>>> replace"),
        ("<<<<<<<<<<<< ORIGINAL", ">>>>>>>>>>>> UPDATED"),
        ("<<<<<<< OLD  ", ">>>>>>> NEW  "),
        ("<<<<<<< BEFORE:", ">>>>>>> AFTER:"),
        ("<<<<<<<HEAD", ">>>>>>>END"),
        ("------- SEARCH", "+++++++ REPLACE"),
        ("------- SEARCH>", "+++++++ REPLACE"),
        ("<<<<<<< SEARCH", ">>>>>>> REPLACE```"),
        ("<<<<<<< SEARCH", "```>>>>>>> REPLACE"),
        ("<<<<<<< SEARCH x.py", ">>>>>>> REPLACE"),
        ("<<<<<<< SEARCH `x.py`", ">>>>>>> REPLACE"),
        ("&lt;&lt;&lt;&lt;&lt;&lt;&lt; SEARCH", "&gt;&gt;&gt;&gt;&gt;&gt;&gt; REPLACE"),
    ],
)
def test_the_markers_may_be_written_in_many_ways(head: str, tail: str) -> None:
    reply = BLOCK.replace("<<<<<<< SEARCH", head).replace(">>>>>>> REPLACE", tail)
    assert only(f"x.py\n```python\n{reply}```\n") == Replacement(1, "x.py", ("    a",), ("    b",))


@pytest.mark.parametrize("line", ["<<<< SEARCH", "<<<<<<< SEARCHING", "<<<<<<< SEARCH for it", "--- SEARCH"])
def test_other_lines_are_no_markers(line: str) -> None:
    with pytest.raises(PatchRefused):
        read_reply(BLOCK.replace("<<<<<<< SEARCH", line).split("\n"), {"x.py": ""})


def test_an_escaped_block_is_unescaped_whole() -> None:
    reply = "x.py\n&lt;&lt;&lt;&lt;&lt; SEARCH\na &lt; b &amp;&amp; c\n=====\na &gt; b\n&gt;&gt;&gt;&gt;&gt; REPLACE\n"
    edit = only(reply)
    assert (edit.old, edit.new) == (("a < b && c",), ("a > b",))


def test_entities_in_a_block_with_plain_markers_stay() -> None:
    assert only("x.py\n" + BLOCK.replace("    a", "&lt;")).old == ("&lt;",)


@pytest.mark.parametrize("told", [":start_line:12\n-------\n", ":start_line: 12\n:end_line:14\n-------\n"])
def test_a_told_line_is_where_the_block_begins(told: str) -> None:
    edit = only(f"x.py\n{BLOCK.replace('    a', told + '    a')}")
    assert (edit.old, edit.first) == (("    a",), 12)


def test_dashes_without_a_told_line_are_text() -> None:
    assert only(f"x.rst\n{BLOCK.replace('    a', '-------')}").old == ("-------",)


def test_several_blocks_may_share_a_fence_and_its_path() -> None:
    found = edits(f"x.py\n```\n{BLOCK}{BLOCK}\n{BLOCK}```\n\ny.py\n```\n{BLOCK}```\n", "x.py", "y.py")
    assert [(edit.number, edit.path) for edit in found] == [(1, "x.py"), (2, "x.py"), (3, "x.py"), (4, "y.py")]


@pytest.mark.parametrize("tag", ["source", "code", "pre", "codeblock", "sourcecode"])
def test_a_tag_may_stand_in_place_of_a_fence(tag: str) -> None:
    assert only(f"x.py\n<{tag}>python\n{BLOCK}</{tag}>\n", "x.py", "y.py").path == "x.py"


def test_a_tag_may_name_the_file() -> None:
    assert only(f'<file path="x.py">\n{BLOCK}</file>\n', "x.py", "y.py").path == "x.py"
    assert only(f'<file path="x.py">\n```\n{BLOCK}```\n</file>\n', "x.py", "y.py").path == "x.py"


def test_a_block_in_a_list_item_is_moved_out() -> None:
    moved = "".join(f"     {line}\n" for line in BLOCK.splitlines())
    assert only(f"1.  In x.py:\n\n     `x.py`\n     ```python\n{moved}     ```\n").old == ("    a",)


def test_a_merge_conflict_with_three_parts_is_refused() -> None:
    assert "three parts" in refused("x.py\n<<<<<<< HEAD\na\n||||||| 1c2d3e4\nb\n=======\nc\n>>>>>>> END\n").reason


def test_a_divider_too_many_before_the_last_marker_falls_away() -> None:
    assert only("x.py\n" + BLOCK.replace(">>>>", "=======\n>>>>")).new == ("    b",)


@pytest.mark.parametrize("new", ["Title\n=======\n", "=======\n"])
def test_a_divider_that_may_be_text_is_refused(new: str) -> None:
    assert "one sign more" in refused(f"x.rst\n<<<<<<< SEARCH\nTitle\n=======\n{new}>>>>>>> REPLACE\n").reason


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("<<<<<<< SEARCH\na\n=======\nb\n", "cut off"),
        ("<<<<<<< SEARCH\na\n>>>>>>> REPLACE\n", "no ======="),
    ],
)
def test_a_broken_block_is_refused_and_the_next_one_read(reply: str, reason: str) -> None:
    reading = read_reply(f"x.py\n{reply}{BLOCK}".split("\n"), {"x.py": ""})
    assert [(block.number, reason in block.reason) for block in reading.refused] == [(1, True)]
    assert [edit.number for edit in reading.edits] == [2]


def test_other_formats_inside_a_block_are_text() -> None:
    inside = "```diff\n--- a/y.py\n+++ b/y.py\n@@ -1 +1 @@\n-a\n+b\n```\n*** Begin Patch"
    assert only("x.py\n" + BLOCK.replace("    b", inside)).new == tuple(inside.split("\n"))
