"""Every comment and pull request body as people get it."""

import dataclasses
import re
from textwrap import dedent
from typing import Any

import pytest
from markdown_it import MarkdownIt

from bot.events import Account, Issue
from bot.ledger import JobState
from tasks.commands.proof import render_proof
from tasks.commands.registry import discover
from tasks.commands.templates import render
from tasks.quoting import LONGEST_BODY
from tasks.verify.evidence import Evidence, Row

ISSUE = Issue(7, "Add `is_even`", "Please @bob, see #3.\n\n```python\nassert is_even(2)\n```", Account("zoe"))
ROWS = [
    Row("test from the issue", "✗ 1 failed", "✓ 1 passed"),
    Row("the repository's tests", "✓ 3 passed", "✓ 3 passed"),
]
VERIFIED = Evidence(ROWS, [], "3 passed")
UNVERIFIED = Evidence(ROWS, ["The test from the issue does not pass.", "Broken by the change: `a`."], "F")
NOT_RUN = Evidence([], ["Nothing was run: no sandbox on this machine (bubblewrap is not installed)."])
TOY = "Toy-135M is a toy model: good for seeing everything work, not for real work."
FOOT = "<sub>job 42 · Grown-7B · 900 + 50 tokens</sub>"


def shown(name: str, **changes: Any) -> str:
    values = {
        "asker": "ann",
        "answers": 2,
        "discarded": ["answer 1: changes nothing"],
        "job": 42,
        "model": "Grown-7B",
        "tokens_in": 900,
        "tokens_out": 50,
        "toy_note": "",
    }
    return render(name, **{**values, **changes})


def body(evidence: Evidence, **changes: Any) -> str:
    values: dict[str, Any] = {
        "evidence": evidence,
        "issue": ISSUE,
        "files": [{"path": "kit.py", "added": 4, "removed": 1, "deleted": False, "was": ""}],
        "read": ["kit.py", "more.py"],
        "left_out": [],
        "argument": "",
        "sandbox": "full",
    }
    values |= changes
    proof = render_proof(evidence, issue=values["issue"].number, title=values["issue"].title)
    return shown("implement/pull_request.md.j2", **values, proof=proof)


def text(snapshot: str) -> str:
    return dedent(snapshot).strip()


def test_a_verified_pull_request() -> None:
    assert body(VERIFIED) == text("""
        <!-- proof -->
        Fixes #7: Add is_even. The tests below were run before and after the change.

        | check | before | after |
        | --- | --- | --- |
        | test from the issue | ✗ 1 failed | ✓ 1 passed |
        | the repository's tests | ✓ 3 passed | ✓ 3 passed |

        <details><summary>Test output after the change</summary>

        ```
        3 passed
        ```

        </details>
        <!-- end of proof -->

        **What changed:**

        - `kit.py`: +4 \u22121

        <details><summary>What was asked, by @ann</summary>

        ````markdown
        Add `is_even`

        Please @\u200bbob, see #\u200b3.

        ```python
        assert is_even(2)
        ```
        ````

        </details>
        <details><summary>How this was made</summary>

        - Files that the model read, whole: `kit.py`, `more.py`
        - Answers of the model: 2, of which not used:
          - answer 1: changes nothing
        - Sandbox: full
        - Not checked: NOT_CHECKED

        </details>

        FOOT
        """).replace("NOT_CHECKED", NOT_CHECKED).replace("FOOT", FOOT)


NOT_CHECKED = (
    "lint and types, tests that pytest does not find, other versions of the language, "
    "anything that needs the network or a package that is not here."
)


def test_the_top_of_an_unverified_draft() -> None:
    assert body(UNVERIFIED, toy_note=TOY).split("<details><summary>What was", maxsplit=1)[0].strip() == text("""
        <!-- proof -->
        **Unverified draft** for #7: Add is_even. Read it as a suggestion, not as a solution.

        | check | before | after |
        | --- | --- | --- |
        | test from the issue | ✗ 1 failed | ✓ 1 passed |
        | the repository's tests | ✓ 3 passed | ✓ 3 passed |

        **Not verified:**

        - The test from the issue does not pass.
        - Broken by the change: `a`.

        <details><summary>Test output after the change</summary>

        ```
        F
        ```

        </details>
        <!-- end of proof -->

        > Toy-135M is a toy model: good for seeing everything work, not for real work.

        **What changed:**

        - `kit.py`: +4 \u22121
        """)


def test_the_top_of_a_draft_that_was_not_run() -> None:
    top = body(NOT_RUN).split("**What changed:**", maxsplit=1)[0].strip()
    assert top == text("""
        <!-- proof -->
        **Unverified draft** for #7: Add is_even. Read it as a suggestion, not as a solution.

        **Not verified:**

        - Nothing was run: no sandbox on this machine (bubblewrap is not installed).
        <!-- end of proof -->
        """)


def test_one_answer_with_hints_and_files_left_out() -> None:
    made = body(VERIFIED, answers=1, discarded=[], left_out=["big.py", "huge.py"], argument="only @kit\nplease")
    assert "\n- Left out for want of room: `big.py`, `huge.py`\n- Answers of the model: 1\n- Sandbox" in made
    assert "\n````\n\nWith the words: only @\u200bkit please\n\n</details>" in made


@pytest.mark.parametrize(
    ("evidence", "first"),
    [
        (VERIFIED, "**Done: http://f/1** for @ann. Test from the issue: ✗ 1 failed before, ✓ 1 passed after."),
        (UNVERIFIED, "**An unverified draft: http://f/1** for @ann. The test from the issue does not pass."),
        (NOT_RUN, f"**An unverified draft: http://f/1** for @ann. {NOT_RUN.missing[0]}"),
    ],
)
def test_the_status_at_the_end(evidence: Evidence, first: str) -> None:
    assert shown("implement/done.md.j2", evidence=evidence, url="http://f/1") == f"{first}\n\n{FOOT}"


def test_the_status_when_there_is_nothing_to_propose() -> None:
    assert shown("implement/nothing.md.j2") == text(f"""
        **Not done: the model answered 2 times, and nothing of it could be proposed.** Nothing was pushed.

        - answer 1: changes nothing

        Next: say more precisely what should change and where, for example `/codex implement change the function x in y.py`.

        {FOOT}
        """)  # noqa: E501
    toy = shown("implement/nothing.md.j2", answers=1, toy_note=TOY)
    assert toy.startswith("**Not done: the model answered once, and nothing of it could be proposed.**")
    assert f"\nNext: connect a real model. {TOY}\n" in toy


def test_the_status_of_a_job_that_ended_early() -> None:
    assert shown("ended.md.j2", message="`kit.py` has 9000 tokens") == text("""
        **Not done**, @ann: kit.py has 9000 tokens.

        What to do about it stands in the comment below.

        <sub>job 42</sub>
        """)


@pytest.mark.parametrize(
    ("state", "first"),
    [
        ("cancelled", "**Cancelled.** Nothing more is done for the request of @ann; `/codex retry` takes it up again."),
        ("superseded", "**Stopped:** a newer request takes the place of this one of @ann."),
    ],
)
def test_the_status_of_a_job_that_was_stopped(state: str, first: str) -> None:
    assert render("stopped.md.j2", asker="ann", state=state, job=42) == f"{first}\n\n<sub>job 42</sub>"


@dataclasses.dataclass
class _Stopped:
    id: int
    state: JobState
    kind: str = "implement"


def test_the_answer_to_cancel() -> None:
    jobs = [_Stopped(42, JobState.CANCELLED), _Stopped(41, JobState.LEASED), _Stopped(40, JobState.DONE)]
    assert render("cancel.md.j2", asker="ann", jobs=jobs) == text("""
        **Cancelled** for @ann:

        - `/codex implement` (job 42)
        - `/codex implement` (job 41), which stops within seconds
        - `/codex implement` (job 40), which had just ended: done

        `/codex retry` takes it up again.
        """)
    assert render("cancel.md.j2", asker="ann", jobs=[]) == (
        "**Nothing to cancel**, @ann: nothing is being done here, and nothing waits."
    )


def test_the_answer_to_retry() -> None:
    assert render("retry.md.j2", asker="ann", job=_Stopped(42, JobState.QUEUED)) == (
        "**Trying again** for @ann: `/codex implement` (job 42). What was done so far is kept."
    )


def test_the_status_of_a_job_that_waits() -> None:
    assert render("waiting.md.j2", asker="ann", command="implement", job=42) == text("""
        **Codex Bot is waiting** with the request of @ann: something that it needs does not answer now.

        It goes on by itself as soon as it can; nothing is lost, and nothing needs to be asked again.

        <sub>`/codex implement` · job 42</sub>
        """)


@pytest.mark.parametrize(("detail", "words"), [("", ""), ("answer 2 of at most 4", ", answer 2 of at most 4")])
def test_the_checklist(detail: str, words: str) -> None:
    steps = [(True, "Read the issue and, whole, 2 files"), (False, "Write the change")]
    made = render(
        "progress.md.j2", asker="ann", command="implement", note="Grown-7B", steps=steps, number=2, detail=detail
    )
    assert made == text(f"""
        **Codex Bot is working on this** for @ann: step 2 of 2{words}

        - [x] Read the issue and, whole, 2 files
        - [ ] Write the change

        <sub>`/codex implement` · Grown-7B · stop: `/codex cancel`</sub>
        """)


LIST = """
Write one of these at the top of a comment:

| command | what it does |
| --- | --- |
| `/codex help` | say what can be asked |
| `/codex implement` | turn this issue into a pull request, with tests run before and after the change |
"""


@pytest.mark.parametrize(
    ("asked", "near", "first"),
    [
        ("help", "", ""),
        ("implment", "implement", "**There is no command `implment`.** Did you mean `/codex implement`?\n"),
        ("dance", "", "**There is no command `dance`.**\n"),
    ],
)
def test_help(asked: str, near: str, first: str) -> None:
    commands = [command for name, command in discover().items() if name in {"help", "implement"}]
    made = render("help.md.j2", asked=asked, unknown=bool(first), near=near, commands=commands)
    assert made == f"{first}{LIST}".strip()


def markdown(made: str) -> str:
    return str(MarkdownIt("commonmark").enable("table").render(made))


def test_a_pull_request_says_which_file_is_gone_and_which_was_renamed() -> None:
    files = [
        {"path": "kit.py", "added": 4, "removed": 1, "deleted": False, "was": "set.py"},
        {"path": "old.py", "added": 0, "removed": 9, "deleted": True, "was": ""},
    ]
    assert "- `set.py` → `kit.py`: +4 \u22121\n- `old.py`: deleted, \u22129\n" in body(VERIFIED, files=files)


NASTY = "a`|b\n</details>\n![x](http://evil/x.png) @bob #1 <img src=x> ```"


@pytest.mark.parametrize("evidence", [VERIFIED, UNVERIFIED, NOT_RUN])
def test_no_name_title_or_output_of_a_stranger_breaks_out(evidence: Evidence) -> None:
    made = body(
        Evidence(evidence.rows, evidence.missing, NASTY),
        issue=Issue(7, NASTY, NASTY * 3, Account("zoe")),
        files=[{"path": NASTY, "added": 1, "removed": 1, "deleted": False, "was": ""}],
        read=[NASTY],
        left_out=[NASTY],
        argument=NASTY,
    )
    page = markdown(made)
    assert "<img" not in page
    assert (made.count("\n<details>"), page.count("<details>"), page.count("</details>")) == (3, 3, 3)
    assert set(re.findall(r"@\w+", re.sub(r"(?s)<code>.*?</code>", "", page))) == {"@ann"}
    assert "by @ann</summary>" in page


@pytest.mark.parametrize("count", [1, 5, 6, 20])
def test_a_pull_request_stays_within_its_bounds(count: int) -> None:
    doubts = [*UNVERIFIED.missing, *UNVERIFIED.missing]
    made = body(
        Evidence(ROWS, doubts, "x" * 99 + ("y" * 5000 + "\n") * 2000),
        issue=Issue(7, "t" * 500, "b" * 70_000, Account("zoe")),
        files=[
            {"path": f"folder/file_{number}.py", "added": 1, "removed": 1, "deleted": False, "was": ""}
            for number in range(count)
        ],
        read=["r" * 200] * 8,
        discarded=["answer: " + "d" * 120] * 8,
        toy_note=TOY,
    )
    page = markdown(made)
    visible = re.sub(r"(?s)<details>.*?</details>", "", made)
    assert len(made) < LONGEST_BODY
    assert (page.count("<table>"), page.count("<details>") <= 4) == (1, True)
    assert len(visible.strip().splitlines()) <= 40
    assert all(line == "" for line in re.findall(r"</summary>\n(.*)\n", made))
