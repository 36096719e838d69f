"""What files tell of a repository: languages and how its tests are run."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tasks.context.detect import count_languages, find_test_commands


def laid(root: Path, files: Mapping[str, str]) -> Path:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ([], {}),
        (["README.md", "a.json", "x.lock"], {}),
        (["a.py", "b.pyi", "c.GO", "node_modules/x.js", "a.min.js"], {"python": 2, "go": 1}),
        (["a.h", "b.c"], {"c": 2}),
        (["a.h", "b.cpp"], {"c++": 2}),
        (["a.h"], {"c": 1, "c++": 1}),
        (["a.ts", "b.vue"], {"typescript": 2}),
    ],
)
def test_languages_are_counted_by_the_endings_of_files(tmp_path: Path, files: list[str], found: dict[str, int]) -> None:
    assert count_languages(laid(tmp_path, dict.fromkeys(files, ""))) == found
    assert list(count_languages(tmp_path)) == list(found)


NODE = '{"scripts": {"test": "vitest run"}}'


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({}, []),
        ({"a.py": ""}, []),
        ({"pyproject.toml": "[tool.pytest.ini_options]\n"}, [("pytest -q", "pyproject.toml")]),
        ({"pyproject.toml": "[tool.ruff]\n"}, []),
        ({"pyproject.toml": "[tool.pytest"}, []),
        ({"pytest.ini": ""}, [("pytest -q", "pytest.ini")]),
        ({"setup.cfg": "[tool:pytest]\n"}, [("pytest -q", "setup.cfg")]),
        ({"setup.cfg": "[metadata]\n"}, []),
        ({"tox.ini": "[pytest]\n"}, [("pytest -q", "tox.ini")]),
        ({"tests/test_a.py": ""}, [("pytest -q", "tests/test_a.py")]),
        ({"package.json": NODE}, [("npm test", "package.json")]),
        ({"package.json": NODE, "pnpm-lock.yaml": ""}, [("pnpm test", "package.json")]),
        ({"package.json": '{"scripts": {"test": "echo \\"Error: no test specified\\" && exit 1"}}'}, []),
        ({"package.json": '{"scripts": ["test"]}'}, []),
        ({"package.json": "[" * 100_000}, []),
        ({"Makefile": "all:\n\ntest: all\n\tx\n"}, [("make test", "Makefile")]),
        ({"Makefile": "tests:\n\ntest := 3\n"}, []),
        ({"go.mod": ""}, [("go test ./...", "go.mod")]),
        ({"Cargo.toml": ""}, [("cargo test", "Cargo.toml")]),
        (
            {"Makefile": "test:\n", "package.json": NODE, "conftest.py": "", "go.mod": ""},
            [
                ("pytest -q", "conftest.py"),
                ("npm test", "package.json"),
                ("go test ./...", "go.mod"),
                ("make test", "Makefile"),
            ],
        ),
    ],
)
def test_test_commands_are_read_from_what_tools_read(
    tmp_path: Path, files: dict[str, str], found: list[tuple[str, str]]
) -> None:
    commands = find_test_commands(laid(tmp_path, files))
    assert [(" ".join(each.words), each.file) for each in commands] == found


def test_no_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "outside.toml").write_text("[tool.pytest.ini_options]\n")
    root = laid(tmp_path / "root", {"a.py": ""})
    (root / "pyproject.toml").symlink_to(tmp_path / "outside.toml")
    (root / "package.json").symlink_to("/dev/zero")
    assert find_test_commands(root) == []
