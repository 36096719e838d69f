"""Which files analysers are shown, under which names, and of which lines they may speak."""

from pathlib import Path

import pytest
from stories.changes import change, new_file

from bot.diff import Change, FileDiff
from tasks.analysis.changed import changed, first_line

MARKED = (" one", "-two", "+zwei", "+drei", " four", "+fuenf")


def test_a_finding_must_begin_on_an_added_line_and_ends_with_the_added_lines() -> None:
    (file,) = changed([change("a.py", *MARKED)])
    assert file.added == {2, 3, 5}
    assert file.first_added([(2, 2)]) == (2, 2)
    assert file.first_added([(2, 5)]) == (2, 3)
    assert file.first_added([(1, 3)]) is None
    assert file.first_added([(4, 4), (5, 9)]) == (5, 5)
    assert file.first_added([]) is None
    assert file.quote(2, 3) == "zwei\ndrei"


def test_a_finding_on_a_whole_page_stands_at_its_beginning() -> None:
    (file,) = changed([new_file("a.py", "x\n" * 40)])
    assert [file.first_added([(2, last)]) for last in (11, 12)] == [(2, 11), (2, 2)]


def test_files_without_an_added_line_are_nobodys_business() -> None:
    gone = FileDiff("a.py", None, Change.REMOVED, change("a.py", "-x").hunks)
    binary = FileDiff("a.png", "a.png", Change.MODIFIED, binary=True)
    assert changed([gone, binary, change("b.py", " a", "-b"), FileDiff("old.py", "new.py", Change.RENAMED)]) == []


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../up.py", "a/../../b.py", "a//b.py", ".git/hooks/x.py", "a/\0.py", "\ud800.py", ""]
)
def test_a_path_that_leads_elsewhere_is_left_out(path: str) -> None:
    assert changed([new_file(path, "x\n")]) == []


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("src/app.py", "app.py"),
        ("pkg/__init__.py", "__init__.py"),
        ("-x.py", "x-x.py"),
        (".eslintrc.js", "x.eslintrc.js"),
        ("a/b\nc $(id).sh", "b_c___id_.sh"),
        ("größe.py", "gr__e.py"),
        ("n" * 200 + ".py", "n" * 77 + ".py"),
    ],
)
def test_a_copy_has_a_harmless_name_with_the_same_ending(path: str, name: str) -> None:
    assert changed([new_file(path, "x\n")])[0].name == name


@pytest.mark.parametrize(
    "line",
    [
        "x = 1  # noqa: S105",
        "y()  # type: ignore",
        "z  # nosec",
        "# shellcheck disable=SC2086",
        "// eslint-disable-line",
    ],
)
def test_what_people_told_a_tool_to_leave_alone_is_seen(line: str) -> None:
    (file,) = changed([new_file("a.py", f"first\n{line}\nthird\nfourth\n")])
    assert [file.is_suppressed(number, number) for number in range(1, 5)] == [False, True, True, False]


def test_ordinary_words_suppress_nothing() -> None:
    (file,) = changed([new_file("a.py", "ignore = allow(types)\nnoqable = disabled\n")])
    assert not file.is_suppressed(1, 2)


def test_the_first_line_is_that_of_the_checkout_and_of_nothing_outside(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "bin").mkdir(parents=True)
    (tree / "bin/run").write_text("#!/bin/sh\necho\n")
    (tmp_path / "outside").write_text("secret\n")
    (tree / "link").symlink_to("../outside")
    (tree / "folder").symlink_to("..")
    files = {
        file.path: file for file in changed([new_file(p, "x\n") for p in ("bin/run", "link", "folder/outside", "gone")])
    }
    assert first_line(tree, files["bin/run"]) == "#!/bin/sh"
    assert [first_line(tree, files[path]) for path in ("link", "folder/outside", "gone")] == ["", "", ""]
