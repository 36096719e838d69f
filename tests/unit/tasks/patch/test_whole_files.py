"""Stories of whole-file replies: full files are taken, samples and cut-off files are not."""

import pytest

from tasks.patch import PatchRefused, apply_reply

OLD = "import os\n" + "".join(
    f"\n\ndef {name}():\n    return {number}\n" for number, name in enumerate(["one", "two", "three", "four"], start=1)
)
NEW = OLD.replace("return 2", "return os.sep")


def fenced(body: str, info: str = "python", fence: str = "```") -> str:
    return f"{fence}{info}\n{body}{fence}\n"


def refusal(reply: str, files: dict[str, str]) -> str:
    with pytest.raises(PatchRefused) as caught:
        apply_reply(reply, files)
    return str(caught.value)


@pytest.mark.parametrize(
    "reply",
    [
        "pkg/a.py\n" + fenced(NEW),
        "**`pkg/a.py`**\n\n" + fenced(NEW),
        "#### File: `pkg/a.py` (updated)\n" + fenced(NEW),
        fenced(NEW, "python pkg/a.py"),
        fenced(NEW, 'python title="pkg/a.py"'),
        fenced(NEW, "pkg/a.py"),
        fenced("# pkg/a.py\n" + NEW),
        "pkg/a.py:\n" + fenced("# pkg/a.py\n" + NEW),
        "repo/pkg/a.py\n" + fenced(NEW),
        "a.py\n" + fenced(NEW),
        "pkg/a.py\n" + fenced(NEW, fence="~~~~"),
    ],
)
def test_a_named_file_replaces_the_file(reply: str) -> None:
    assert apply_reply(reply, {"pkg/a.py": OLD, "pkg/b.py": "x = 1\n"}) == {"pkg/a.py": NEW}


def test_an_unnamed_fence_is_the_only_file() -> None:
    reply = "Here it is:\n\n" + fenced(NEW) + "\nRun it:\n\n" + fenced("python a.py\n", "sh")
    assert apply_reply(reply, {"a.py": OLD}) == {"a.py": NEW}


def test_an_unnamed_fence_is_no_file_where_there_are_two() -> None:
    assert "no path" in refusal(fenced(NEW), {"a.py": OLD, "b.py": OLD})


@pytest.mark.parametrize("info", ["sh", "bash", "console", "text", "json", "diff"])
def test_commands_and_output_never_overwrite(info: str) -> None:
    refusal("Try:\n\n" + fenced("python a.py\n", info), {"a.py": OLD})
    refusal("`a.py`:\n" + fenced("python a.py\n", info), {"a.py": OLD})


def test_two_different_contents_for_one_file_are_refused_and_twice_the_same_is_one() -> None:
    twice = "a.py\n" + fenced(NEW)
    assert apply_reply(twice + "\n" + twice, {"a.py": OLD}) == {"a.py": NEW}
    assert "two different" in refusal(twice + "\na.py\n" + fenced(OLD + "x = 1\n"), {"a.py": OLD})


def test_a_new_file_needs_its_path() -> None:
    assert apply_reply("pkg/new.py\n" + fenced("x = 1\n"), {"a.py": OLD}) == {"pkg/new.py": "x = 1\n"}
    assert apply_reply("pkg/__init__.py\n" + fenced(""), {"a.py": OLD}) == {"pkg/__init__.py": ""}


def test_a_new_file_with_a_known_base_name_stays_new() -> None:
    assert apply_reply("docs/README.md\n" + fenced("Other words.\n", "md"), {"README.md": "# Shop\n"}) == {
        "docs/README.md": "Other words.\n"
    }


def test_blocks_and_a_new_file_may_come_in_one_reply() -> None:
    reply = "b.py\n```\n<<<<<<< SEARCH\nx = 1\n=======\nx = 2\n>>>>>>> REPLACE\n```\n\nnew.py\n" + fenced("y = 1\n")
    assert apply_reply(reply, {"a.py": OLD, "b.py": "x = 1\n"}) == {"b.py": "x = 2\n", "new.py": "y = 1\n"}


@pytest.mark.parametrize(
    "remark",
    [
        "# ... existing code ...",
        "# ...",
        "...",
        "# rest of the code",
        "# The rest of the file remains unchanged",
        "// ... rest of the code",
        "# … other methods",
        "# existing functions here",
    ],
)
def test_left_out_code_is_refused(remark: str) -> None:
    body = NEW.replace("def three():\n    return 3\n", f"{remark}\n")
    assert "left out" in refusal("a.py\n" + fenced(body), {"a.py": OLD})


@pytest.mark.parametrize(
    "remark", ["# Keep the existing order", "# and so on...", "# use the rest of the money", "    ..."]
)
def test_ordinary_remarks_are_not_taken_for_left_out_code(remark: str) -> None:
    body = (
        NEW.replace("    return 3\n", f"    return 3\n{remark}\n")
        if remark[0] == "#"
        else NEW.replace("    return 3", remark)
    )
    assert apply_reply("a.py\n" + fenced(body), {"a.py": OLD}) == {"a.py": body}


def test_a_cut_off_file_is_refused() -> None:
    lines = NEW.splitlines(keepends=True)
    assert "never closed" in refusal("a.py\n```python\n" + "".join(lines[:10]), {"a.py": OLD})
    assert "excerpt" in refusal("a.py\n" + fenced("def two():\n    return 5\n"), {"a.py": OLD})
    assert "cut off" in refusal("a.py\n" + fenced("".join(lines[:6]) + "x = 1\n" * 5), {"a.py": OLD})


def test_a_text_that_shrinks_to_less_than_a_quarter_is_an_excerpt_unless_it_was_short() -> None:
    long, short = "".join(f"key{n} = {n}\n" for n in range(20)), "a = 1\nb = 2\nc = 3\nd = 4\ne = 5\n"
    assert "it has 3 lines where the file has 20" in refusal("a.ini\n" + fenced(long[:27], "ini"), {"a.ini": long})
    assert apply_reply("a.ini\n" + fenced("a = 7\n", "ini"), {"a.ini": short}) == {"a.ini": "a = 7\n"}


def test_an_emptied_file_is_refused() -> None:
    assert "empty" in refusal("a.py\n" + fenced(""), {"a.py": OLD})


def test_a_file_that_holds_fences_needs_a_longer_one() -> None:
    readme = "# Shop\n\n```\npip install shop\n```\n\nThat is all.\n"
    new = readme.replace("all", "enough")
    assert "longer fence" in refusal("README.md\n" + fenced(new, "md"), {"README.md": readme})
    assert apply_reply("README.md\n" + fenced(new, "md", "````"), {"README.md": readme}) == {"README.md": new}


def test_escaped_text_is_unescaped_but_code_about_entities_is_not() -> None:
    code = 'def f(a, b):\n    return a < b and "x"\n'
    escaped = "def f(a, b):\n    return a &lt; b or &quot;x&quot;\n"
    assert apply_reply("a.py\n" + fenced(escaped), {"a.py": code}) == {"a.py": code.replace("and", "or")}
    about = code.replace('"x"', '"&lt;"')
    assert apply_reply("a.py\n" + fenced(about), {"a.py": code}) == {"a.py": about}


@pytest.mark.parametrize(
    "reply", ["", "  \n", "I cannot do that.", "*** Begin Patch\n*** End Patch", "--- a/a.py\n+++ b/a.py\n@@\n-x\n+y\n"]
)
def test_a_reply_without_a_known_format_is_refused_with_a_reason(reply: str) -> None:
    assert refusal(reply, {"a.py": OLD})


def test_a_new_file_without_a_suffix_is_not_taken_for_the_only_file() -> None:
    changed = apply_reply("`bin/tool`:\n" + fenced("echo hi\n", "sh"), {"a.py": OLD})
    assert changed == {"bin/tool": "echo hi\n"}
