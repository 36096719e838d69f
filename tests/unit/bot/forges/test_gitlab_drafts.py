"""A merge request is a draft as long as its title begins so."""

import pytest

from bot.forges.gitlab.drafts import plain_title, titled


@pytest.mark.parametrize("title", ["Mend", "Draft: Mend", "draft:Mend", "[Draft] Mend", " (draft) DRAFT: Mend"])
def test_a_title_says_once_that_it_is_a_draft_or_not_at_all(title: str) -> None:
    assert (plain_title(title), titled(title, draft=True), titled(title, draft=False)) == (
        "Mend",
        "Draft: Mend",
        "Mend",
    )


@pytest.mark.parametrize("title", ["Drafts: a list", "Mend the draft: now", "[drafty] Mend", ""])
def test_other_words_are_left(title: str) -> None:
    assert titled(title, draft=False) == title
