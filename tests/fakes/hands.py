"""The tools of a worker slot, scripted."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tasks.commands.work import Hands, Options
from tasks.model import Completion, Message, ServedModel
from tasks.sandbox import Limits, Run, SelfTest


class FakeModel:
    """Answers from a list, one after the other; counts a token per four characters."""

    def __init__(self, *answers: str, name: str = "Grown-7B") -> None:
        self.answers = list(answers)
        self.name = name
        self.asked: list[Sequence[Message]] = []

    def served(self) -> ServedModel:
        return ServedModel(name=self.name, context_tokens=8192, max_prompt_tokens=8191, dialect="fake")

    def count(self, messages: Sequence[Message]) -> int:
        return sum(len(message.content) for message in messages) // 4

    def complete(self, messages: Sequence[Message], **_how: Any) -> Completion:
        self.asked.append(messages)
        text = self.answers[min(len(self.asked), len(self.answers)) - 1]
        return Completion(text, self.count(messages), len(text) // 4, "stop", self.name, 0.1)


class NoSandbox:
    """Stands where the self-test failed: running anything here is a defect."""

    def run(
        self,
        tree: Path,
        argv: Sequence[str],
        *,
        limits: Limits | None = None,
        env: Mapping[str, str] | None = None,
        collect: Sequence[str] = (),
        cancelled: Callable[[], bool] | None = None,
    ) -> Run:
        raise AssertionError(f"{argv} was run without a sandbox")


def hands(model: Any, *, sandbox: Any = None, proven: SelfTest | None = None) -> Hands:
    no_proof = SelfTest(ok=False, rung="none", reason="bubblewrap is not installed", mend="install it")
    return Hands(
        model=model,
        sandbox=sandbox or NoSandbox(),
        self_test=proven or (SelfTest(True, "full", "", "") if sandbox else no_proof),
        options=Options(),
    )
