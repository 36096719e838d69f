"""Stories of whole files in fences: the text of a reply in, its edits out."""

from collections.abc import Sequence

import pytest

from tasks.patch.edits import Edit, WholeFile
from tasks.patch.formats import read_reply
from tasks.patch.refusal import RefusedBlock

INNER = "# Kit\n\n```bash\npip install kit\n```\n\nThen:\n\n```\nkit up\n```\n\nThe end.\n"


def edits(reply: str, files: dict[str, str] | None = None) -> Sequence[Edit]:
    reading = read_reply(reply.split("\n"), files or {})
    assert not reading.refused
    return reading.edits


def only(reply: str, files: dict[str, str] | None = None) -> WholeFile:
    (edit,) = edits(reply, files)
    assert isinstance(edit, WholeFile)
    return edit


def refused(reply: str, files: dict[str, str] | None = None) -> Sequence[RefusedBlock]:
    return read_reply(reply.split("\n"), files or {}).refused


def text(edit: Edit) -> str:
    assert isinstance(edit, WholeFile)
    return "".join(f"{line}\n" for line in edit.lines)


@pytest.mark.parametrize(
    "above",
    [
        "**src/x.py**",
        "src/x.py:",
        "### src/x.py",
        "File: src/x.py",
        "1. `src/x.py`",
        "src/x.py (new)",
        "<!-- src/x.py -->",
    ],
)
def test_the_path_may_stand_above_in_many_ways(above: str) -> None:
    edit = only(f"{above}\n```python\nx = 1\n```\n")
    assert (edit.path, edit.lines, edit.language, edit.labelled) == ("src/x.py", ("x = 1",), "python", False)


@pytest.mark.parametrize("comment", ["# src/x.py", "<!-- src/x.py -->", "// src/x.py"])
def test_the_path_may_stand_in_a_comment_on_the_first_line(comment: str) -> None:
    edit = only(f"```\n{comment}\nx = 1\n```\n")
    assert (edit.path, edit.labelled) == ("src/x.py", True)


@pytest.mark.parametrize(
    "reply",
    [
        '<file path="src/x.py">\nx = 1\n</file>\n',
        '<file path="src/x.py">\n```python\nx = 1\n```\n</file>\n',
        '<file path="src/x.py">\n\n```python\nx = 1\n```\n\n</file>\n',
        "src/x.py\n<source>python\nx = 1\n</source>\n",
    ],
)
def test_a_tag_may_stand_round_the_file(reply: str) -> None:
    edit = only(reply)
    assert (edit.path, edit.lines) == ("src/x.py", ("x = 1",))


def test_a_file_in_a_list_item_is_moved_out() -> None:
    assert only("1. Do it:\n\n   `x.py`:\n   ```python\n   if x:\n\n       y()\n   ```\n").lines == (
        "if x:",
        "",
        "    y()",
    )


def test_a_file_that_is_not_moved_in_with_its_fence_stays() -> None:
    assert only("x.py\n  ```python\nif x:\n    y()\n  ```\n").lines == ("if x:", "    y()")


@pytest.mark.parametrize("fence", ["```", "```markdown", "```md"])
@pytest.mark.parametrize("behind", ["", "\nThat is all.\n"])
def test_a_known_file_may_hold_fences(fence: str, behind: str) -> None:
    edit = only(f"README.md\n{fence}\n{INNER}```\n{behind}", {"README.md": INNER})
    assert (edit.path, text(edit)) == ("README.md", INNER)
    assert edit.marker == "````"


@pytest.mark.parametrize("sample", ["```\nkit up\n```\n", "```bash\nkit up\n```\n"])
def test_a_sample_behind_a_known_file_is_no_part_of_it(sample: str) -> None:
    first, second = edits(f"README.md\n```\n{INNER}```\n\nRun it now:\n\n{sample}", {"README.md": INNER})
    assert (text(first), text(second)) == (INNER, "kit up\n")


def test_a_known_file_that_is_cut_off_before_a_fence_does_not_end_there() -> None:
    body = f"{INNER}\nOr:\n\n```\nkit up\n"  # where it breaks off stands twice
    known = {"README.md": f"{body}```\n\nDone.\n"}
    assert "longer fence" in refused(f"README.md\n```\n{body}", known)[0].reason


@pytest.mark.parametrize("path", ["kit/docs/README.md", "README.md"])
def test_a_file_is_known_under_a_part_of_its_path_and_with_the_repository_before_it(path: str) -> None:
    edit = only(f"{path}\n```\n{INNER}```\n", {"docs/README.md": INNER})
    assert (edit.path, text(edit)) == (path, INNER)


def test_what_underlines_a_title_is_no_fence() -> None:
    body = "Kit\n===\n\nUp\n```\n\nkit up\n\nDown\n````\n\nkit down\n\nOver\n````\n\nThe end.\n"
    edit = only(f"kit.rst\n```\n{body}```\n", {"kit.rst": body.replace("kit up", "up")})
    assert (text(edit), edit.marker) == (body, "`````")


def test_a_known_file_without_fences_ends_at_the_first() -> None:
    first, second = edits("README.md\n```\n# Kit 2\n```\n\nRun:\n\n```\nkit up\n```\n", {"README.md": "# Kit\n"})
    assert (text(first), text(second)) == ("# Kit 2\n", "kit up\n")


def test_files_one_after_the_other_do_not_swallow_each_other() -> None:
    reply = f"README.md\n```\n{INNER}```\n\nGUIDE.md\n```\n{INNER}```\n\nx.py\n```python\nx = 1\n```\n"
    found = edits(reply, {"README.md": INNER, "GUIDE.md": INNER, "x.py": ""})
    assert [(edit.path, text(edit)) for edit in found] == [
        ("README.md", INNER),
        ("GUIDE.md", INNER),
        ("x.py", "x = 1\n"),
    ]


def test_a_new_file_may_hold_fences_where_only_one_reading_fits() -> None:
    body = "# Kit\n\n```bash\npip install kit\n```\n\nThe end.\n"
    assert text(only(f"README.md\n```markdown\n{body}```\n")) == body


def test_a_new_file_that_can_be_read_in_two_ways_is_refused() -> None:
    assert "longer fence" in refused("README.md\n```\n# Kit\n\n```\nkit up\n```\n\nThe end.\n```\n")[0].reason


def test_code_is_not_searched_for_inner_fences() -> None:
    first, second = edits("x.py\n```\nx = 1\n```\n\nRun:\n\n```\nkit up\n```\n", {"x.py": "x = 0\n"})
    assert (text(first), text(second)) == ("x = 1\n", "kit up\n")


@pytest.mark.parametrize("info", ["dockerfile", "dockerfile title=deploy/Dockerfile", "dockerfile deploy/Dockerfile"])
def test_a_language_that_is_called_like_a_file_names_none(info: str) -> None:
    assert only(f"deploy/Dockerfile\n```{info}\nFROM x\n```\n").path == "deploy/Dockerfile"
    assert only("```Makefile\nall:\n```\n", {"Makefile": "", "x.py": ""}).path == "Makefile"


ONE = "x.py\n```python\nx = 1\n```\n"
TWO = f"{ONE}\nGUIDE.md\n```markdown\n{INNER}```\n"


@pytest.mark.parametrize("body", [ONE, f"\n# x.py\n\n{ONE[5:]}", "```python x.py\nx = 1\n```\n"])
@pytest.mark.parametrize("fence", ["````markdown\n{}````\n", "~~~\n{}~~~\n", "- Here:\n\n   ````md\n{}   ````\n"])
def test_a_fence_round_a_path_and_a_fence_is_a_wrapper(fence: str, body: str) -> None:
    moved = "".join(f"   {line}\n" for line in body.splitlines()) if fence.startswith("-") else body
    edit = only(f"{fence.format(moved)}\nDone.\n")
    assert (edit.path, edit.lines) == ("x.py", ("x = 1",))


def test_several_files_may_stand_in_one_wrapper_and_others_behind_it() -> None:
    found = edits(f"````\n{TWO}````\n\ny.py\n```\ny = 1\n```\n", {"GUIDE.md": INNER})
    assert [(edit.path, text(edit)) for edit in found] == [
        ("x.py", "x = 1\n"),
        ("GUIDE.md", INNER),
        ("y.py", "y = 1\n"),
    ]


@pytest.mark.parametrize("above", ["GUIDE.md\n````\n{}````\n", "````markdown GUIDE.md\n{}````\n"])
def test_a_file_with_a_path_of_its_own_is_no_wrapper(above: str) -> None:
    edit = only(above.format(ONE))
    assert (edit.path, text(edit)) == ("GUIDE.md", ONE)


@pytest.mark.parametrize("body", [f"Words first.\n\n{ONE}", "x.py\n", "Words.\n```python\nx = 1\n```\n"])
def test_a_fence_with_other_words_in_it_is_no_wrapper(body: str) -> None:
    edit = only(f"````markdown\n{body}````\n")
    assert (edit.path, text(edit)) == ("", body)


def test_a_fence_as_long_as_the_one_inside_is_no_wrapper() -> None:
    assert refused(f"```markdown\n{ONE}```\n")


@pytest.mark.parametrize("above", ["--- a/x.py", "--- x.py", "+++ b/x.py", "--a/x.py", "-x.py", "---x.py"])
def test_the_marks_of_a_diff_name_no_file(above: str) -> None:
    assert only(f"{above}\n```\n```\n").path == ""
    assert only("- x.py\n```\n```\n").path == "x.py"


def test_a_block_in_a_fence_for_markdown_stays_a_block() -> None:
    reply = "README.md\n```markdown\n<<<<<<< SEARCH\n```bash\na\n=======\n```bash\nb\n>>>>>>> REPLACE\n```\n"
    (edit,) = edits(reply, {"README.md": INNER})
    assert not isinstance(edit, WholeFile)


def test_a_fence_that_is_never_closed_is_refused() -> None:
    assert "never closed" in refused("x.py\n```python\nx = 1\n")[0].reason
    assert "never closed" in refused('<file path="x.py">\nx = 1\n')[0].reason


def test_a_block_without_its_first_marker_is_refused() -> None:
    assert "no <<<<<<< SEARCH" in refused("x.py\n```\na\n=======\nb\n>>>>>>> REPLACE\n```\n")[0].reason


@pytest.mark.parametrize("command", ["rm x.py", "git rm x.py", "git mv x.py y.py"])
def test_commands_stay_samples(command: str) -> None:
    edit = only(f"Run:\n\n```bash\n{command}\n```\n", {"x.py": ""})
    assert (edit.path, edit.language) == ("", "bash")
