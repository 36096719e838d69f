"""A model's answer to "try to refute these" becomes verdicts, each for one finding."""

import json

import jsonschema
import pytest

from tasks.review.schema import VERDICTS
from tasks.review.verdicts import Verdict, Verdicts, read_verdicts

ONE = {"id": 1, "reason": "`b` is checked above.", "refuted": True, "confidence": 0.9}


def answer(*items: object) -> str:
    return json.dumps({"verdicts": items})


def test_each_finding_gets_its_verdict() -> None:
    text = answer(ONE, {**ONE, "id": 3, "refuted": False})
    jsonschema.validate(json.loads(text), VERDICTS)
    read = read_verdicts(text, 3)
    assert set(read.by_number) == {1, 3}
    assert read.by_number[1] == Verdict(True, "`b` is checked above.", 0.9)
    assert not read.by_number[3].refuted
    assert not read.repaired


@pytest.mark.parametrize(
    ("said", "refuted"), [(True, True), ("true", True), ("no", False), (0, False), (1, True), ("refuted?", False)]
)
def test_only_a_clear_yes_refutes(said: object, *, refuted: bool) -> None:
    assert read_verdicts(answer({**ONE, "refuted": said}), 1).by_number[1].refuted is refuted


def test_the_first_of_two_verdicts_counts_and_strangers_do_not() -> None:
    read = read_verdicts(answer(ONE, {**ONE, "refuted": False}, {**ONE, "id": 9}, {**ONE, "refuted": None}), 2)
    assert read.by_number == {1: Verdict(True, "`b` is checked above.", 0.9)}


def test_of_a_cut_answer_the_whole_verdicts_count() -> None:
    text = answer(ONE, {**ONE, "id": 2})
    assert set(read_verdicts(text[:-20], 2, finish_reason="length").by_number) == {1}


@pytest.mark.parametrize("text", ["", "All are right.", "{}", "[]", '{"verdicts": []}', answer({**ONE, "id": 7})])
def test_no_verdict_at_all_is_a_problem(text: str) -> None:
    read = read_verdicts(text, 2)
    assert read == Verdicts(problem=read.problem)
    assert read.problem
