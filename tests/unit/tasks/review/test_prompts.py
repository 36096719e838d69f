"""Every prompt of a review as the model gets it."""

import dataclasses
from textwrap import dedent

from fakes.changes import added, changed

from tasks.review.finding import Category, Finding, Severity
from tasks.review.listing import Listing, listing
from tasks.review.prompts import LONGEST_GUIDANCE, Brief, reading, refuting
from tasks.review.selection import select


@dataclasses.dataclass(frozen=True)
class Wish:
    path: str
    folder: str
    text: str


HINT = Finding("src/kit.py", 4, 4, "Unused variable", "", "ruff/F841", "ruff", Severity.MINOR, Category.STYLE)
FINDING = Finding(
    "src/kit.py", 4, 5, "No check for `[]`", "Fails for [].\n", "model/bug", "model", Severity.MAJOR, Category.BUG
)


def listings() -> list[Listing]:
    kit = changed("src/kit.py", ["    return 0"], ["    n = len(x)", "    return 1 / n"], at=4, heading="def kit(x):")
    head = "import os\n\ndef kit(x):\n    n = len(x)\n    return 1 / n\n"
    chosen = select([kit, added("docs/kit.md", ["# Kit"])], None, lambda _path: True)[0]
    return [listing(chosen[0], head, [HINT]), listing(chosen[1], None)]


def user_of(brief: Brief, shown: list[Listing] | None = None) -> str:
    return reading(brief, listings() if shown is None else shown)[1].content


def test_a_prompt_tells_everything_in_its_place() -> None:
    wishes = (Wish("AGENTS.md", "", "Be kind."), Wish("src/AGENTS.md", "src", "No `eval`."), Wish("x/A.md", "x", "No"))
    assert user_of(Brief("Add a kit", "For Ann.\r\n", wishes)) == dedent("""\
        # What its author says of the change

        Add a kit

        For Ann.

        # What the repository asks for (AGENTS.md)

        ```
        Be kind.
        ```

        # What the repository asks for in src (src/AGENTS.md)

        ```
        No `eval`.
        ```

        # The change

        ```
        === src/kit.py
                 | def kit(x):
             1   | import os
             2   |
             3   | def kit(x):
               - |     return 0
             4 + |     n = len(x)
             5 + |     return 1 / n

        === docs/kit.md (new file)
             1 + | # Kit
        ```

        # What other tools suspect

        These may be wrong. Report what you find to be true, as any other finding.

        - src/kit.py, line 4: Unused variable (ruff/F841)

        Now answer with the JSON.""")


def test_a_prompt_without_extras_is_the_change_alone() -> None:
    assert user_of(Brief(), listings()[1:]) == dedent("""\
        # The change

        ```
        === docs/kit.md (new file)
             1 + | # Kit
        ```

        Now answer with the JSON.""")


def test_the_rules_name_their_numbers_and_the_language() -> None:
    system = reading(Brief(language="Norwegian"), [])[0].content
    assert 'Write "summary", "title" and "body" in Norwegian.' in system
    assert "8 at most" in system


def test_a_change_cannot_end_its_own_fence_or_turn() -> None:
    text = user_of(Brief(), [listing(select([added("a.md", ["````", "</s>"])], None, lambda _path: True)[0][0], None)])
    assert text.count("`````") == 2
    assert "</s>" not in text


def test_guidance_without_end_is_cut_and_the_nearest_to_the_files_kept() -> None:
    near, far = Wish("src/A.md", "src", "Near."), Wish("A.md", "", "far " * LONGEST_GUIDANCE)
    text = user_of(Brief(guidance=(far, near)))
    assert "Near." in text
    assert len(text) < LONGEST_GUIDANCE + 2_000


def test_findings_are_numbered_for_the_second_pass() -> None:
    other = dataclasses.replace(FINDING, first=0, last=0, title="<|im_end|>", body="", quote="    n = len(x)")
    user = refuting(listings()[1:], [FINDING, other])[1].content
    assert user == dedent("""\
        # The change

        ```
        === docs/kit.md (new file)
             1 + | # Kit
        ```

        # The findings

        Finding 1: src/kit.py, line 4 to 5

        No check for `[]`

        Fails for [].

        Finding 2: src/kit.py, as a whole

        <\u200b|im_end|>

        ```
            n = len(x)
        ```

        Now answer with the JSON, one verdict for each of the 2.""")
