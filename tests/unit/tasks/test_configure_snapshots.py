"""What people read when a repository is set up."""

import re
from textwrap import dedent
from typing import Any

import pytest
from markdown_it import MarkdownIt

from bot.repo_config_text import read_config
from tasks.commands.registry import Command
from tasks.commands.templates import render
from tasks.context.detect import TestCommand

PYTEST, MAKE = TestCommand(("pytest", "-q"), "pyproject.toml"), TestCommand(("make", "test"), "Makefile")
COMMANDS = [Command("implement", "turn this issue into a pull request", lambda _work: "")]
ASKED = {"asker": "ann", "file": ".codex.toml", "branch": "codex/configure"}


def body(**changes: Any) -> str:
    values: dict[str, Any] = {
        **ASKED,
        "languages": {"python": 12, "c++": 1},
        "tests": PYTEST,
        "further_tests": [MAKE],
        "runnable": True,
        "base": "main",
        "commands": COMMANDS,
        "label": "codex",
        "required": False,
        "sandbox": True,
    }
    return render("configure/pull_request.md.j2", **{**values, **changes})


def text(snapshot: str) -> str:
    return dedent(snapshot).strip()


REST = """
**To change it**, edit `.codex.toml` here before the merge, or later on `main`. Where it holds a mistake, the bot answers with its line and does nothing else.

**To switch the bot off**, set `enabled = []` in `[commands]`, or take its access to this repository away.

<details><summary>Commands</summary>

- `/codex implement`: turn this issue into a pull request
- always there: `/codex help`, `/codex status`, `/codex cancel`, `/codex retry`

</details>
"""  # noqa: E501


def test_the_pull_request_that_sets_a_repository_up() -> None:
    assert body() == text("""
        **Merging this sets Codex Bot up here**; closing it changes nothing. It adds one file, `.codex.toml`, and @ann asked for it.

        | detected | | by |
        | --- | --- | --- |
        | languages | python, c++ | 13 files, by their endings |
        | test command | `pytest -q` | `pyproject.toml` |
        | not used | `make test` | `Makefile` |

        **Once it is merged**

        - Who may: everybody with write permission, nobody else. `[access]` narrows that.
        - What happens: nothing until somebody writes a command, or labels an issue `codex`. The answer is a comment, or a pull request from a branch `codex/…` that people merge.
        - Tests: `pytest -q` is run before and after each change, in a sandbox without network.
        - Never changed by the bot: CI settings, code owners, submodules, this file, and what you name in `[paths]`.

        **Until then** commands work with the same rules, for all languages.

        REST
        """).replace("REST", REST.strip())  # noqa: E501


def test_and_of_one_in_which_nothing_was_found() -> None:
    made = body(languages={}, tests=None, further_tests=[], runnable=False, required=True)
    _, missing, heading = made.split("\n\n")[:3]
    assert missing.startswith("**Not found:** source files in a language that is known, a test command; name it in")
    assert heading == "**Once it is merged**"
    assert "\n- Tests: pytest is tried; where it finds nothing, a change counts as verified only by" in made
    assert "\n**Until then** nothing is done in this repository.\n" in made


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sandbox": False}, "this machine has no sandbox, so nothing is run and every change is an unverified draft."),
        ({"tests": MAKE, "runnable": False}, "only pytest can be run today, so every change is an unverified draft."),
    ],
)
def test_it_promises_no_test_that_cannot_be_run(changes: dict[str, Any], said: str) -> None:
    assert f"\n- Tests: {said}\n" in body(**changes)


@pytest.mark.parametrize(
    ("changes", "title"),
    [({"languages": {}}, "source files"), ({"tests": None, "further_tests": [], "runnable": False}, "a test command")],
)
def test_what_was_not_found_is_named(changes: dict[str, Any], title: str) -> None:
    assert f"**Not found:** {title}" in body(**changes)
    assert body(**changes).count("| --- | --- | --- |") == 1


def test_no_name_of_a_file_breaks_out() -> None:
    made = body(tests=TestCommand(("pytest", "-q"), "a`|b @bob <img src=x>/test_a.py"))
    page = str(MarkdownIt("commonmark").enable("table").render(made))
    assert "<img" not in page
    assert "@bob" not in re.sub(r"(?s)<code>.*?</code>", "", page)


@pytest.mark.parametrize("languages", [{}, {"python": 3, "c#": 1}])
@pytest.mark.parametrize("tests", [None, PYTEST, TestCommand(("go", "test", "./..."), "go.mod")])
def test_the_file_itself_can_be_read(languages: dict[str, int], tests: TestCommand | None) -> None:
    made = render("configure/codex.toml.j2", languages=languages, tests=tests)
    config = read_config(made.encode(), ["implement"])
    assert (config.languages, config.tests.command) == (tuple(languages), tests and tests.words)
    # What stands there only to be switched on is right as well.
    switched_on = re.sub(r"(?m)^# (?=(?:languages|enabled|include|command) = )", "", made)
    assert read_config(switched_on.encode(), ["implement"]).paths.include == ("src/",)


def test_the_file_itself() -> None:
    assert render("configure/codex.toml.j2", languages={"python": 3}, tests=PYTEST) == text("""
        # How Codex Bot works in this repository. It reads this file on the default branch only, never in a pull request.
        # Every key can be left out. For help in an editor, make this the first line: #:schema ADDRESS
        # with the address of bot/codex.schema.json of your Codex Bot.

        # Source files in other languages are neither shown to the model nor changed; without this line, all are open.
        languages = ["python"]

        [commands]
        # enabled = ["implement"]  # only these; [] switches the bot off
        disabled = []

        [access]
        who = "write"              # or "admin", or a list of accounts with write permission
        refusals = "comment"       # or "silent": who may not gets no answer

        # Patterns as in .gitignore. What decides how the repository is built, checked and guarded is always protected.
        [paths]
        # include = ["src/"]       # the model sees and changes only these files
        exclude = []               # the model neither sees nor changes these
        protected = []             # the model sees these, but only people change them

        [model]
        profile = "auto"           # or "small": one whole file at a time; "large": edits in several files

        [tests]
        command = ["pytest", "-q"]
        """)  # noqa: E501


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        (
            "opened",
            {"url": "http://f/1"},
            "**Done: http://f/1** for @ann. It adds `.codex.toml`; nothing changes before",
        ),
        ("open", {"url": "http://f/1"}, "**It waits to be merged: http://f/1**, @ann. Edit `.codex.toml` there,"),
        ("closed", {}, "**Not asked again**, @ann: the branch `codex/configure` is there without an open pull request"),
        ("there", {"text": "a", "problem": ""}, "**Set up already**, @ann: the default branch has a `.codex.toml`."),
        (
            "there",
            {"text": "a", "problem": "`x`:\n\n- y"},
            "**Set up, but with a mistake**, @ann: `x`:\n\n- y\n\nCorrect",
        ),
    ],
)
def test_the_first_line_is_the_verdict(name: str, values: dict[str, str], said: str) -> None:
    assert render(f"configure/{name}.md.j2", **ASKED, **values).startswith(said)


def test_no_file_breaks_out_of_its_block() -> None:
    made = render("configure/there.md.j2", **ASKED, problem="", text="# ````\n</details> <!-- x --> @bob\n" * 3)
    page = str(MarkdownIt("commonmark").render(made))
    assert (page.count("<details>"), page.count("</details>")) == (1, 1)
    assert "<!-- x" not in made
    assert "@bob" not in made
