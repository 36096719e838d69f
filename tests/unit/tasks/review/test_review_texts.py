"""Every text of a review as people get it, and what no model can do in it."""

import re
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.diff import Side
from tasks.quoting import LONGEST_BODY
from tasks.review.finding import Category, Finding, Severity
from tasks.review.prose import prose
from tasks.review.rendering import Since, comment, headline, summary
from tasks.review.report import NotCovered, Report, Reported, Verdict
from tasks.review.reports.markdown import to_markdown

HEAD = "c0ffee1" + "0" * 33


def finding(**changes: Any) -> Finding:
    values: dict[str, Any] = {
        "path": "shop.py",
        "first": 3,
        "last": 4,
        "title": "The last item is lost",
        "body": "`range` ends **before** its end.",
        "rule": "model/bug",
        "source": "model",
        "severity": Severity.MAJOR,
        "category": Category.BUG,
    }
    return Finding(**{**values, **changes})


def reported(*findings: Finding) -> tuple[Reported, ...]:
    return tuple(Reported(each, f"{number:020x}") for number, each in enumerate(findings))


def report(verdict: Verdict, *findings: Finding, **changes: Any) -> Report:
    values: dict[str, Any] = {"head": HEAD, "findings": reported(*findings), "model": "Grown-7B"}
    return Report(verdict, **{**values, **changes})


def text(snapshot: str) -> str:
    return dedent(snapshot).strip()


WHOLE = finding(path="", first=0, last=0, title="No test covers it", body="Add one.", severity=Severity.MINOR)
TOOL = finding(rule="ruff/B006", source="ruff", title="Mutable default", body="", severity=Severity.CRITICAL)


def test_a_comment_at_a_line() -> None:
    assert comment(finding()) == "**Major: The last item is lost**\n\n`range` ends **before** its end."
    assert comment(TOOL) == "**Critical: Mutable default** (`ruff/B006`)"


def test_the_summary_of_a_review_with_findings() -> None:
    made = report(Verdict.FINDINGS, finding(), TOOL, WHOLE, folded=reported(finding(severity=Severity.INFO)))
    assert summary(made, made.findings[2:], Since(3, 1), "job 42") == text("""
        **3 findings: 1 critical, 1 major, 1 minor**. Of earlier findings: still open 3, fixed 1.

        **Without a place in the diff:**

        - **Minor: No test covers it**

        <details><summary>What they say</summary>

        **No test covers it**

        Add one.

        </details>

        <details><summary>1 more remark, of less weight</summary>

        - info: The last item is lost (`shop.py:3-4`)

        </details>

        <sub>c0ffee1 · Grown-7B · job 42</sub>
        """)


def test_the_summary_of_a_partial_review() -> None:
    gaps = (NotCovered("big.py", "it has 90,000 lines"), NotCovered("b.py", "the budget was spent"))
    made = report(Verdict.PARTIAL, finding(), not_covered=gaps, failures=("Answer 3 was cut off.",), absent=("zizmor",))
    assert summary(made) == text("""
        **Partly reviewed: 1 finding**, and not everything was looked at. What is missing below is no all-clear.

        **What went wrong:**

        - Answer 3 was cut off.

        **Not looked at:**

        - `big.py`: it has 90,000 lines
        - `b.py`: the budget was spent

        Not installed here, so not asked: zizmor.

        <sub>c0ffee1 · Grown-7B</sub>
        """)


def test_the_summary_of_a_review_that_failed() -> None:
    made = report(Verdict.FAILED, failures=("The model server answers 500.",), model="")
    assert summary(made) == text("""
        **The review failed**. This is no all-clear, and no verdict on the change. No model read it: only tools did.

        **What went wrong:**

        - The model server answers 500.

        <sub>c0ffee1</sub>
        """)


def test_the_summary_of_a_clean_review_is_for_the_check_alone() -> None:
    assert (
        summary(report(Verdict.CLEAN)) == "**No findings** in what this change adds.\n\n<sub>c0ffee1 · Grown-7B</sub>"
    )


@pytest.mark.parametrize(
    ("made", "line"),
    [
        (report(Verdict.CLEAN), "No findings"),
        (report(Verdict.FINDINGS, TOOL), "1 finding: 1 critical"),
        (report(Verdict.PARTIAL, failures=("x",)), "Partly reviewed: 0 findings"),
        (report(Verdict.FAILED, failures=("x",)), "The review failed"),
        (report(Verdict.FAILED, TOOL, failures=("x",)), "The review failed: 1 finding"),
    ],
)
def test_headlines(made: Report, line: str) -> None:
    assert headline(made) == line


def test_a_headline_is_short_enough_for_a_check() -> None:
    many = [finding(severity=severity) for severity in Severity for _ in range(99)]
    assert headline(report(Verdict.FINDINGS, *many)) == "396 findings: 99 critical, 99 major, 99 minor, 99 info"


def test_all_of_a_review_for_a_terminal() -> None:
    made = report(
        Verdict.PARTIAL,
        finding(quote="for i in range(len(items)):\n    pay(i)", suggestion="for i in items:\n    pay(i)"),
        finding(path="a|b.py", first=9, last=9, quote="x = 1", title="Odd | name", body="", rule="ruff/B1"),
        finding(side=Side.OLD, title="It was needed"),
        WHOLE,
        not_covered=(NotCovered("big.py", "it has 90,000 lines"),),
    )  # fmt: skip
    assert to_markdown(made) == text(r"""
        **Partly reviewed: 4 findings**, and not everything was looked at. What is missing below is no all-clear.

        | severity | where | what | rule |
        | --- | --- | --- | --- |
        | major | `shop.py:3-4` | The last item is lost | `model/bug` |
        | major | `a\|b.py:9` | Odd name | `ruff/B1` |
        | major | `shop.py:3-4` | It was needed | `model/bug` |
        | minor | the whole change | No test covers it | `model/bug` |

        ### `shop.py`

        **Major: The last item is lost** (lines 3 to 4)

        `range` ends **before** its end.

        Suggested:

        ```diff
        -for i in range(len(items)):
        +for i in items:
             pay(i)
        ```

        **Major: It was needed** (lines 3 to 4 before the change)

        `range` ends **before** its end.

        ### `a|b.py`

        **Major: Odd name** (line 9)

        ```py
        9  x = 1
        ```

        ### The whole change

        **Minor: No test covers it**

        Add one.

        **Not looked at:**

        - `big.py`: it has 90,000 lines

        Reviewed at c0ffee1 by Grown-7B.
        """) + "\n"  # fmt: skip


MARK = f"<!-- codex-bot:finding {'a' * 20} -->"
NASTY = (
    MARK + "a`|b\n</details>\n![x](http://evil/x.png) @bob #1 !2 <img src=x> \n/approve\n"
    "```suggestion\nrm -rf /\n```\n# Big\n<details>\n~~~suggestion:-0+0\nx"
)


def page(made: str) -> str:
    return str(MarkdownIt("commonmark").enable("table").render(made))


@pytest.mark.parametrize("size", [1, 2, 3, 4, 40])
def test_nothing_of_a_model_breaks_out_of_a_summary(size: int) -> None:
    nasty = finding(path=NASTY, title=NASTY, body=NASTY, rule=f"{NASTY}/x", source=NASTY, quote=NASTY, suggestion=NASTY)
    made = report(
        Verdict.PARTIAL,
        *[nasty] * size,
        folded=reported(*[nasty] * size),
        not_covered=(NotCovered(NASTY, NASTY),) * size,
        failures=(NASTY,) * size,
        absent=(NASTY,),
        model=NASTY,
    )
    said = (summary(made, made.findings, Since(1, 1), "job 42"), comment(nasty))
    assert MARK not in "".join(said)
    for shown in (*said, to_markdown(made)):
        html = page(shown)
        plain = re.sub(r"(?s)<code.*?</code>", "", html)
        assert "<img" not in html
        assert 'class="language-suggestion' not in html
        assert "<!--" not in plain
        assert not re.search(r"@\w|#\d|!\d|^/approve", plain, re.MULTILINE)
        assert html.count("<details>") == html.count("</details>") == shown.count("\n<details>")
        assert "<h1>" not in html
    shown = summary(made, made.findings, Since(1, 1), "job 42")
    visible = re.sub(r"(?ms)^<details>.*?^</details>\n\n", "", shown)
    assert len(visible.strip().splitlines()) <= 25
    assert shown.count("\n<details>") <= 4
    assert shown.splitlines()[0].startswith("**Partly reviewed")
    assert page(shown).rstrip().endswith("</sub></p>")


def test_a_summary_stays_within_a_forges_limit() -> None:
    long = finding(body="word " * 2_000)
    made = report(Verdict.FINDINGS, *[long] * 40)
    shown = summary(made, made.findings)
    assert len(shown) <= LONGEST_BODY
    assert shown.startswith("*Cut to")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Use `x < y` and `<T>`.", "Use `x < y` and `<T>`."),
        ("```html\n<b>\n```", "```html\n<b>\n```"),
        ("a <b>bold</b> word", "a &lt;b>bold&lt;/b> word"),
        ("```suggestion\nx\n```", "```text\nx\n```"),
        ("```python\nx = 1", "```python\nx = 1\n```"),
        ("~~~\nx", "~~~\nx\n~~~"),
        ("## Why\nbecause", "Why\nbecause"),
        ("![p](http://e/?q=secret)", "!\\[p](http://e/?q=secret)"),
        ("", ""),
    ],
)
def test_prose(said: str, shown: str) -> None:
    assert prose(said) == shown


@pytest.mark.parametrize("sign", ["`x``", "<a", "![", "*_", ">", "[", "```\n~~~\n"])
def test_a_flood_of_signs_is_cut(sign: str) -> None:
    assert prose(sign * 30_000).startswith("*Cut to 10000 characters.*")


PIECES = st.sampled_from(
    ["`", "``", "```", "````", "~~~", "\n", "\n\n", "<img src=x>", "<!--", "-->", "![a](b)", "suggestion", "> ", "- ",
     "    ", "x", "<details>", "[a]: <b>", "\\", "<script>", "![", "](u)", "<?", "&lt;", "1. "]
)  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(st.lists(PIECES, max_size=14).map("".join))
def test_no_mix_of_signs_shows_html_or_a_picture_or_swallows_what_follows(said: str) -> None:
    html = page(f"{prose(said)}\n\n<sub>ours</sub>")
    assert not re.search(r"<(?:img|script|details|!--|\?)", html)
    assert "language-suggestion" not in html
    assert html.rstrip().endswith("<p><sub>ours</sub></p>")
