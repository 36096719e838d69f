"""Files that a reply makes, takes away and renames, and which file a path means."""

import pytest
from stories.patches import block, diff, reasons, refused, whole

from tasks.patch import apply_reply, make_patch

FILES = {"src/a.py": "x = 1\ny = 2\n", "src/b.py": "z = 3\n", "README.md": "# A\n"}


def patch(*lines: str) -> str:
    return "\n".join(["*** Begin Patch", *lines, "*** End Patch", ""])


def git(old: str, new: str, *rows: str) -> str:
    return "\n".join(["```diff", f"diff --git a/{old} b/{new}", *rows, "```", ""])


def moved(old: str, new: str, *rows: str) -> str:
    return patch(f"*** Update File: {old}", f"*** Move to: {new}", *rows)


def why(reply: str, unseen: tuple[str, ...] = ()) -> str:
    return "; ".join(block.reason for block in refused(reply, FILES, unseen).refused)


@pytest.mark.parametrize(
    "reply",
    [
        block("", "n = 1", "src/new.py"),
        whole("n = 1\n", "src/new.py"),
        patch("*** Add File: src/new.py", "+n = 1"),
        git(
            "src/new.py",
            "src/new.py",
            "new file mode 100644",
            "--- /dev/null",
            "+++ b/src/new.py",
            "@@ -0,0 +1 @@",
            "+n = 1",
        ),
    ],
)
def test_a_new_file(reply: str) -> None:
    assert apply_reply(reply, FILES) == {"src/new.py": "n = 1\n"}
    assert apply_reply(reply, {**FILES, "src/new.py": "n = 1\n"}) == {}
    assert apply_reply(reply, {**FILES, "src/new.py": ""}) == {"src/new.py": "n = 1\n"}


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("src", "src is a folder"),
        ("README.md/new.py", "README.md is a file, so README.md/new.py cannot be inside it"),
        ("readme.md", "readme.md differs only in case from README.md; use that path"),
        ("SRC/A.py", "SRC/A.py differs only in case from src/a.py; use that path"),
        ("lib/hidden.py", "lib/hidden.py exists, but its content was not given"),
        ("lib", "lib is a folder"),
    ],
)
def test_a_new_file_has_a_place_of_its_own(path: str, reason: str) -> None:
    assert why(patch(f"*** Add File: {path}", "+n = 1"), ("lib/hidden.py",)) == reason


def test_a_whole_file_under_a_part_of_a_path_is_that_file_if_it_resembles_it() -> None:
    assert apply_reply(whole("x = 1\ny = 3\n", "a.py"), FILES) == {"src/a.py": "x = 1\ny = 3\n"}
    assert "is a.py new, or is src/a.py meant? Give the full path" in why(whole("p = 7\nq = 8\nr = 9\n", "a.py"))
    assert apply_reply(whole("p = 7\n", "lib/src/a.py"), FILES) == {"lib/src/a.py": "p = 7\n"}


def test_a_new_path_with_what_is_left_of_a_file_may_mean_either() -> None:
    files = {"setup.py": "".join(f"line_{number} = {number}\n" for number in range(20))}
    rest = "".join(f"line_{number} = {number}\n" for number in range(5))
    assert "is repo/setup.py new, or is setup.py meant?" in reasons(whole(rest, "repo/setup.py"), files)[0]
    few = "line_0 = 0\nother = 1\n"
    assert apply_reply(whole(few, "repo/setup.py"), files) == {"repo/setup.py": few}


def test_it_resembles_it_though_all_its_signs_are_written_otherwise() -> None:
    files = {"src/a.ts": "import a from 'a'\nrun(a)\n"}
    after = 'import a from "a";\nrun(a);\n'
    assert apply_reply(whole(after, "repo/src/a.ts"), files) == {"src/a.ts": after}


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("src/a.py", "src/a.py"),
        ("./src/a.py", "src/a.py"),
        ("a.py", "src/a.py"),
        ("repo/src/a.py", "src/a.py"),
        ("b/src/a.py", "src/a.py"),
        ("src\\a.py", "src/a.py"),
        ("/home/ann/repo/src/a.py", "src/a.py"),
        ("C:\\repo\\src\\a.py", "src/a.py"),
    ],
)
def test_a_path_means_the_one_file_that_it_ends_in(path: str, meant: str) -> None:
    assert apply_reply(block("x = 1", "x = 2", path), FILES) == {meant: "x = 2\ny = 2\n"}


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/home/ann/a.py", "not relative to the repository"),  # only its name is known
        ("/home/ann/README.md", "not relative to the repository"),
        ("/home/../src/a.py", "not relative to the repository"),
        ("~/src/a.py", "not relative to the repository"),
        ("../src/a.py", "leaves the repository"),
        ("src/c.py", "there is no file src/c.py; did you mean "),
        ("lib/hidden.py", "exists, but its content was not given"),
    ],
)
def test_a_path_that_means_no_file_is_refused(path: str, reason: str) -> None:
    assert reason in why(block("x = 1", "x = 2", path), ("lib/hidden.py",))


def test_where_nothing_is_spelt_alike_the_few_files_are_named() -> None:
    assert why(block("x", "y", "completely/different.rs")) == (
        "there is no file completely/different.rs; the files are README.md, src/a.py, src/b.py"
    )


def test_a_name_that_two_files_have_is_refused_with_both() -> None:
    files = {"p/x.py": "v = 1\n", "q/x.py": "v = 1\n"}
    assert "x.py can be any of p/x.py, q/x.py; give the full path" in str(
        refused(block("v = 1", "v = 2", "x.py"), files)
    )


@pytest.mark.parametrize(
    "reply",
    [
        patch("*** Delete File: src/b.py"),
        git("src/b.py", "src/b.py", "deleted file mode 100644"),
        diff("-z = 3", path="src/b.py", header="@@ -1 +0,0 @@").replace("+++ b/src/b.py", "+++ /dev/null"),
    ],
)
def test_a_file_is_taken_away_and_may_be_gone_already(reply: str) -> None:
    assert apply_reply(reply, FILES) == {"src/b.py": None}
    rest = {path: text for path, text in FILES.items() if path != "src/b.py"}
    assert apply_reply(reply, rest) == {}


def test_a_deletion_of_other_lines_than_the_files_is_refused() -> None:
    reply = diff("-q = 9", "-r = 8", path="src/b.py").replace("+++ b/src/b.py", "+++ /dev/null")
    assert why(reply) == "the lines that the reply deletes with the file are not those of the file"
    assert why(patch("*** Delete File: lib/hidden.py"), ("lib/hidden.py",)) == (
        "lib/hidden.py exists, but its content was not given"
    )


@pytest.mark.parametrize(
    "reply",
    [
        moved("src/a.py", "src/new.py", "@@", "-x = 1", "+x = 5"),
        git(
            "src/a.py",
            "src/new.py",
            "rename from src/a.py",
            "rename to src/new.py",
            "--- a/src/a.py",
            "+++ b/src/new.py",
            "@@ -1,2 +1,2 @@",
            "-x = 1",
            "+x = 5",
            " y = 2",
        ),
    ],
)
def test_a_file_is_renamed_and_changed(reply: str) -> None:
    done = make_patch(reply, FILES)
    assert done.contents == {"src/a.py": None, "src/new.py": "x = 5\ny = 2\n"}
    assert done.renamed == {"src/a.py": "src/new.py"}
    again = {"src/b.py": FILES["src/b.py"], "src/new.py": "x = 5\ny = 2\n"}
    assert make_patch(reply, again).contents == {}


def test_a_file_is_only_renamed() -> None:
    done = make_patch(moved("src/a.py", "lib/a.py"), FILES)
    assert (done.contents, done.renamed) == (
        {"src/a.py": None, "lib/a.py": FILES["src/a.py"]},
        {"src/a.py": "lib/a.py"},
    )
    assert make_patch(moved("src/a.py", "src/a.py", "@@", "-x = 1", "+x = 5"), FILES).renamed == {}


def test_a_rename_may_change_nothing_but_case() -> None:
    assert make_patch(moved("README.md", "Readme.md"), FILES).renamed == {"README.md": "Readme.md"}


def test_a_file_may_become_a_folder() -> None:
    assert make_patch(moved("README.md", "README.md/index.md"), FILES).renamed == {"README.md": "README.md/index.md"}


@pytest.mark.parametrize(
    ("to", "reason"),
    [
        ("src/b.py", "src/b.py exists already, so src/a.py cannot become it"),
        ("SRC/B.py", "SRC/B.py differs only in case from src/b.py; use that path"),
        ("src", "src is a folder"),
        ("README.md/a.py", "README.md is a file"),
        ("../a.py", "leaves the repository"),
        (".git/hooks/a.py", "lies inside .git"),
        ("lib/hidden.py", "its content was not given"),
    ],
)
def test_a_file_is_renamed_only_to_where_nothing_is(to: str, reason: str) -> None:
    assert reason in why(moved("src/a.py", to, "@@", "-x = 1", "+x = 5"), ("lib/hidden.py",))


def test_what_is_renamed_must_be_there() -> None:
    assert "there is no file src/zzz" in why(moved("src/zzz.c", "src/new.c"))


def test_two_files_cannot_get_one_path() -> None:
    reply = patch("*** Update File: src/a.py", "*** Move to: n.py", "*** Update File: src/b.py", "*** Move to: n.py")
    assert why(reply) == "; ".join(["n.py is what another file of the reply is called as well"] * 2)
    reply = patch("*** Update File: src/a.py", "*** Move to: n.py", "*** Add File: n.py", "+q = 1")
    assert "n.py is what another file of the reply is called as well" in why(reply)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (whole("x = 1\ny = 3\n", "src/a.py") + block("x = 1", "x = 2", "src/a.py"), "a whole file and single changes"),
        (whole("x = 1\n", "src/n.py") + whole("x = 2\n", "src/n.py"), "two different whole contents"),
        (
            patch("*** Delete File: src/a.py", "*** Update File: src/a.py", "@@", "-x = 1", "+x = 2"),
            "deletes it and changes",
        ),
        (moved("src/a.py", "p.py") + moved("src/a.py", "q.py"), "two new paths"),
    ],
)
def test_orders_that_contradict_each_other_are_refused_for_all_of_them(reply: str, reason: str) -> None:
    refusal = refused(reply, FILES)
    assert [reason in each.reason for each in refusal.refused] == [True] * len(refusal.refused)
    assert len(refusal.refused) > 1
    assert (refusal.good, refusal.standing) == ((), {})


@pytest.mark.parametrize("above", ["Look at `src/a.py` and `src/b.py`:", "x" * 301, "See the file below."])
def test_words_above_a_block_that_name_no_one_file_name_none(above: str) -> None:
    assert "no path says which file it is for" in why(block("x = 1", "x = 2", above))


def test_a_block_without_a_path_is_refused_where_there_are_several_files() -> None:
    assert why(block("x = 1", "x = 2", "")) == "no path says which file it is for; write the path on the line before"
    assert apply_reply(block("x = 1", "x = 2", ""), {"src/a.py": "x = 1\n"}) == {"src/a.py": "x = 2\n"}


def test_a_fence_of_another_language_is_no_content_of_a_file() -> None:
    reply = "src/a.py\n```json\n{}\n```\n"
    assert why(reply) == "a block marked json is not the content of src/a.py"


def test_samples_fall_away_beside_something_to_apply() -> None:
    reply = f"{block('x = 1', 'x = 2', 'src/a.py')}\nRun it:\n\n```sh\npytest\n```\n"
    assert apply_reply(reply, FILES) == {"src/a.py": "x = 2\ny = 2\n"}
