"""A comment or a push in, a review out: at both forges, with the real ledger, worker and model protocol."""

from collections.abc import Iterator
from typing import Any

import pytest
from fakes.model_server import Says
from fakes.reviewer import named_in
from stories.review_play import FORGES, Play, Stage, Suggestions, stage
from stories.review_watch import Count
from stories.small_change import BASE, HEAD, TRUTH, A, B, SmallChange

from bot.check import CheckReport, Status
from bot.errors import RetryableError
from bot.events import Repo

MENDED = HEAD[B].replace("    first = items[0]\n", "")
MORE = HEAD[A].replace("    return value\n", "    password = value[0]\n    return value\n")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("stage")) as built:
        yield built


@pytest.fixture(params=FORGES)
def change(request: pytest.FixtureRequest, made: Stage) -> SmallChange:
    return SmallChange(made, request.param)


def said(change: SmallChange) -> list[int]:
    return sorted(named_in(each.body) for each in change.page.said)


def settled(change: SmallChange) -> list[int]:
    return sorted(named_in(each.body) for each in change.page.said if each.thread.is_resolved)


def test_a_new_pull_request_gets_one_review_and_nobody_is_told_again(change: SmallChange) -> None:
    assert change.pull.reviewed_after("opened").outcome.startswith("findings: 2 findings")
    page = change.page
    assert {(each.thread.path, each.thread.line): named_in(each.body) for each in page.said} == TRUTH
    assert (page.verdicts, len(page.summaries), page.comments) == (["COMMENTED"], 1, [])
    assert change.checks == ["success"]
    for check in change.world.checked(change.pull.head):
        assert "Without a place" not in check.summary
        assert not check.summary or "**What was found:**" in check.summary  # one forge has no place for it
    assert change.pull.reviewed_after("ready").outcome == "not reviewed: this commit was"
    assert change.page.verdicts == ["COMMENTED"]


def test_a_push_that_mends_one_and_brings_one_settles_the_one_and_tells_the_other(change: SmallChange) -> None:
    change.pull.reviewed_after("opened")
    change.push({(A, 5): 1, (A, 6): 3}, a_py=MORE, b_py=MENDED)
    change.pull.reviewed_after("pushed")
    assert (said(change), settled(change)) == ([1, 2, 3], [2])
    assert change.page.verdicts == ["COMMENTED", "COMMENTED"]


def test_a_rebase_and_a_squash_repeat_nothing(change: SmallChange) -> None:
    change.pull.reviewed_after("opened")
    rules = {".codex.toml": change.rules}
    change.pull.commit_base({**rules, **BASE, A: f"import sys\n{BASE[A]}"})
    change.reviewer.truth = {(A, 6): 1, (B, 2): 2}
    change.pull.commit({**rules, **HEAD, A: f"import sys\n{HEAD[A]}"}, change.pull.git.tips["main"])
    before = change.page
    assert change.pull.reviewed_after("pushed").outcome.startswith("findings: ")
    assert change.pull.ask().outcome.startswith("findings: ")
    after = change.page
    assert (after.verdicts, [each.body for each in after.said]) == (
        before.verdicts,
        [each.body for each in before.said],
    )


def test_what_somebody_dismissed_is_not_said_again_and_their_conversation_is_left_alone(change: SmallChange) -> None:
    change.pull.reviewed_after("opened")
    (first,) = (each for each in change.page.said if named_in(each.body) == 1)
    change.world.ann.reviews.reply(change.world.repo, change.pull.number, first.thread.id, "Won't fix.")
    change.push({(A, 5): 1, (A, 6): 3}, a_py=MORE, b_py=MENDED)
    change.pull.reviewed_after("pushed")
    change.pull.ask()
    assert (said(change), settled(change)) == ([1, 2, 3], [2])


def test_a_model_that_fails_is_told_in_the_check_and_the_next_review_finds_all(change: SmallChange) -> None:
    change.reviewer.broken = Says(status=500, text="out of memory")
    assert change.pull.reviewed_after("opened").outcome.startswith("failed: ")
    assert (change.checks, said(change)) == (["neither green nor red"], [])
    change.reviewer.broken = None
    assert change.pull.reviewed_after("pushed").outcome.startswith("findings: ")
    assert ("success" in change.checks, said(change)) == (True, [1, 2])


def test_a_pull_request_that_only_takes_away_is_read_and_so_is_a_push_that_does(change: SmallChange) -> None:
    change.pull.commit({".codex.toml": change.rules, A: BASE[A], B: "def size(items):\n"})
    change.reviewer.truth = {}
    change.stage.model.asked.clear()
    assert change.pull.reviewed_after("opened").outcome == "clean: No findings"
    assert any("return len(items)" in prompt for prompt in change.stage.model.prompts())
    change.pull.commit({".codex.toml": change.rules, A: BASE[A].replace("    return 1\n", ""), B: "def size(items):\n"})
    change.stage.model.asked.clear()
    assert change.pull.reviewed_after("pushed").outcome == "clean: No findings"
    [prompt] = change.stage.model.prompts()
    assert "return 1" in prompt
    assert "return len(items)" not in prompt


class Flaky:
    """A forge that is away once, when the end of a check is to be shown."""

    def __init__(self, forge: Any) -> None:
        self._forge = forge
        self._is_away = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._forge, name)

    @property
    def checks(self) -> "Flaky":
        return self

    def report(self, repo: Repo, check: CheckReport) -> str:
        if self._is_away and check.status is Status.COMPLETED:
            self._is_away = False
            raise RetryableError("502")
        return str(self._forge.checks.report(repo, check))


def test_a_check_whose_end_the_forge_did_not_take_comes_to_its_end_all_the_same(change: SmallChange) -> None:
    change.world.forge = Flaky(change.world.forge)
    change.pull.reviewed_after("opened")
    assert (change.checks, said(change), change.page.verdicts) == (["success"], [1, 2], ["COMMENTED"])


def test_without_a_model_the_tools_still_speak_and_their_word_is_not_said_twice(made: Stage) -> None:
    change = SmallChange(made, "github", rules="[review]\nmost = 20\n")
    change.reviewer.broken = Says(status=500, text="out of memory")
    assert change.pull.reviewed_after("opened").outcome.startswith("failed: The review failed: 1 finding")
    [only] = change.page.said
    assert (only.thread.path, only.thread.line) == (A, 5)
    assert "S307" in only.body
    assert change.checks != ["success"]
    change.reviewer.broken = None
    assert change.pull.ask().outcome.startswith("findings: ")
    assert ["S307" in each.body for each in change.page.said].count(True) == 1
    assert (B, 2) in [(each.thread.path, each.thread.line) for each in change.page.said]
    assert change.checks == ["success"]


def test_a_failed_review_is_red_where_the_repository_wants_it_so(made: Stage) -> None:
    change = SmallChange(made, "github", '[review]\ntools = false\nincomplete = "failure"\n')
    change.reviewer.broken = Says("All is well.")
    assert change.pull.reviewed_after("opened").outcome.startswith("failed: ")
    assert change.checks == ["failure"]


def test_silence_when_there_is_nothing_to_say(change: SmallChange) -> None:
    change.reviewer.truth = {}
    assert change.pull.reviewed_after("opened").outcome == "clean: No findings"
    assert (change.page.texts, change.page.verdicts, change.checks) == ([], [], ["success"])


def test_who_asks_is_answered_also_when_there_is_nothing_to_say(change: SmallChange) -> None:
    change.reviewer.truth = {}
    assert change.pull.ask().outcome == "clean: No findings"
    (answer,) = change.page.comments
    assert answer.startswith("**No findings** for @ann, at ")
    assert change.page.verdicts == []


def test_who_may_not_is_refused_when_they_ask_and_gets_no_word_when_they_push(change: SmallChange) -> None:
    assert change.pull.ask(by="eve").outcome.startswith("refused: @\u200beve may not give commands")
    (answer,) = change.page.comments
    assert "eve may not give commands" in answer
    assert change.pull.reviewed_after("opened", by="eve").outcome.startswith("refused: ")
    assert (len(change.page.texts), change.page.verdicts, change.checks) == (1, [], [])


@pytest.mark.parametrize("rules", ["[commands]\ndisabled = ['review']\n", "[review]\nautomatic = ['ready']\n"])
def test_what_the_repository_switched_off_stays_off(made: Stage, rules: str) -> None:
    change = SmallChange(made, "gitlab", rules)
    change.pull.reviewed_after("opened")
    assert (change.page.texts, change.page.verdicts, change.checks) == ([], [], [])


@pytest.mark.parametrize(("dialect", "seed"), [("github", 7), ("gitlab", 8), ("gitlab", 9)])
def test_over_a_random_history_nothing_is_repeated_lost_or_approved(made: Stage, dialect: str, seed: int) -> None:
    count, suggestions = Count(), Suggestions()
    Play(made, dialect, seed, count, suggestions).play()
    assert count.complaints == []
    assert suggestions.wrong == []
    assert (count.histories, count.remarks > 5) == (1, True)
