"""One question to the model, through the caller's checkpoint; what the model fails at is told apart from the rest."""

import dataclasses
import hashlib
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from bot.errors import CodexBotError, RetryableError
from tasks.model import Completion, CompletionCancelledError, Message, RefusedPromptError, ServedModel
from tasks.review.schema import Schema

T = TypeVar("T")
Once = Callable[[str, Callable[[], Completion]], Completion]


class Model(Protocol):
    """What is needed of `tasks.model.ModelClient`."""

    def served(self) -> ServedModel:
        """Say what is served."""
        ...

    def count(self, messages: Sequence[Message]) -> int:
        """Count a prompt's tokens."""
        ...

    def complete(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        temperature: float,
        seed: int | None,
        deadline_seconds: float,
        schema: Schema | None,
        cancelled: Callable[[], bool],
    ) -> Completion:
        """Answer a prompt."""
        ...


class NoAnswerError(CodexBotError):
    """The model gave no answer; `error` is what was raised, with an address in it that not everybody should see.

    `may_pass` is True where the same question may work later, `is_hopeless` where no question ever will.
    """

    def __init__(self, error: CodexBotError) -> None:
        super().__init__(str(error))
        self.error = error
        self.may_pass = isinstance(error, RetryableError)
        self.is_hopeless = not self.may_pass and not isinstance(error, RefusedPromptError)

    @property
    def reason(self) -> str:
        """Say in a few words for everybody what happened."""
        if self.may_pass:
            return "the model did not answer"
        return "the model cannot be asked" if self.is_hopeless else "the model refused the prompt"


@dataclasses.dataclass(slots=True)
class Spent:
    """What the questions of one review have cost; `unconstrained` counts answers that no schema held."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    unconstrained: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Asker:
    """Asks one model. `once` keeps answers by name, so that a later attempt at the same review pays for none again.

    `may_vary` says that each question may have a schema of its own.
    """

    model: Model
    once: Once
    cancelled: Callable[[], bool]
    answer_tokens: int
    seconds: float
    temperature: float
    most_calls: int
    may_vary: bool = True
    spent: Spent = dataclasses.field(default_factory=Spent)

    @property
    def may_ask(self) -> bool:
        """Say whether another question is within the budget of calls."""
        return self.spent.calls < self.most_calls

    def ask(self, kind: str, messages: Sequence[Message], schema: Schema, *, seed: int) -> Completion:
        """Return the answer. Raises `NoAnswerError`; what `once` itself raises passes through as it is.

        So does `CompletionCancelledError`, by which `once` learns that it must say why.
        """

        def make() -> Completion:
            try:
                return self.model.complete(
                    messages,
                    max_tokens=self.answer_tokens,
                    temperature=self.temperature,
                    seed=seed,
                    deadline_seconds=self.seconds,
                    schema=schema,
                    cancelled=self.cancelled,
                )
            except CompletionCancelledError:
                raise
            except CodexBotError as error:
                raise NoAnswerError(error) from error

        self.spent.calls += 1
        completion = self.once(_name(kind, messages, seed), make)
        self.spent.tokens_in += completion.prompt_tokens
        self.spent.tokens_out += completion.completion_tokens
        self.spent.unconstrained += not completion.constrained
        return completion


def guarded(question: Callable[[], T]) -> T:
    """Return what a small question to the model server answers. Raises `NoAnswerError` for its errors."""
    try:
        return question()
    except CodexBotError as error:
        raise NoAnswerError(error) from error


def _name(kind: str, messages: Sequence[Message], seed: int) -> str:
    """Return a name for a question that stays the same over attempts, and changes with whatever is asked."""
    told = hashlib.sha256()
    for message in messages:
        told.update(f"{message.role}\0{message.content}\0".encode("utf-8", "surrogatepass"))
    return f"{kind}-{told.hexdigest()[:20]}-{seed}"
