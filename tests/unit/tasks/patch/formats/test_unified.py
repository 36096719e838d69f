"""Stories of unified diffs: the text of a reply in, its edits out."""

from collections.abc import Sequence

import pytest
from stories.readings import edits, only, refused

from tasks.patch.edits import Deletion, Rename, Replacement
from tasks.patch.formats import read_reply
from tasks.patch.refusal import PatchRefused

HUNK = "@@ -3,3 +3,3 @@\n a\n-b\n+c\n d\n"
CHANGE = (("a", "b", "d"), ("a", "c", "d"))


def nothing(reply: str, *paths: str) -> None:
    with pytest.raises(PatchRefused):
        read_reply(reply.split("\n"), dict.fromkeys(paths, ""))


def changes(reply: str, *paths: str) -> list[tuple[Sequence[str], Sequence[str]]]:
    return [(edit.old, edit.new) for edit in edits(reply, *paths) if isinstance(edit, Replacement)]


def test_a_hunk_becomes_an_edit_that_knows_what_it_keeps() -> None:
    assert only(f"```diff\n--- a/x.py\n+++ b/x.py\n{HUNK}```\n") == Replacement(
        1, "x.py", *CHANGE, kept=((0, 0), (2, 2)), first=3, ordered=True
    )


@pytest.mark.parametrize("fence", ["```diff\n{}```\n", "```\n{}```", "```patch\n{}```", "Well:\n\n{}", "~~~~\n{}~~~~"])
@pytest.mark.parametrize(
    "names",
    [
        "--- a/src/x.py\n+++ b/src/x.py\n",
        "--- src/x.py\n+++ src/x.py\n",
        "--- i/src/x.py\n+++ w/src/x.py\n",
        "--- a/src/x.py\t2024-05-01 10:00:00.000 +0200\n+++ b/src/x.py\t2024-05-01 10:00:01.000 +0200\n",
        "--- src/x.py 2024-05-01 10:00:00\n+++ src/x.py (working copy)\n",
        '--- "a/src/x.py"\n+++ "b/src/x.py"\n',
        "diff --git a/src/x.py b/src/x.py\nindex 1c2d3e4..5f6a7b8 100644\n--- a/src/x.py\n+++ b/src/x.py\n",
        (
            "Index: src/x.py\n===================================================================\n"
            "--- src/x.py\t(revision 7)\n+++ src/x.py\t(working copy)\n"
        ),
        "--- src/x.py.orig\n+++ src/x.py\n",
        "--- original\n+++ src/x.py\n",
        "+++ b/src/x.py\n",
        "--- a/src/x.py\n",
        "--- a/src/x.py\n+++ b/src/x.py\n\n",
    ],
)
def test_the_file_may_be_named_in_many_ways(fence: str, names: str) -> None:
    edit = only(fence.format(names + HUNK), "src/x.py", "src/y.py")
    assert (edit.path, edit.old, edit.new) == ("src/x.py", *CHANGE)


def test_a_quoted_path_may_hold_any_sign() -> None:
    assert only('--- "a/gr\\303\\274n \\"x\\".py"\n+++ "b/gr\\303\\274n \\"x\\".py"\n' + HUNK).path == 'grün "x".py'


def test_a_folder_of_one_letter_stays_where_the_file_is_known() -> None:
    assert only(f"--- a/x.py\n+++ a/x.py\n{HUNK}", "a/x.py").path == "a/x.py"


def test_two_files_under_one_header_are_refused() -> None:
    assert "two files" in refused(f"--- a/x.py\n+++ b/y.py\n{HUNK}", "x.py", "y.py").reason


@pytest.mark.parametrize("language", ["python", "py", "js"])
def test_a_diff_inside_a_file_of_another_language_is_text(language: str) -> None:
    reply = f"t.py\n```{language}\nfirst = 1\nsecond = 2\nDIFF = '''\n--- a/x.py\n+++ b/x.py\n{HUNK}'''\n```\n"
    (edit,) = edits(reply, "x.py")
    assert not isinstance(edit, Replacement)


def test_a_block_of_another_language_that_begins_with_a_diff_is_one() -> None:
    assert only(f"```python\n--- a/x.py\n+++ b/x.py\n{HUNK}```\n").path == "x.py"


def test_a_diff_for_a_shell_ends_where_its_text_ends() -> None:
    reply = f"```bash\ngit apply <<'EOF'\n--- a/x.py\n+++ b/x.py\n{HUNK}EOF\ngit status\n```\n"
    assert changes(reply) == [CHANGE]


def test_several_files_and_hunks_keep_their_order() -> None:
    second = "--- a/y.py\n+++ b/y.py\n" + HUNK + HUNK.replace("-3,3 +3,3", "-9,3 +9,3")
    found = edits(f"```diff\n--- a/x.py\n+++ b/x.py\n{HUNK}{second}```\n")
    assert [(edit.number, edit.path) for edit in found] == [(1, "x.py"), (2, "y.py"), (3, "y.py")]
    assert [edit.first for edit in found if isinstance(edit, Replacement)] == [3, 3, 9]


@pytest.mark.parametrize(
    "header",
    ["@@", "@@ ... @@", "@@ @@", "@@ -3 +3 @@", "@@ -3,1 +3,1 @@", "@@ -3,9 +3,9 @@", "@@ -3,2 +3,4 @@", "@@ -,"],
)
@pytest.mark.parametrize("behind", ["```\n", "\n```\n", "\n\n```\nMore words.\n"])
def test_counts_are_not_trusted(header: str, behind: str) -> None:
    hunk = HUNK.replace("@@ -3,3 +3,3 @@", header)
    assert changes(f"```diff\n--- a/x.py\n+++ b/x.py\n{hunk}{HUNK}{behind}") == [CHANGE, CHANGE]
    assert changes(f"```diff\n--- a/x.py\n+++ b/x.py\n{hunk}--- a/y.py\n+++ b/y.py\n{HUNK}{behind}") == [CHANGE, CHANGE]
    assert changes(f"```diff\n--- a/x.py\n+++ b/x.py\n{HUNK}{hunk}{behind}") == [CHANGE, CHANGE]


def test_a_count_too_high_by_one_does_not_reach_into_the_next_file() -> None:
    hunk = HUNK.replace("-3,3 +3,3", "-3,4 +3,4")
    found = edits(f"--- a/x.py\n+++ b/x.py\n{hunk}--- a/y.py\n+++ b/y.py\n{HUNK}")
    assert [edit.path for edit in found] == ["x.py", "y.py"]


def test_lines_that_look_like_names_are_content_while_the_counts_say_so() -> None:
    hunk = "@@ -1,3 +1,3 @@\n a\n--- old\n+++ new\n d\n"
    assert changes(f"--- a/x.sql\n+++ b/x.sql\n{hunk}") == [(("a", "-- old", "d"), ("a", "++ new", "d"))]


@pytest.mark.parametrize("words", ["Hope it helps.", "- I changed it\n+ nothing else", "1. Run it"])
def test_words_below_an_unfenced_diff_are_not_taken_in(words: str) -> None:
    assert changes(f"--- a/x.py\n+++ b/x.py\n{HUNK}\n{words}\n") == [CHANGE]


def test_words_right_below_an_unfenced_diff_end_it() -> None:
    assert changes(f"--- a/x.py\n+++ b/x.py\n{HUNK.replace('-3,3 +3,3', '...')}\nHope it helps.\n") == [CHANGE]


def test_the_signature_of_a_mail_is_not_taken_in() -> None:
    hunk = HUNK.replace("@@ -3,3 +3,3 @@", "@@")
    assert changes(f"--- a/x.py\n+++ b/x.py\n{hunk}-- \n2.39.5\n") == [CHANGE]


def test_an_empty_line_inside_a_hunk_is_empty_context() -> None:
    edit = only("```diff\n--- a/x.py\n+++ b/x.py\n@@ -1,3 +1,3 @@\n a\n\n-b\n+c\n```\n")
    assert (edit.old, edit.new, edit.kept) == (("a", "", "b"), ("a", "", "c"), ((0, 0), (1, 1)))


def test_counts_tell_whether_empty_lines_at_the_end_belong_to_the_hunk() -> None:
    body = " a\n-b\n+c\n\n"
    assert only(f"```diff\n--- a/x.py\n+++ b/x.py\n@@ -1,3 +1,3 @@\n{body}```\n").old == ("a", "b", "")
    assert only(f"```diff\n--- a/x.py\n+++ b/x.py\n@@\n{body}```\n").old == ("a", "b")


def test_a_line_without_a_tag_is_context_as_it_stands() -> None:
    edit = only("```diff\n--- a/x.go\n+++ b/x.go\n@@ -1,3 +1,3 @@\n\tif x {\n-\t\ty()\n+\t\tz()\n}\n```\n")
    assert edit.old == ("\tif x {", "\t\ty()", "}")


def test_left_out_context_stays_for_the_matcher() -> None:
    edit = only("--- a/x.py\n+++ b/x.py\n@@ ... @@\n a\n ...\n-b\n+c\n")
    assert (edit.old, edit.kept) == (("a", "...", "b"), ((0, 0), (1, 1)))


def test_the_note_about_the_final_newline_is_no_content() -> None:
    hunk = "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n"
    assert changes(f"--- a/x.py\n+++ b/x.py\n{hunk}") == [(("a",), ("b",))]


@pytest.mark.parametrize(
    ("header", "anchors"),
    [
        ("@@ -3,3 +3,3 @@ def f():", ("def f():",)),
        ("@@ ... @@ class A:", ("class A:",)),
        ("@@ def f():", ("def f():",)),
        ("@@ class A:\n@@ def f():", ("class A:", "def f():")),
        ("@@ ... @@", ()),
        ("@@ -3,3 +3,3 @@", ()),
    ],
)
def test_a_heading_stands_above_the_hunk(header: str, anchors: tuple[str, ...]) -> None:
    assert only(f"```diff\n--- a/x.py\n+++ b/x.py\n{header}\n a\n-b\n+c\n d\n```\n").anchors == anchors


def test_what_only_adds_says_where_by_its_number() -> None:
    edit = only("--- a/x.py\n+++ b/x.py\n@@ -7,0 +8,2 @@\n+b\n+c\n")
    assert (edit.old, edit.new, edit.first) == ((), ("b", "c"), 8)


def test_lines_with_tags_need_no_header_below_the_names() -> None:
    assert changes("```diff\n--- a/x.py\n+++ b/x.py\n a\n-b\n+c\n d\n```\n") == [CHANGE]


@pytest.mark.parametrize(
    "reply",
    [
        "`x.py`:\n```diff\n{}```\n",
        "**x.py**\n\n```diff\n{}```\n",
        "```diff x.py\n{}```\n",
        "```diff title=x.py\n{}```\n",
    ],
)
@pytest.mark.parametrize("body", [HUNK, "@@\n a\n-b\n+c\n d\n", " a\n-b\n+c\n d\n"])
def test_hunks_without_names_take_the_path_beside_them(reply: str, body: str) -> None:
    edit = only(reply.format(body), "x.py", "y.py")
    assert (edit.path, edit.old, edit.new) == ("x.py", *CHANGE)


def test_hunks_without_names_are_for_the_only_file() -> None:
    assert only(f"```diff\n{HUNK}```\n", "x.py").path == "x.py"
    assert not only(f"```diff\n{HUNK}```\n", "x.py", "y.py").path


def test_a_fence_of_code_without_tags_is_no_diff() -> None:
    (edit,) = edits("x.py\n```diff\nprint(1)\n```\n", "x.py")
    assert not isinstance(edit, Replacement)


@pytest.mark.parametrize(
    "names",
    [
        "--- /dev/null\n+++ b/new.py\n",
        "diff --git a/new.py b/new.py\nnew file mode 100644\nindex 0000000..1c2d3e4\n--- /dev/null\n+++ b/new.py\n",
    ],
)
def test_a_new_file_has_nothing_old(names: str) -> None:
    edit = only(f"```diff\n{names}@@ -0,0 +1,2 @@\n+a\n+\n+b\n```\n")
    assert (edit.path, edit.old, edit.new, edit.first) == ("new.py", (), ("a", "", "b"), 0)


def test_an_empty_new_file_has_no_hunk() -> None:
    edit = only("diff --git a/p/__init__.py b/p/__init__.py\nnew file mode 100644\nindex 0000000..e69de29\n")
    assert (edit.path, edit.old, edit.new) == ("p/__init__.py", (), ())


@pytest.mark.parametrize(
    "reply",
    [
        "--- a/x.py\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-a\n-b\n",
        "diff --git a/x.py b/x.py\ndeleted file mode 100644\nindex 1c2d3e4..0000000\n",
    ],
)
def test_a_file_is_taken_away(reply: str) -> None:
    (edit,) = edits(reply, "x.py")
    assert isinstance(edit, Deletion)
    assert (edit.path, edit.lines) == ("x.py", ("a", "b") if "-a" in reply else ())


def test_a_renamed_file_is_changed_under_its_old_name() -> None:
    head = "diff --git a/x.py b/y.py\nsimilarity index 90%\nrename from x.py\nrename to y.py\n"
    assert edits(head) == (Rename(1, "x.py", "y.py"),)
    rename, change = edits(f"{head}--- a/x.py\n+++ b/y.py\n{HUNK}")
    assert rename == Rename(1, "x.py", "y.py")
    assert (change.number, change.path) == (2, "x.py")


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("diff --git a/x.png b/x.png\nindex 1..2 100644\nBinary files a/x.png and b/x.png differ\n", "binary"),
        ("diff --git a/x b/y\nsimilarity index 100%\ncopy from x\ncopy to y\n", "copy"),
        ("diff --git a/x b/x\nold mode 100644\nnew mode 100755\n", "none of its lines"),
        ("--- a/x.py\n+++ b/x.py\n@@@ -1,2 -1,2 +1,3 @@@\n  a\n +b\n++c\n", "merge"),
    ],
)
def test_what_a_reply_cannot_ask_for_is_refused(reply: str, reason: str) -> None:
    assert reason in refused(reply, "x.py").reason


def test_a_hunk_that_is_cut_off_is_refused() -> None:
    cut = "```diff\n--- a/x.py\n+++ b/x.py\n@@ -3,3 +3,3 @@\n a\n-b\n"
    assert "cut off" in refused(cut).reason
    assert changes(cut + "```\n") == [(("a", "b"), ("a",))]
    assert changes(f"```diff\n--- a/x.py\n+++ b/x.py\n{HUNK}") == [CHANGE]
    assert changes(cut.removeprefix("```diff\n")) == [(("a", "b"), ("a",))]


@pytest.mark.parametrize(
    "prose",
    [
        "--- Changes ---\n- one\n- two\n",
        "I like dashes.\n---\n- one\n+ two\n",
        "Index: nothing\n",
        "@@\n",
        "+++ done\n",
        "diff --git is a command.\n",
    ],
)
def test_words_are_no_diff(prose: str) -> None:
    nothing(prose, "x.py")
