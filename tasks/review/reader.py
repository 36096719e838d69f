"""Reads a change with a model, chunk by chunk, and says of every file whether it was read."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence

from bot.diff import FileDiff
from tasks.model import Completion, ServedModel
from tasks.review.asking import Asker, Model, NoAnswerError, Once, Spent, guarded
from tasks.review.chunks import TOKENS_PER_BYTE, Chunk, Packer
from tasks.review.finding import Finding
from tasks.review.listing import Listing, listing
from tasks.review.prompts import Brief, reading
from tasks.review.refute import Refuted, refute
from tasks.review.reply import Reply, read_reply
from tasks.review.schema import findings
from tasks.review.selection import Chosen, select
from tasks.review.tally import Reading, Tally

_ROOM_FOR_FINDINGS = 0.85  # of the budget may be read at once, so that what is found fits beside it to be refuted
_SLACK = 1.25  # of a prompt's tokens beyond those of the change: the question itself, and room that whole files leave
_FAILED_IN_A_ROW = 2  # chunks without an answer after which the model counts as away
_MOST_OF_HINTS = 10  # for one file


@dataclasses.dataclass(frozen=True, slots=True)
class Material:
    """What is read.

    `fresh` are the new-side lines by path that no earlier review saw; None means all. `head` gives a file's text after
    the change, or None. `opens` says which paths a model may see. `hints` are what tools suspect.
    """

    files: Sequence[FileDiff]
    brief: Brief = dataclasses.field(default_factory=Brief)
    fresh: Mapping[str, frozenset[int]] | None = None
    head: Callable[[str], str | None] = lambda _path: None
    opens: Callable[[str], bool] = lambda _path: True
    hints: Sequence[Finding] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Options:
    """How it is read.

    `most_calls` counts every question, second tries and second passes too. Prompts get longer than `prompt_tokens`,
    up to what the model takes, only where that many calls would not do: models find less in longer ones. `seconds` is
    for one answer. A chunk without a usable answer is
    asked about `tries` times, with another seed each time.
    """

    refute: bool = True
    most_calls: int = 40
    prompt_tokens: int = 12_000
    answer_tokens: int = 2_048
    temperature: float = 0.2
    seed: int = 7
    seconds: float = 300.0
    tries: int = 2
    raise_when_away: bool = False


def _directly(_name: str, make: Callable[[], Completion]) -> Completion:
    return make()


def _never() -> bool:
    return False


def read(
    material: Material,
    model: Model,
    options: Options,
    *,
    once: Once = _directly,
    cancelled: Callable[[], bool] = _never,
) -> Reading:
    """Return what a model finds in a change.

    Each answer goes through `once(name, make)`, whose names stay the same over attempts. Whatever the model fails at
    is told in the reading, and what could be read is kept. With `raise_when_away` a model that is away raises its
    `RetryableError` if nothing at all could be read. What `once` raises, and `CompletionCancelledError`, pass through.
    """
    chosen, skipped = select(material.files, material.fresh, material.opens)
    return _Reader(material, model, options, once, cancelled, Tally(skipped)).read(chosen)


@dataclasses.dataclass(frozen=True, slots=True)
class _Reader:
    material: Material
    model: Model
    options: Options
    once: Once
    cancelled: Callable[[], bool]
    tally: Tally

    def read(self, chosen: Sequence[Chosen]) -> Reading:
        spent = Spent()
        if chosen:
            waiting = self._listings(chosen, self.material.head)
            try:
                served = guarded(self.model.served)
                asker = self._asker(served, spent)
                most = min(served.max_prompt_tokens, served.context_tokens - asker.answer_tokens)
                waiting, budget = self._plan(chosen, waiting, most)
                packer = self._packer(waiting, budget)
            except NoAnswerError as error:
                self._give_up(waiting, error)
            else:
                self._read_all(asker, packer)
        return self.tally.reading(spent)

    def _listings(self, chosen: Sequence[Chosen], head: Callable[[str], str | None]) -> list[Listing]:
        hints: dict[str, list[Finding]] = {}
        for hint in self.material.hints:
            hints.setdefault(hint.path, []).append(hint)
        return [listing(each, head(each.file.path), hints.get(each.file.path, [])[:_MOST_OF_HINTS]) for each in chosen]

    def _plan(self, chosen: Sequence[Chosen], waiting: list[Listing], most: int) -> tuple[list[Listing], int]:
        """Return the listings and the tokens of a prompt.

        What would go beyond the budget of calls is shown without its surroundings, and in prompts as long as the model
        takes: to see less around each line is better than not to see some lines.
        """
        options = self.options
        reads = max(options.most_calls // 2 if options.refute else options.most_calls, 1)
        preferred = min(most, options.prompt_tokens)
        if _tokens(waiting) > reads * preferred:
            waiting = self._listings(chosen, lambda _path: None)
        budget = min(most, max(preferred, int(_SLACK * _tokens(waiting) / reads)))
        return waiting, int(budget * _ROOM_FOR_FINDINGS) if options.refute else budget

    def _asker(self, served: ServedModel, spent: Spent) -> Asker:
        options = self.options
        return Asker(
            model=self.model,
            once=self.once,
            cancelled=self.cancelled,
            answer_tokens=min(options.answer_tokens, served.context_tokens // 3),
            seconds=options.seconds,
            temperature=options.temperature,
            most_calls=options.most_calls,
            # TGI's shards take seconds to compile a schema that they have not seen, and all others wait.
            may_vary=served.dialect != "tgi",
            spent=spent,
        )

    def _packer(self, waiting: Sequence[Listing], budget: int) -> Packer:
        """Return a packer whose prompts leave at least half of their room to the change itself, if that can be."""
        whole = self.material.brief
        bare = dataclasses.replace(whole, guidance=(), body="")
        briefs = (whole, dataclasses.replace(whole, guidance=()))

        def leaves_room(brief: Brief) -> bool:
            return guarded(lambda: self.model.count(reading(brief, []))) <= budget // 2

        brief = next(filter(leaves_room, briefs), bare)
        if whole.guidance and not brief.guidance:
            self.tally.note("the repository's own guidance does not fit into the model's context")
        return guarded(
            lambda: Packer(waiting, lambda listings: reading(brief, listings), self.model.count, budget=budget)
        )

    def _read_all(self, asker: Asker, packer: Packer) -> None:
        failed_in_a_row = 0
        while packer.waiting:
            if not asker.may_ask:
                self.tally.leave(packer.waiting, f"the budget of {self.options.most_calls} calls was used up")
                return
            try:
                chunk = guarded(packer.next_chunk)
            except NoAnswerError as error:
                self._give_up(packer.waiting, error)
                return
            if chunk is None:
                self.tally.miss(packer.waiting, "the model's context is too small")
                return
            failure = self._read_chunk(asker, chunk)
            failed_in_a_row = failed_in_a_row + 1 if failure and failure.may_pass else 0
            if failure and (failure.is_hopeless or failed_in_a_row == _FAILED_IN_A_ROW or not packer.waiting):
                self._give_up(packer.waiting, failure)
                return

    def _read_chunk(self, asker: Asker, chunk: Chunk) -> NoAnswerError | None:
        """Ask about a chunk until there is an answer; return why there is none, if the model gave none at all."""
        reply, failure = Reply(problem="there was no call left for it"), None
        for attempt in range(self.options.tries):
            if not asker.may_ask:
                break
            reply, failure = self._ask(asker, chunk, seed=self.options.seed + attempt)
            if not reply.problem or (failure and not failure.may_pass):
                break
        if reply.problem:
            self.tally.miss(chunk.listings, reply.problem, str(failure or ""))
            return failure
        refuted = Refuted(reply.findings)
        if self.options.refute and reply.findings:
            refuted = refute(asker, chunk.listings, reply.findings, seed=self.options.seed)
        self.tally.take(chunk.listings, reply, refuted)
        return None

    def _ask(self, asker: Asker, chunk: Chunk, seed: int) -> tuple[Reply, NoAnswerError | None]:
        names = list(dict.fromkeys(listing.name for listing in chunk.listings))
        try:
            completion = asker.ask("read", chunk.messages, findings(names if asker.may_vary else ()), seed=seed)
        except NoAnswerError as error:
            return Reply(problem=error.reason), error
        return read_reply(completion.text, names, finish_reason=completion.finish_reason), None

    def _give_up(self, waiting: Sequence[Listing], error: NoAnswerError) -> None:
        if self.options.raise_when_away and error.may_pass and self.tally.is_empty:
            raise error.error
        self.tally.miss(waiting, error.reason, str(error))


def _tokens(listings: Sequence[Listing]) -> int:
    return int(sum(listing.size for listing in listings) * TOKENS_PER_BYTE)
