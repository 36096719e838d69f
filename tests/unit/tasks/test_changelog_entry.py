"""Where an entry belongs and how it is written, for each way in which repositories tell what changed."""

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tasks.commands.reading.changelog_entry import Entry, examples, place_entry
from tasks.commands.reading.changelog_style import KEEP, PLAIN, TOWNCRIER, Style, find_style
from tasks.commands.templates import render


def found(tree: Path, files: dict[str, str]) -> Style:
    for path, text in files.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text)
    return find_style(tree, lambda _path: True)


def kept(text: str) -> Style:
    return Style(KEEP, "CHANGELOG.md", tuple(dedent(text).strip().splitlines()))


@pytest.mark.parametrize(
    ("files", "style", "path"),
    [
        ({"CHANGELOG.md": "## [Unreleased]\n"}, KEEP, "CHANGELOG.md"),
        ({"Changelog.md": "## unreleased\n"}, KEEP, "Changelog.md"),
        ({"CHANGES": "as of https://keepachangelog.com/\n"}, KEEP, "CHANGES"),
        ({"HISTORY.rst": "1.0\n---\n- All.\n"}, PLAIN, "HISTORY.rst"),
        ({"NEWS.md": "- n\n", "CHANGELOG.md": "- c\n"}, PLAIN, "CHANGELOG.md"),
        ({"towncrier.toml": "[tool.towncrier]\n", "changelog.d/1.doc.md": ""}, TOWNCRIER, "changelog.d"),
        (
            {"pyproject.toml": '[tool.towncrier]\npackage = "a.b"\n', "a/b/newsfragments/x": ""},
            TOWNCRIER,
            "a/b/newsfragments",
        ),
        ({"pyproject.toml": '[tool.towncrier]\ndirectory = "../.."\n'}, PLAIN, ""),
        ({"pyproject.toml": '[tool.towncrier]\ndirectory = "gone"\n'}, PLAIN, ""),
        ({"pyproject.toml": "[tool.towncrier\n"}, PLAIN, ""),
        ({"pyproject.toml": "tool = 3\n"}, PLAIN, ""),
        ({"changes.py": "- a\n", "docs/CHANGELOG.md": "- a\n"}, PLAIN, ""),
        ({}, PLAIN, ""),
    ],
)
def test_a_style_is_known_by_its_files(tmp_path: Path, files: dict[str, str], style: str, path: str) -> None:
    made = found(tmp_path, files)
    assert (made.name, made.path) == (style, path)


@pytest.mark.parametrize(
    ("settings", "files", "categories", "ending"),
    [
        ("", {}, ("feature", "bugfix", "doc", "removal", "misc"), ".rst"),
        ('filename = "NEWS.md"\n', {}, ("feature", "bugfix", "doc", "removal", "misc"), ".md"),
        ('[[tool.towncrier.type]]\nname = "Fix"\n', {"1.fix.txt": ""}, ("fix",), ".txt"),
        ('[tool.towncrier.fragment.new]\n[tool.towncrier.fragment."../x"]\n', {"1.new.sh": ""}, ("new",), ".rst"),
        ("type = 3\n", {".gitignore": ""}, ("feature", "bugfix", "doc", "removal", "misc"), ".rst"),
    ],
)
def test_fragments_are_called_as_the_settings_and_their_like_say(
    tmp_path: Path, settings: str, files: dict[str, str], categories: tuple[str, ...], ending: str
) -> None:
    there = {f"newsfragments/{name}": text for name, text in {"README": "", **files}.items()}
    style = found(tmp_path, {"towncrier.toml": f"[tool.towncrier]\n{settings}", **there})
    assert (style.categories, style.ending) == (categories, ending)
    entry = place_entry(style, categories[0], "New.", 9)
    assert entry == Entry(f"newsfragments/9.{categories[0]}{ending}", "a new file", "New.")


FULL = """
    # Changelog

    ## [Unreleased]

    ### Added

    - A. (!1)

    ### Fixed

    ## [1.0.0]
    - B. (!2)

    [Unreleased]: https://forge.example/
    """


@pytest.mark.parametrize(
    ("text", "category", "where", "lines"),
    [
        (FULL, "Added", "below line 7, under Unreleased, Added", "- New. (!9)"),
        (FULL, "Fixed", "below line 9, under Unreleased, Fixed", "- New. (!9)"),
        (FULL, "Security", "below line 9, under Unreleased", "\n### Security\n\n- New. (!9)"),
        ("## Unreleased\n\n[x]: y", "Fixed", "below line 1, under Unreleased", "\n### Fixed\n\n- New."),
        ("# C\n\n## 1.0\n* B", "Fixed", "above line 3, the newest release", "## [Unreleased]\n\n### Fixed\n\n* New.\n"),
        ("keepachangelog.com", "Fixed", "at the end", "## [Unreleased]\n\n### Fixed\n\n- New.\n"),
    ],
)
def test_an_entry_goes_below_the_last_of_its_kind(text: str, category: str, where: str, lines: str) -> None:
    assert place_entry(kept(text), category, "New.", 9) == Entry("CHANGELOG.md", where, lines)


@pytest.mark.parametrize(
    ("lines", "where", "text"),
    [
        (("1.0", "* A (#1)", "* B, #2", "* C"), "above line 2, the newest entry", "* New. (#9)"),
        (("1.0", "* A (#1)", "* B"), "above line 2, the newest entry", "* New."),
        (("prose",), "at the end", "- New."),
    ],
)
def test_in_a_plain_list_it_goes_to_the_top(lines: tuple[str, ...], where: str, text: str) -> None:
    style = Style(PLAIN, "NEWS", lines)
    assert place_entry(style, "", "New.", 9) == Entry("NEWS", where, text)


def test_the_newest_entries_are_the_examples() -> None:
    assert examples(kept(FULL)) == ["- A. (!1)", "- B. (!2)"]


def test_what_the_model_is_told() -> None:
    values: dict[str, Any] = {"title": "T", "body": "B", "change": "=== a.py"}
    assert (
        render("changelog/user.j2", examples=["- A."], **values)
        == dedent("""
        # Entries that are there

        - A.

        # What its author says of the change

        T

        B

        # The change

        ```
        === a.py
        ```

        Now answer with the JSON.
        """).strip()
    )
    rules = render("changelog/system.j2", categories=("Added", "Fixed"), language="German")
    assert 'one of: Added, Fixed.\n- Write "entry" in German.' in rules
    assert rules.endswith('{"entry": "", "category": "Added"}')
    assert render("changelog/system.j2", categories=(), language="German").endswith('{"entry": ""}')
