"""Asks a model for a patch again and again until one is proven, and keeps the best that was seen."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from bot.errors import CodexBotError, PolicyError
from bot.events import FileChange
from tasks.commands.edited import as_changes
from tasks.commands.progress import Progress
from tasks.commands.work import Work
from tasks.context.prompt import Prompt
from tasks.context.tree import walk_files
from tasks.model import Completion, Message, Profile, ServedModel
from tasks.patch import Patch, PatchRefused, make_patch
from tasks.patch.encoding import NotEncodableError
from tasks.policy import check_policy
from tasks.quoting import one_line
from tasks.verify.evidence import Evidence
from tasks.verify.trial import Baseline, check_inside, try_patch


class CutOffError(CodexBotError):
    """An answer ended because it had become too long, wherever it was."""


@dataclasses.dataclass(frozen=True, slots=True)
class Candidate:
    """A patch that applies, and what trying it showed; `number` says which answer it was."""

    number: int
    patch: Patch
    evidence: Evidence


@dataclasses.dataclass(slots=True)
class Found:
    """What became of the model's answers; `discarded` says of each that was not used why."""

    answers: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    best: Candidate | None = None
    discarded: list[str] = dataclasses.field(default_factory=list)


class Search:
    """The sampling of one job. Where nothing may be run the evidence stands before, and the first patch is kept."""

    def __init__(self, work: Work, served: ServedModel, profile: Profile, prompt: Prompt, tree: Path) -> None:
        self._work = work
        self._served = served
        self._profile = profile
        self._prompt = prompt
        self._tree = tree
        self._files = {source.path: source.text for source in prompt.sources}
        self._unseen = frozenset(walk_files(tree)) - frozenset(self._files)
        self.found = Found()

    def run(self, baseline: Baseline | Evidence, progress: Progress) -> Found:
        """Ask until no further answer could prove more, or as often as the profile allows."""
        most = self._work.hands.options.samples or self._profile.samples
        seen: set[tuple[tuple[str, str | None], ...]] = set()
        for number in range(1, most + 1):
            progress.detail(f"answer {number} of at most {most}")
            patch = self._one_patch(number)
            if patch is None:
                continue
            key = tuple(sorted(patch.contents.items()))
            if key in seen:
                self._discard(number, "the same change as an answer before")
                continue
            seen.add(key)
            self._judge(number, patch, baseline)
            if self.found.best is not None and self.found.best.evidence.settled:
                break
        return self.found

    def _one_patch(self, number: int) -> Patch | None:
        """Return what one answer changes; a refused answer is mended once, if the model is able to."""
        try:
            reply = self._ask(f"answer {number}", self._prompt.messages, self._prompt.tokens, seed=number)
            try:
                patch = make_patch(reply, self._files, self._unseen)
            except PatchRefused as refused:
                patch = self._mended(number, reply, refused)
            return self._checked(patch)
        except (CutOffError, NotEncodableError, PatchRefused, PolicyError) as error:
            self._discard(number, str(error))
            return None

    def _mended(self, number: int, reply: str, refused: PatchRefused) -> Patch:
        rest = None if self._profile.is_toy else self._ask_for_rest(number, reply, refused)
        if rest is None:
            raise refused
        stood = make_patch(reply, self._files, self._unseen, partial=True) if refused.good else Patch({})
        files = {**self._files, **stood.contents}
        added = make_patch(rest, {path: text for path, text in files.items() if text is not None}, self._unseen)
        if not added.contents:
            raise refused  # nothing new came, so the good blocks alone are half a change
        return Patch({**stood.contents, **added.contents}, renamed={**stood.renamed, **added.renamed})

    def _checked(self, patch: Patch) -> Patch:
        """Return what really changes; raises `PolicyError` for what may not be proposed, whoever runs the tests."""
        real = {path: text for path, text in patch.contents.items() if text != self._files.get(path)}
        if not real:
            raise PolicyError("changes nothing")
        for path in real:
            check_inside(self._tree, path)
        patch = dataclasses.replace(patch, contents=real)
        check_policy(self.changes(patch), self._work.config)
        return patch

    def _ask_for_rest(self, number: int, reply: str, refused: PatchRefused) -> str | None:
        messages = [*self._prompt.messages, Message("assistant", reply), Message("user", refused.ask_again())]
        tokens = self._work.hands.model.count(messages)
        if tokens > self._served.max_prompt_tokens - self._work.hands.options.max_answer_tokens // 2:
            return None
        return self._ask(f"answer {number}, mended", messages, tokens, seed=number)

    def _ask(self, name: str, messages: Sequence[Message], tokens: int, *, seed: int) -> str:
        hands, stopped = self._work.hands, self._work.stopped

        def complete() -> Completion:
            return hands.model.complete(
                messages,
                max_tokens=min(hands.options.max_answer_tokens, self._served.context_tokens - tokens),
                temperature=self._profile.temperature,
                frequency_penalty=self._profile.frequency_penalty,
                seed=seed,
                deadline_seconds=hands.options.model_seconds,
                cancelled=lambda: stopped() is not None,
            )

        completion = self._work.complete_once(name, complete)
        self.found.answers += 1
        self.found.tokens_in += completion.prompt_tokens
        self.found.tokens_out += completion.completion_tokens
        if completion.finish_reason == "length":
            # What came may look whole, and be half of the change.
            raise CutOffError(f"cut off after {completion.completion_tokens} tokens, the longest answer allowed")
        return completion.text

    def _discard(self, number: int, reason: str) -> None:
        self.found.discarded.append(f"answer {number}: {one_line(reason)}")

    def _judge(self, number: int, patch: Patch, baseline: Baseline | Evidence) -> None:
        self._work.check()
        tried, best = Candidate(number, patch, self._try(patch, baseline)), self.found.best
        better = best is None or tried.evidence.score > best.evidence.score
        self.found.best, worse = (tried, best) if better else (best, tried)
        if worse is not None:
            self._discard(worse.number, worse.evidence.missing[0])

    def _try(self, patch: Patch, baseline: Baseline | Evidence) -> Evidence:
        if isinstance(baseline, Evidence):
            return baseline
        return try_patch(baseline, self.changes(patch), self._work.folder)

    def changes(self, patch: Patch) -> list[FileChange]:
        """Return changed files as a commit takes them."""
        return as_changes(self._tree, patch)
