"""One question to the model whose answer must be of use: its prompt fits exactly, and no answer is no silence."""

import dataclasses
import functools
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from bot.errors import UserError
from tasks.commands.work import Work
from tasks.model import Completion, Message, profile_for
from tasks.review.chunks import Chunk, Packer
from tasks.review.listing import Listing
from tasks.review.selection import Skipped

TRIES = 2
TEMPERATURE = 0.2
_NO_ROOM = "no room, or not for all of it"
_THOUGHTS = re.compile(r"(?s)\A\s*<think>.*?(?:</think>|\Z)")
Render = Callable[[Sequence[Listing]], Sequence[Message]]
T = TypeVar("T")


@dataclasses.dataclass(frozen=True, slots=True)
class Prompt:
    """What is sent. `unread` are the files of which something did not fit, in their order."""

    chunk: Chunk
    unread: tuple[Skipped, ...]


class Question:
    """Asks the model that is served, with room for `answer_tokens`."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._model = work.hands.model
        self.served = self._model.served()
        self.answer_tokens = min(work.hands.options.max_answer_tokens, self.served.context_tokens // 3)

    def fit(self, listings: Sequence[Listing], render: Render) -> Prompt:
        """Take listings in their order as long as the whole prompt fits; raises `UserError` where not a line does."""
        budget = min(self.served.max_prompt_tokens, self.served.context_tokens - self.answer_tokens)
        packer = Packer(listings, render, self._model.count, budget)
        chunk = packer.next_chunk()
        if chunk is None:
            raise UserError(
                f"what was asked leaves no room to read anything: the model that is served takes {budget} tokens",
                mend="Ask in fewer words, or serve a model with a longer context.",
            )
        waiting = dict.fromkeys(listing.path for listing in packer.waiting)
        return Prompt(chunk, tuple(Skipped(path, _NO_ROOM) for path in waiting))

    def foot(self, completion: Completion) -> Mapping[str, object]:
        """Return what the last line of an answer tells of how it was made."""
        profile = profile_for(completion.model, self._work.config.model.profile)
        return {
            "job": self._work.job.id,
            "model": completion.model,
            "tokens_in": completion.prompt_tokens,
            "tokens_out": completion.completion_tokens,
            "toy_note": profile.note if profile.is_toy else "",
        }

    def ask(
        self, messages: Sequence[Message], read: Callable[[Completion], T | None], *, schema: Mapping[str, Any] | None
    ) -> tuple[T, Completion]:
        """Return what `read` makes of an answer, and the answer; one that it makes None of is asked for once more.

        Each answer is paid for once, whatever dies. Raises `UserError` when none can be read.
        """
        for seed in range(1, TRIES + 1):
            make = functools.partial(self._complete, messages, seed, schema)
            completion = self._work.complete_once(_name(messages, seed), make)
            found = read(completion)
            if found is not None:
                return found, completion
        raise UserError(
            f"{self.served.name} gave no answer that can be used, asked {TRIES} times",
            mend="Ask again; if it stays so, ask for less at once or serve a larger model.",
        )

    def _complete(self, messages: Sequence[Message], seed: int, schema: Mapping[str, Any] | None) -> Completion:
        return self._model.complete(
            messages,
            max_tokens=self.answer_tokens,
            temperature=TEMPERATURE,
            seed=seed,
            deadline_seconds=self._work.hands.options.model_seconds,
            schema=schema,
            cancelled=lambda: self._work.stopped() is not None,
        )


def without_thoughts(text: str) -> str:
    """Return what a model said, without what it thought before; empty if it said nothing."""
    return _THOUGHTS.sub("", text.replace("\r\n", "\n").replace("\0", "")).strip()


def _name(messages: Sequence[Message], seed: int) -> str:
    """Return a name that stays the same over attempts, and changes with whatever is asked."""
    told = hashlib.sha256()
    for message in messages:
        told.update(f"{message.role}\0{message.content}\0".encode("utf-8", "surrogatepass"))
    return f"answer-{told.hexdigest()[:20]}-{seed}"
