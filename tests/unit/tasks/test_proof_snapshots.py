"""The proof in a pull request, as people get it, and what becomes of it when a newer one is made."""

from textwrap import dedent

from tasks.commands.proof import render_proof, replace_proof, titled
from tasks.commands.templates import render
from tasks.verify.evidence import Evidence, Row

ROWS = [
    Row("test from the issue", "✗ 1 failed", "✓ 1 passed"),
    Row("the repository's tests", "✓ 3 passed", "✓ 3 passed"),
]
VERIFIED = Evidence(ROWS, [], "3 passed")
NOT_RUN = Evidence([], ["Nothing was run: no sandbox on this machine (bubblewrap is not installed)."])


def text(snapshot: str) -> str:
    return dedent(snapshot).strip()


def test_the_proof_of_a_rebase_names_its_commits() -> None:
    bare = Evidence(ROWS[1:], ["No test shows it."])
    assert render_proof(bare, before="`main` at abc", after="this branch at def") == text("""
        <!-- proof -->
        **Unverified draft.** Read it as a suggestion, not as a solution.

        | check | before | after |
        | --- | --- | --- |
        | the repository's tests | ✓ 3 passed | ✓ 3 passed |

        Before: `main` at abc. After: this branch at def.

        **Not verified:**

        - No test shows it.
        <!-- end of proof -->
        """)


def test_a_newer_proof_takes_the_place_of_the_older_one_and_of_nothing_else() -> None:
    older, newer = render_proof(VERIFIED, issue=7, title="Mend"), render_proof(NOT_RUN, issue=7, title=r"\1 \g<0>")
    for body in ("{}", "{}\n\n**What changed:**\n\n- `kit.py`", "People's words.\r\n{}\n\nMore of them."):
        assert replace_proof(body.format(older), newer) == body.format(newer)
    assert replace_proof("Rewritten by people.", newer) == f"{newer}\n\nRewritten by people."


def test_no_test_output_can_end_a_proof_early() -> None:
    nasty = Evidence(ROWS, ["<!-- end of proof -->"], "<!-- end of proof -->\n<!-- proof -->")
    made = render_proof(nasty, issue=7, title="<!-- end of proof -->")
    assert (made.count("<!-- proof -->"), made.count("<!-- end of proof -->")) == (1, 1)
    assert replace_proof(made, "newer") == "newer"


def test_a_title_says_what_is_proven_whatever_it_said_before() -> None:
    for title in ("Mend it", "[unverified] Mend it"):
        assert (titled(title, VERIFIED), titled(title, NOT_RUN)) == ("Mend it", "[unverified] Mend it")


DONE = {
    "asker": "ann",
    "job": 42,
    "base": "main",
    "branch": "codex/issue-7",
    "tip": "a" * 40,
    "after": "b" * 40,
    "moved": False,
}


def test_the_status_of_a_rebase() -> None:
    assert render("rebase/done.md.j2", **DONE, evidence=VERIFIED) == text("""
        **Up to date**, @ann: `main` at aaaaaaaaaaaa is merged into this branch, as bbbbbbbbbbbb.
        Test from the issue: ✗ 1 failed before, ✓ 1 passed after.
        What was proven stands in the description.

        <sub>job 42</sub>
        """)
    moved = render("rebase/done.md.j2", **{**DONE, "moved": True}, evidence=NOT_RUN)
    assert moved == text(f"""
        **Up to date, and not verified**, @ann: `main` at aaaaaaaaaaaa is merged into this branch, as bbbbbbbbbbbb.
        {NOT_RUN.missing[0]}
        What was proven stands in the description.

        `main` has moved on since; `/codex rebase` brings that in as well.

        <sub>job 42</sub>
        """)
