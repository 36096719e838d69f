"""What a review reads of a checkout, and what it keeps from the model."""

from pathlib import Path

import pytest
from fakes.changes import added

from tasks.commands.reviewing.examine import Change
from tasks.commands.reviewing.masked import INSTEAD, Masked
from tasks.review.finding import Category, Finding, Severity

SECRET = "token = 'ghp_" + "x" * 36 + "'"


@pytest.fixture
def host_file(tmp_path: Path) -> Path:
    path = tmp_path / "host.txt"
    path.write_text("the host's own")
    return path


def test_a_link_out_of_the_checkout_is_not_read(tmp_path: Path, host_file: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "link.py").symlink_to(host_file)
    (tree / "folder").symlink_to(tmp_path)
    (tree / "plain.py").write_text("a = 1\n")
    change = Change([added(path, ["x"]) for path in ("link.py", "folder/host.txt", "plain.py", "gone.py")], tree)
    assert change.texts() == {"plain.py": "a = 1\n"}


@pytest.mark.parametrize(("source", "is_seen"), [("kingfisher", False), ("ruff", True), ("model", True)])
def test_the_model_does_not_see_the_lines_of_a_secret(source: str, *, is_seen: bool) -> None:
    lines = ["import os", SECRET, "print(token)"]
    text = "\n".join(lines)
    found = Finding("app.py", 2, 2, "Secret", "", f"{source}/key", source, Severity.CRITICAL, Category.SECURITY)
    masked = Masked([added("app.py", lines)], {"app.py": text}.get, [found])
    [file] = masked.files
    shown = [line.text for line in file.hunks[0].lines]
    assert (SECRET in shown, SECRET in (masked.text("app.py") or "")) == (is_seen, is_seen)
    if not is_seen:
        assert shown == ["import os", INSTEAD, "print(token)"]
    assert masked.text("other.py") is None
