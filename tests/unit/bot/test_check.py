"""Reports of checks: what contradicts itself is refused, what is too long is cut where people notice."""

import pytest

from bot.check import Annotation, CheckReport, Conclusion, Status, within_limits

HEAD = "a" * 40


def report(summary: str = "All.", title: str = "Done", *said: Annotation) -> CheckReport:
    return CheckReport("Codex Bot", HEAD, "7", Status.COMPLETED, title, summary, Conclusion.SUCCESS, annotations=said)


def test_what_fits_stays() -> None:
    said = Annotation("a.py", 1, 2, "m" * 64 * 1024, title="t" * 255)
    whole = report("s" * 65_535, "t" * 60, said)
    assert within_limits(whole) == whole


def test_a_title_is_one_line_of_sixty_characters() -> None:
    assert within_limits(report(title="two\nlines")).title == "two lines"
    cut = within_limits(report(title="t" * 61)).title
    assert (len(cut), cut[-2:]) == (60, "t…")


@pytest.mark.parametrize("line", ["word\n", "größe\n", "😀\n", "x" * 70_000])
def test_a_summary_is_cut_at_its_end_and_says_so(line: str) -> None:
    cut = within_limits(report(line * (140_000 // len(line)))).summary
    assert 60_000 < len(cut.encode()) <= 65_535
    assert cut.endswith("\n\n*The rest does not fit here.*")
    assert cut.startswith(line[:4])


@pytest.mark.parametrize("fence", ["```", "~~~~"])
def test_the_remark_stands_outside_of_code(fence: str) -> None:
    cut = within_limits(report(f"{fence}py\n" + "x = 1\n" * 20_000)).summary
    assert cut.endswith(f"x = 1\n{fence}\n\n*The rest does not fit here.*")
    closed = within_limits(report(f"{fence}\na\n{fence}\n" + "word\n" * 20_000)).summary
    assert closed.count(fence) == 2


def test_a_message_is_cut_between_characters() -> None:
    (said,) = within_limits(report("", "", Annotation("a.py", 1, 1, "é" * 40_000, title="t" * 300))).annotations
    assert said.message == "é" * 32_768
    assert len(said.title) == 255


def test_half_characters_go_nowhere() -> None:
    fitted = within_limits(report("\udc80", "\udc81", Annotation("\udc82", 1, 1, "\udc83")))
    assert (fitted.summary, fitted.title, fitted.annotations) == ("?", "?", (Annotation("?", 1, 1, "?"),))


@pytest.mark.parametrize(("first", "last"), [(0, 1), (2, 1), (-1, -1)])
def test_lines_that_no_file_has(first: int, last: int) -> None:
    with pytest.raises(ValueError, match="no file has"):
        Annotation("a.py", first, last, "Hm")


@pytest.mark.parametrize("head", ["", "main", "a" * 39, "A" * 40, "a" * 40 + "\n", "../" + "a" * 37])
def test_a_head_is_a_full_sha(head: str) -> None:
    with pytest.raises(ValueError, match="no full sha"):
        CheckReport("Codex Bot", head, "7", Status.QUEUED, "", "")


@pytest.mark.parametrize(
    ("status", "conclusion"),
    [(Status.COMPLETED, None), (Status.QUEUED, Conclusion.SUCCESS), (Status.IN_PROGRESS, Conclusion.FAILURE)],
)
def test_only_what_is_over_has_a_conclusion(status: Status, conclusion: Conclusion | None) -> None:
    with pytest.raises(ValueError, match="and only then"):
        CheckReport("Codex Bot", HEAD, "7", status, "", "", conclusion)
