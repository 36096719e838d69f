"""Stories of Begin Patch envelopes: the text of a reply in, its edits out."""

import pytest
from stories.readings import edits, only

from tasks.patch.edits import Deletion, Rename, Replacement
from tasks.patch.formats import read_reply
from tasks.patch.refusal import PatchRefused

BODY = "*** Update File: x.py\n@@\n a\n-b\n+c\n d\n"
CHANGE = (("a", "b", "d"), ("a", "c", "d"))


def indented(text: str) -> str:
    return "".join(f"  {line}" for line in text.splitlines(keepends=True))


@pytest.mark.parametrize(
    "reply",
    [
        f"*** Begin Patch\n{BODY}*** End Patch\n",
        f"*** Begin Patch\n{BODY}*** End Patch\nDone.\n- really\n",
        f"I will apply this:\n\n```\n*** Begin Patch\n{BODY}*** End Patch\n```\n\nDone.\n",
        f"```diff\n*** Begin Patch\n{BODY}```\n\nDone.\n",
        f"```\n{BODY}```\nDone.\n",
        "- Like this:\n\n" + indented(f"```\n*** Begin Patch\n{BODY}```\n"),
        f"*** Begin Patch\n{BODY}",
        f"*** Begin Patch\n{BODY}\n\n",
        f"*** Begin Patch\n{BODY}\nThat is all.\n",
        f"apply_patch <<'EOF'\n*** Begin Patch\n{BODY}*** End Patch\nEOF\n",
        f'```bash\napply_patch <<"PATCH"\n*** Begin Patch\n{BODY}PATCH\n```\n',
        f"```bash\ncd /repo\nset -e\n$ apply_patch << EOF\n*** Begin Patch\n{BODY}*** End Patch\nEOF\n```\n",
        BODY,
        BODY.replace("*** Update File: x.py", "***Update File: `x.py`"),
        BODY.replace("*** Update", "*** Modify"),
        f"*** Begin Patch ***\n{BODY}*** End Patch ***\n",
        BODY.replace("@@\n", ""),
    ],
)
def test_a_patch_may_come_in_many_wrappings(reply: str) -> None:
    assert only(reply) == Replacement(1, "x.py", *CHANGE, kept=((0, 0), (2, 2)), ordered=True)


def test_several_files_and_hunks_keep_their_order() -> None:
    reply = f"*** Begin Patch\n{BODY}@@\n-e\n+f\n\n*** Delete File: y.py\n*** Add File: z.py\n+g\n*** End Patch\n"
    assert [(edit.number, edit.path) for edit in edits(reply)] == [(1, "x.py"), (2, "x.py"), (3, "y.py"), (4, "z.py")]
    assert edits(reply)[2] == Deletion(3, "y.py")


@pytest.mark.parametrize(
    ("lines", "anchors"),
    [
        ("@@ def f():", ("def f():",)),
        ("@@ class A:\n@@     def f():", ("class A:", "def f():")),
        ("@@", ()),
        ("@@ -3,3 +3,3 @@", ()),
    ],
)
def test_what_stands_above_a_hunk_anchors_it(lines: str, anchors: tuple[str, ...]) -> None:
    edit = only(f"*** Begin Patch\n{BODY.replace('@@', lines)}*** End Patch\n")
    assert (edit.anchors, edit.old, edit.new) == (anchors, *CHANGE)


def test_numbers_are_read_as_those_of_a_diff() -> None:
    assert only(BODY.replace("@@", "@@ -3,3 +3,3 @@")).first == 3


def test_an_empty_line_is_empty_context() -> None:
    assert only("*** Update File: x.py\n@@\n a\n\n-b\n+c\n*** End Patch\n").old == ("a", "", "b")


def test_the_end_of_the_file_is_told() -> None:
    assert only(f"*** Begin Patch\n{BODY}*** End of File\n*** End Patch\n").at_end
    assert not only(f"*** Begin Patch\n{BODY}*** End Patch\n").at_end


def test_a_moved_file_is_changed_under_its_old_name() -> None:
    moved = BODY.replace("@@", "*** Move to: y.py\n@@")
    rename, change = edits(f"*** Begin Patch\n{moved}*** End Patch\n")
    assert rename == Rename(1, "x.py", "y.py")
    assert (change.number, change.path) == (2, "x.py")


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        ("+a\n+\n+  b\n", ("a", "", "  b")),
        ("+a\n\n+b\n\n", ("a", "", "b")),
        ("a\n\n  b\n", ("a", "", "  b")),
        ("++a\n+b\n", ("+a", "b")),
        ("", ()),
    ],
)
def test_an_added_file_has_nothing_old(body: str, lines: tuple[str, ...]) -> None:
    edit = only(f"*** Begin Patch\n*** Add File: new.py\n{body}*** End Patch\n")
    assert (edit.path, edit.old, edit.new) == ("new.py", (), lines)


@pytest.mark.parametrize(
    ("reply", "good"),
    [
        (f"```\n*** Begin Patch\n{BODY}", 0),
        (f"```\n*** Begin Patch\n{BODY}@@\n e\n-f", 1),
        (f"```\n{BODY}\n", 0),
        (f"```\n{BODY}@@ def g():\n", 0),
        (f"```\n{BODY}*** Update File: y.p", 1),
        (f"```\n{BODY}*** Add File: y.py\n+def g():\n", 1),
        (f"```\n{BODY}*** Delete File: y", 1),
        (f"apply_patch <<EOF\n*** Begin Patch\n{BODY}", 0),
    ],
)
def test_what_the_end_of_the_reply_cuts_off_is_refused(reply: str, good: int) -> None:
    reading = read_reply(reply.split("\n"), {})
    assert [edit.number for edit in reading.edits] == [1][:good]
    assert [(block.number, "cut off" in block.reason) for block in reading.refused] == [(good + 1, True)]


def test_a_patch_that_ends_is_whole_though_its_fence_does_not() -> None:
    assert only(f"```\n*** Begin Patch\n{BODY}***End Patch").new == CHANGE[1]
    assert only(f"```\napply_patch <<EOF\n*** Begin Patch\n{BODY}EOF\n").new == CHANGE[1]


def test_markers_in_a_hunk_are_text() -> None:
    edit = only("*** Begin Patch\n*** Update File: x.py\n@@\n-*** End Patch\n+*** Update File: y.py\n*** End Patch\n")
    assert (edit.old, edit.new) == (("*** End Patch",), ("*** Update File: y.py",))


def test_a_patch_inside_a_file_of_another_language_is_text() -> None:
    reply = f"t.py\n```python\nimport x\nfirst = 1\nTEXT = '''\n*** Begin Patch\n{BODY}*** End Patch\n'''\n```\n"
    (edit,) = edits(reply)
    assert edit.path == "t.py"


def test_a_patch_inside_a_block_of_another_format_is_text() -> None:
    reply = f"t.py\n<<<<<<< SEARCH\n*** Begin Patch\n{BODY}=======\nx\n>>>>>>> REPLACE\n"
    (edit,) = edits(reply)
    assert (edit.path, edit.new) == ("t.py", ("x",)) if isinstance(edit, Replacement) else False


@pytest.mark.parametrize("reply", ["*** Begin Patch\n*** End Patch\n", "*** Note: nothing\n", "***bold***\n", "***\n"])
def test_a_patch_without_files_is_none(reply: str) -> None:
    with pytest.raises(PatchRefused):
        read_reply(reply.split("\n"), {})
