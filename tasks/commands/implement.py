"""Turns an issue into a pull request whose tests were run before and after the change."""

import dataclasses
from collections.abc import Sequence

from bot.errors import RetryableError, UserError
from bot.events import Changes
from tasks.commands.baseline import in_words, run_baseline
from tasks.commands.edited import count_lines, read_source
from tasks.commands.progress import Progress
from tasks.commands.proof import render_proof, titled
from tasks.commands.registry import command
from tasks.commands.search import Candidate, Found, Search
from tasks.commands.templates import render
from tasks.commands.work import Work
from tasks.context.checkout import check_out
from tasks.context.prompt import Prompt, Source, fit
from tasks.context.retrieve import choose_files
from tasks.model import Message, profile_for
from tasks.publish import Place, Proposal
from tasks.quoting import as_data, break_turns, code, one_line
from tasks.verify.request import asked_test
from tasks.verify.suite import TestsStoppedError

STEPS = ("Read the issue and the repository", "Run the tests as they are", "Write the change", "Open a pull request")
MOST_FILES = 8
ROOM_TO_GROW = 64  # tokens that a file written again needs beyond what it has


@command("implement", help="turn this issue into a pull request, with tests run before and after the change")
def implement(work: Work) -> str:
    """Acknowledge, look, write, verify, publish; each model answer is paid for once, whatever dies."""
    if work.event.issue.is_pull_request:
        raise UserError("`/codex implement` works on issues, and this is a pull request", mend="Ask on the issue.")
    if not work.event.issue.is_open:
        raise UserError("this issue is closed", mend="Open it again if it should still be done.")
    asker = work.event.asker.login
    progress = Progress(work.publisher, asker=asker, command="implement", steps=STEPS, job=work.job.id)
    with progress.shown():
        return _Story(work, progress).tell()


class _Story:
    """One `/codex implement`, from the eyes on the comment to the pull request."""

    def __init__(self, work: Work, progress: Progress) -> None:
        self.work = work
        self.progress = progress
        self.issue = work.event.issue
        self.served = work.hands.model.served()
        self.profile = profile_for(self.served.name, work.config.model.profile)
        self.tree = work.folder / "tree"
        self.asked = asked_test(self.issue.body)
        self.found = Found()
        progress.note(self.served.name)

    def tell(self) -> str:
        work, progress = self.work, self.progress
        place = self._place()
        self._check_out(place.parent)
        prompt = self._prompt()
        progress.finish_step(f"Read the issue and, whole, {_files(len(prompt.sources))}")
        try:
            baseline = run_baseline(work, self.tree, self.asked)
            progress.finish_step(in_words(baseline))
            search = Search(work, self.served, self.profile, prompt, self.tree)
            self.found = search.run(baseline, progress)
        except TestsStoppedError:
            work.check()  # which says why
            raise
        if self.found.best is None:
            return self._give_up()
        progress.finish_step()
        return self._publish(place, prompt, self.found.best, search.changes(self.found.best.patch))

    def _place(self) -> Place:
        """Choose branch and base commit once: a later attempt must not start from somewhere else."""
        stem = f"codex/issue-{self.issue.number}"
        return Place(**self.work.once("place", lambda: dataclasses.asdict(self.work.publisher.place(stem))))

    def _check_out(self, sha: str) -> None:
        work = self.work
        clone = work.forge.clone(work.event.repo)
        try:
            check_out(clone, sha, self.tree, scratch=work.folder, cancelled=lambda: work.stopped() is not None)
        except RetryableError:
            work.check()  # which says why, if it was we who ended it
            raise

    def _prompt(self) -> Prompt:
        limit = 1 if self.profile.edit_format == "whole" else MOST_FILES
        asked = f"{self.issue.title}\n{self.issue.body}\n{self.work.job.argument}"
        wanted = choose_files(self.tree, asked, limit * 2, self.work.config.opens)
        sources = [source for source in (read_source(self.tree, place.path) for place in wanted) if source][:limit]
        if not sources:
            raise UserError(
                "no file of the repository seems to belong to this issue",
                mend="Name the file that should change in the issue, then ask again.",
            )
        served, count = self.served, self.work.hands.model.count
        room = min(self.work.hands.options.max_answer_tokens, served.context_tokens // 2)
        if self.profile.edit_format == "whole":
            self._check_room(sources[0], room)
        return fit(
            sources,
            self._messages,
            count=count,
            budget=min(served.max_prompt_tokens, served.context_tokens - room),
        )

    def _check_room(self, source: Source, room: int) -> None:
        """Refuse a file that could never be written again whole: each answer would only be cut off."""
        tokens = self.work.hands.model.count([Message("assistant", source.text)])
        if tokens + ROOM_TO_GROW > room:
            raise UserError(
                f"{code(source.path)} has {tokens} tokens, too many to be written again whole in an answer of {room}",
                mend="Ask for a change in a smaller file, serve a larger model, or raise CODEX_BOT_MAX_ANSWER_TOKENS.",
            )

    def _messages(self, sources: Sequence[Source]) -> Sequence[Message]:
        values = {
            "sources": sources,
            "title": as_data(self.issue.title),
            "body": as_data(self.issue.body.replace("\r\n", "\n")),
            "argument": as_data(self.work.job.argument),
            "asked": break_turns(self.asked or ""),
        }
        name = f"implement/{self.profile.edit_format}"
        return [
            Message("system", render(f"{name}_system.j2")),
            Message("user", render(f"{name}_user.j2", **values)),
        ]

    def _give_up(self) -> str:
        self.progress.conclude(render("implement/nothing.md.j2", **self._values()))
        self.work.publisher.reply(
            f"@{self.work.event.asker.login}: nothing could be proposed; the comment above says why."
        )
        return "nothing to propose"

    def _publish(self, place: Place, prompt: Prompt, best: Candidate, changes: Changes) -> str:
        self.work.check()
        values = {**self._values(), "evidence": best.evidence, "issue": self.issue}
        proof = render_proof(best.evidence, issue=self.issue.number, title=self.issue.title)
        title = one_line(self.issue.title, 70)
        body = render(
            "implement/pull_request.md.j2",
            **values,
            proof=proof,
            files=count_lines(self.tree, best.patch),
            read=[source.path for source in prompt.sources],
            left_out=prompt.left_out,
            argument=self.work.job.argument,
            sandbox=self.work.hands.self_test.rung,
        )
        proposal = Proposal(
            title=titled(title, best.evidence),
            body=body,
            message=f"{title}\n\nAsked for in #{self.issue.number}, written by {self.served.name}.",
            changes=changes,
            draft=not best.evidence.verified,
        )
        opened = self.work.publisher.pull_request(place, proposal)
        self.progress.conclude(render("implement/done.md.j2", **values, url=opened.url))
        return f"{'verified' if best.evidence.verified else 'unverified'}: {opened.url}"

    def _values(self) -> dict[str, object]:
        return {
            "asker": self.work.event.asker.login,
            "answers": self.found.answers,
            "discarded": self.found.discarded,
            "job": self.work.job.id,
            "model": self.served.name,
            "tokens_in": self.found.tokens_in,
            "tokens_out": self.found.tokens_out,
            "toy_note": self.profile.note if self.profile.is_toy else "",
        }


def _files(number: int) -> str:
    return "one file" if number == 1 else f"{number} files"
