"""Files into a prompt by exact tokens: whole or not at all, and never silently."""

from collections.abc import Sequence

import pytest

from bot.errors import UserError
from tasks.context.prompt import Prompt, Source, fit
from tasks.model import Message

SHORT, LONG, LAST = Source("a.py", "a" * 10), Source("b.py", "b" * 50), Source("c.md", "c" * 10)


class Counter:
    """Counts one token for each character, and how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, messages: Sequence[Message]) -> int:
        self.asked += 1
        return sum(len(message.content) for message in messages)


def render(sources: Sequence[Source]) -> Sequence[Message]:
    return [Message("user", "ask: " + "".join(source.text for source in sources))]


def fitted(budget: int, *sources: Source) -> tuple[Prompt, Counter]:
    count = Counter()
    return fit(sources, render, count=count, budget=budget), count


def test_a_prompt_of_exactly_the_budget_fits_and_one_token_more_does_not() -> None:
    assert fitted(75, SHORT, LONG, LAST)[0].tokens == 75
    assert [source.path for source in fitted(74, SHORT, LONG, LAST)[0].sources] == ["a.py", "b.py"]


def test_what_does_not_fit_is_named_and_a_smaller_one_after_it_still_taken() -> None:
    prompt, count = fitted(40, SHORT, LONG, LAST)
    assert ([source.path for source in prompt.sources], prompt.left_out) == (["a.py", "c.md"], ["b.py"])
    assert prompt.tokens == count(prompt.messages)


def test_the_server_is_asked_to_count_once_for_each_file() -> None:
    assert fitted(100, SHORT, LONG, LAST)[1].asked == 3


def test_where_not_even_the_first_file_fits_both_numbers_are_told() -> None:
    with pytest.raises(UserError, match=r"`b\.py` with the request needs 55 tokens; the model that is served takes 54"):
        fitted(54, LONG, SHORT)


@pytest.mark.parametrize(
    ("path", "language"), [("a.py", "python"), ("x/b.tsx", "tsx"), ("Makefile", ""), ("a.unknown", "")]
)
def test_a_fence_carries_the_word_for_the_language(path: str, language: str) -> None:
    assert Source(path, "").language == language
