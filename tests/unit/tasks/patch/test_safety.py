"""What no reply may do: leave the tree, raise something unexpected, or take more than near-linear time."""

import contextlib
import string
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.patch import PatchRefused, apply_reply

FILES = {"src/a.py": "x = 1\ny = 2\n", "README.md": "# A\n\ntext\n", "lib/b.js": "let a = 1;\r\n"}
EVIL_PATHS = [
    "/etc/passwd.txt",
    "C:/x.py",
    "~/x.py",
    "../x.py",
    "src/../../x.py",
    "..\\x.py",
    ".git/config.py",
    ".GIT/hooks/x.py",
    "src/.git/x.py",
    ".git./x.py",
    ".g\u200cit/x.py",
    "GIT~1/x.py",
    ".git::$INDEX_ALLOCATION/x.py",
    "src/a\0.py",
    "src/a.py/b.py",
    "src/",
    "x/" * 200 + "x.py",
]


@pytest.mark.parametrize("path", EVIL_PATHS)
def test_no_path_leaves_the_tree_or_enters_git(path: str) -> None:
    whole = f"`{path}`\n```python\nx = 3\n```\n"
    block = f"`{path}`\n```\n<<<<<<< SEARCH\n=======\nx = 3\n>>>>>>> REPLACE\n```\n"
    for reply in (whole, block):
        with pytest.raises(PatchRefused):
            apply_reply(reply, FILES)


def test_a_path_that_differs_only_in_case_is_refused() -> None:
    with pytest.raises(PatchRefused, match="only in case"):
        apply_reply("readme.md\n```md\nother words\n```\n", {"README.md": "# A\n\ntext\n"})


@pytest.mark.parametrize("path", ["lib.d/c.py", "LIB.D/C.py", "lib.d/c.py/d.py", "lib.d"])
def test_a_file_that_was_not_shown_is_neither_replaced_nor_shadowed(path: str) -> None:
    for body in (
        "x = 3",
        "<<<<<<< SEARCH\n=======\nx = 3\n>>>>>>> REPLACE",
        "<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE",
    ):
        with pytest.raises(PatchRefused):
            apply_reply(f"`{path}`\n```\n{body}\n```\n", {"src/a.py": "x = 1\n"}, unseen=["lib.d/c.py"])


def test_a_base_name_that_two_files_have_is_refused_with_both() -> None:
    files = {"a/x.py": "v = 1\n", "b/x.py": "v = 1\n"}
    with pytest.raises(PatchRefused, match=r"a/x\.py, b/x\.py"):
        apply_reply("x.py\n```\n<<<<<<< SEARCH\nv = 1\n=======\nv = 2\n>>>>>>> REPLACE\n```\n", files)


PIECES = st.sampled_from(
    [
        "<<<<<<< SEARCH",
        "=======",
        ">>>>>>> REPLACE",
        "```",
        "```python",
        "````",
        "src/a.py",
        "`README.md`",
        "x = 1",
        "y = 2",
        "",
        "...",
        "  x = 1",
        "# A",
        "text",
        "let a = 1;",
        "# ...",
        "\ud800",
        "\0",
        "\r",
        "&lt;",
        "1 | x = 1",
        "../e.py",
        "(" * 300,
        "-" * 50,
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES | st.text(max_size=12), max_size=25))
def test_any_reply_is_applied_or_refused(pieces: list[str]) -> None:
    try:
        changed = apply_reply("\n".join(pieces), FILES)
    except PatchRefused as refused:
        changed = refused.standing
    assert all(changed[path] != FILES.get(path) for path in changed)
    assert not any(path.startswith("/") or ".." in path.split("/") for path in changed)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=string.ascii_lowercase + " \n", min_size=1, max_size=60).filter(str.strip))
def test_a_whole_text_file_comes_out_as_it_was_sent(body: str) -> None:
    changed = apply_reply(f"notes.txt\n````text\n{body}\n````\n", {"src/a.py": "x = 1\n"})
    assert changed == {"notes.txt": body + "\n"}


def hostile(size: int) -> Iterator[tuple[str, dict[str, str]]]:
    """Replies and files that make naive matching quadratic or worse."""
    block = "a.txt\n<<<<<<< SEARCH\n{}\n=======\n{}\n>>>>>>> REPLACE\n"
    same = "same\n" * size
    yield block.format(same + "other", "x"), {"a.txt": same + same}
    yield block.format(" same\n" * size + "other", "x"), {"a.txt": same + same}
    yield block.format(same.rstrip() + "\nend", "same\n" * (size // 2)), {"a.txt": same + "end\n"}
    yield "<<<<<<< SEARCH\n" * size, {"a.txt": "x\n"}
    yield "```\n\n" * size, {"a.txt": "x\n"}
    yield "`" * size + "\n" + "#" * size + "\n" + "(" * size, {"a.txt": "x\n"}
    yield "\n" * size + block.format("x", "y"), {"a.txt": "x\n"}
    yield block.format("x" * size, "y" * size), {"a.txt": "x" * (2 * size) + "\n"}
    yield block.format(" " * size + "x", "y"), {"a.txt": "\t" * size + "x\n"}


def test_many_blocks_for_a_large_file_are_refused_before_any_search() -> None:
    reply = "a.txt\n" + "<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n" * 200
    with pytest.raises(PatchRefused, match="too many for a file of this size"):
        apply_reply(reply, {"a.txt": "\n" * 20_000})
    with pytest.raises(PatchRefused, match="more than 300 blocks"):
        apply_reply(reply * 2, {"a.txt": "\n"})


def cost(reply: str, files: dict[str, str]) -> float:
    started = time.process_time()
    with contextlib.suppress(PatchRefused):
        apply_reply(reply, files)
    return time.process_time() - started


@pytest.mark.parametrize("number", range(9))
def test_ten_times_the_input_takes_nowhere_near_a_hundred_times_as_long(number: int) -> None:
    small = min(cost(*list(hostile(3_000))[number]) for _ in range(3))
    large = min(cost(*list(hostile(30_000))[number]) for _ in range(2))
    assert large < 40 * max(small, 0.002)
