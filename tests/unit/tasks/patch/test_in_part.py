"""All of a reply or nothing; what would stand is told, and may be taken alone where that is asked for."""

import pytest
from stories.patches import PATH, block, diff, refused, whole

from tasks.patch import PatchRefused, make_patch

FILES = {"a.py": "one = 1\ntwo = 2\n", "b.py": "three = 3\n"}
GOOD = block("one = 1", "one = 10")
BAD = block("nine = 9", "nine = 90")
ELSEWHERE = block("three = 3", "three = 30", "b.py")


def test_one_bad_block_holds_back_all_others() -> None:
    refusal = refused(GOOD + BAD + ELSEWHERE, FILES)
    assert [(each.number, each.path) for each in refusal.refused] == [(2, "a.py")]
    assert refusal.good == (1, 3)
    assert refusal.standing == {"a.py": "one = 10\ntwo = 2\n", "b.py": "three = 30\n"}
    assert str(refusal) == "block 2 (a.py): the lines to replace are not in the file"


def test_the_rest_may_be_applied_to_what_stands() -> None:
    standing = refused(GOOD + BAD, FILES).standing
    files = {**FILES, **{path: text for path, text in standing.items() if text is not None}}
    assert make_patch(block("two = 2", "two = 20"), files).contents == {"a.py": "one = 10\ntwo = 20\n"}


def test_a_part_is_taken_where_that_is_asked_for() -> None:
    patch = make_patch(GOOD + BAD + ELSEWHERE, FILES, partial=True)
    assert patch.contents == {"a.py": "one = 10\ntwo = 2\n", "b.py": "three = 30\n"}
    assert [edit.number for edit in patch.edits] == [1, 3]
    assert [(block.number, block.reason) for block in patch.refused] == [
        (2, "the lines to replace are not in the file"),
    ]


def test_no_part_is_still_a_refusal_and_all_is_no_part() -> None:
    with pytest.raises(PatchRefused):
        make_patch(BAD, FILES, partial=True)
    assert make_patch(GOOD, FILES, partial=True).refused == []


def test_blocks_are_named_in_the_order_of_the_reply() -> None:
    reply = block("x", "y", "b.py") + BAD + block("x", "y", "../up.py") + "b.py\n<<<<<<< SEARCH\nthree\n"
    assert [each.number for each in refused(reply, FILES).refused] == [1, 2, 3, 4]


def test_a_block_may_build_on_the_one_before() -> None:
    assert make_patch(GOOD + block("one = 10", "one = 100"), FILES).contents == {"a.py": "one = 100\ntwo = 2\n"}


def test_changes_that_undo_each_other_change_nothing() -> None:
    assert make_patch(GOOD + block("one = 10", "one = 1"), FILES).contents == {}


def test_what_breaks_the_syntax_of_a_file_is_refused_with_all_that_was_for_it() -> None:
    refusal = refused(GOOD + block("two = 2", "two = (2") + ELSEWHERE, FILES)
    assert [each.number for each in refusal.refused] == [1, 2]
    assert {each.reason for each in refusal.refused} == {
        "the file would no longer parse: '(' was never closed on line 2: two = (2"
    }
    assert (refusal.good, refusal.standing) == ((3,), {"b.py": "three = 30\n"})


def test_good_blocks_that_break_the_syntax_without_a_bad_one_are_refused_with_it() -> None:
    reply = block("one = 1", "if x:") + block("two = 3", "    two = 2")
    refusal = refused(reply, FILES)
    assert [each.number for each in refusal.refused] == [1, 2]
    assert (refusal.good, refusal.standing) == ((), {})


def test_what_was_broken_may_stay_so() -> None:
    assert make_patch(block("x = (", "x = (1"), {PATH: "x = (\ny = 2\n"}).contents == {PATH: "x = (1\ny = 2\n"}


def test_a_renamed_and_a_deleted_file_stand_as_well() -> None:
    reply = (
        "*** Begin Patch\n*** Update File: b.py\n*** Move to: c.py\n*** Delete File: d.py\n"
        "*** Update File: a.py\n@@\n-nine = 9\n+nine = 8\n*** End Patch\n"
    )
    refusal = refused(reply, {**FILES, "d.py": "four = 4\n"})
    assert refusal.standing == {"b.py": None, "c.py": "three = 3\n", "d.py": None}
    assert refusal.renamed == {"b.py": "c.py"}
    assert refusal.good == (1, 2)


def test_a_bad_hunk_of_a_renamed_file_leaves_the_rename() -> None:
    reply = "*** Begin Patch\n*** Update File: b.py\n*** Move to: c.py\n@@\n-nine = 9\n+nine = 8\n*** End Patch\n"
    refusal = refused(reply, FILES)
    assert (refusal.good, refusal.renamed) == ((1,), {"b.py": "c.py"})
    assert [each.number for each in refusal.refused] == [2]


def test_hunks_below_a_bad_one_are_counted_as_the_file_stands() -> None:
    before = "a\nx\nb\nx\nc\n"
    reply = diff("-zz", "+zy", "@@ -4 +4 @@", "-x", "+y", header="@@ -1 +1 @@", path="t.txt")
    assert refused(reply, {"t.txt": before}).standing == {"t.txt": "a\nx\nb\ny\nc\n"}


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("", "it is empty"),
        ("  \n\t\n", "it is empty"),
        ("\ud800", "it is not valid Unicode text"),
        ("I cannot do that.", "it holds neither SEARCH/REPLACE blocks"),
        (GOOD * 301, "it holds more than 300 blocks"),
    ],
)
def test_a_reply_with_nothing_to_apply_is_refused_as_a_whole(reply: str, reason: str) -> None:
    (block_,) = refused(reply, FILES).refused
    assert (block_.number, block_.label()) == (0, "the reply")
    assert block_.reason.startswith(reason)


@pytest.mark.parametrize(
    ("content", "reason"),
    [("", "the content is empty, and the file is not"), ("one = 1\n# ...\n", "stands for code that was left out")],
)
def test_a_whole_file_that_is_none_is_refused(content: str, reason: str) -> None:
    assert reason in str(refused(whole(content), FILES))
