"""From a checkout to a model and back to a commit: what a file is written in and its mode stay."""

import codecs
from pathlib import Path

import pytest

from bot.errors import PolicyError
from bot.events import FileChange
from bot.repo_config_text import read_config
from tasks.commands.edited import as_changes, count_lines, read_source
from tasks.patch import Patch
from tasks.patch.encoding import NotEncodableError
from tasks.policy import check_policy

SCRIPT = "#!/bin/sh\necho café\n".encode("latin-1")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "tool.sh").write_bytes(SCRIPT)
    (tmp_path / "tool.sh").chmod(0o755)
    (tmp_path / "marked.cs").write_bytes(codecs.BOM_UTF8 + b"using A;\r\n")
    (tmp_path / "data.bin").write_bytes(b"\0\1")
    (tmp_path / "link").symlink_to("tool.sh")
    return tmp_path


def test_a_model_reads_text_and_neither_data_nor_through_links(tree: Path) -> None:
    source = read_source(tree, "tool.sh")
    assert source is not None
    assert source.text == "#!/bin/sh\necho café\n"
    marked = read_source(tree, "marked.cs")
    assert marked is not None
    assert marked.text == "using A;\r\n"
    assert [read_source(tree, path) for path in ("data.bin", "link", "gone.py")] == [None, None, None]


def test_a_change_keeps_encoding_and_mode_and_what_is_new_is_plain(tree: Path) -> None:
    changed = {
        "tool.sh": "#!/bin/sh\necho thé\n",
        "marked.cs": "using B;\r\n",
        "new.sh": "#!/bin/sh\necho é\n",
        "data.bin": None,
    }
    assert as_changes(tree, Patch(changed)) == [
        FileChange("data.bin", None),
        FileChange("marked.cs", codecs.BOM_UTF8 + b"using B;\r\n"),
        FileChange("new.sh", "#!/bin/sh\necho é\n".encode()),
        FileChange("tool.sh", b"#!/bin/sh\necho th\xe9\n", executable=True),
    ]


def test_a_renamed_file_takes_encoding_and_mode_along(tree: Path) -> None:
    changed = {"tool.sh": None, "bin/tool": "#!/bin/sh\necho café\n"}
    assert as_changes(tree, Patch(changed, renamed={"tool.sh": "bin/tool"})) == [
        FileChange("bin/tool", SCRIPT, executable=True),
        FileChange("tool.sh", None),
    ]


def test_a_sign_that_a_file_cannot_hold_makes_no_change(tree: Path) -> None:
    with pytest.raises(NotEncodableError, match=r"tool\.sh is written in latin-1, which has no 😀"):
        as_changes(tree, Patch({"tool.sh": "😀"}))


def test_files_that_change_places_are_each_written_anew(tree: Path) -> None:
    changed = {"tool.sh": "using A;\r\n", "marked.cs": "#!/bin/sh\necho\n"}
    patch = Patch(changed, renamed={"tool.sh": "marked.cs", "marked.cs": "tool.sh"})
    assert [(change.path, change.executable) for change in as_changes(tree, patch)] == [
        ("marked.cs", False),
        ("tool.sh", True),
    ]


def test_lines_are_counted_and_deletions_and_renames_are_told(tree: Path) -> None:
    changed = {"tool.sh": None, "bin/tool": "#!/bin/sh\n", "marked.cs": "using A;\r\nusing B;\r\n", "data.bin": None}
    assert count_lines(tree, Patch(changed, renamed={"tool.sh": "bin/tool"})) == [
        {"path": "bin/tool", "was": "tool.sh", "added": 0, "removed": 1, "deleted": False},
        {"path": "data.bin", "was": "", "added": 0, "removed": 0, "deleted": True},
        {"path": "marked.cs", "was": "", "added": 1, "removed": 0, "deleted": False},
    ]


@pytest.mark.parametrize("path", [".github/workflows/ci.yml", "docs/closed.md", "../outside.py", "keys/secret.py"])
def test_a_deletion_is_held_to_the_policy_like_any_change(path: str) -> None:
    config = read_config(b'[paths]\nexclude = ["docs/**"]\nprotected = ["keys/**"]\n', ["implement"])
    check_policy([FileChange("src/a.py", None)], config)
    with pytest.raises(PolicyError):
        check_policy([FileChange("src/a.py", None), FileChange(path, None)], config)
