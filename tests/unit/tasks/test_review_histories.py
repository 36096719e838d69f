"""Over random histories no finding is told twice, none is lost, none takes another's place."""

import dataclasses

import pytest
from stories.review_histories import History
from stories.review_push import Push

from bot.memory import KeptFinding
from tasks.review.carry import Answers

PUSHES = 8


@dataclasses.dataclass
class Memory:
    """What is remembered, and which planted defect each remembered finding really is."""

    kept: dict[str, KeptFinding] = dataclasses.field(default_factory=dict)
    truth: dict[str, int] = dataclasses.field(default_factory=dict)


def review(history: History, memory: Memory) -> tuple[Answers, dict[int, int]]:
    """Review the newest push; return the answers, and which defect each fresh finding is."""
    new = history.reviewed()
    answers = Push(history.base, history.texts()).answer(list(memory.kept.values()), list(new.values()))
    defects = {id(finding): defect for defect, finding in new.items()}
    memory.kept.update({each.kept.fingerprint: each.kept for each in answers.earlier})
    told = {}
    for each in answers.fresh:
        memory.kept[each.kept.fingerprint] = each.kept
        told[id(each)] = memory.truth[each.kept.fingerprint] = defects[id(each.finding)]
    return answers, told


@pytest.mark.parametrize("seed", range(40))
def test_nothing_is_told_twice_and_nothing_is_lost(seed: int) -> None:
    history, memory = History(seed), Memory()
    told: set[int] = set()
    for _ in range(PUSHES):
        found = {defect for defect, _, _ in history.defects()}
        answers, fresh = review(history, memory)
        repeated = told & set(fresh.values())
        assert not repeated, "told twice"
        told |= set(fresh.values())
        still = [memory.truth[each.fingerprint] for each in answers.still_open]
        assert not {memory.truth[each.fingerprint] for each in answers.fixed} & found, "said to be fixed, and is there"
        assert not set(still) - found, "said to be open, and is gone"
        assert len(set(still)) == len(still)
        assert told >= {defect for defect in found if defect in still}
        history.push()
