"""Whatever dies between the intent and the confirmation, each thing is visible once."""

import contextlib
import dataclasses
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fakes.breaking import Fuse, KilledError
from fakes.events import command_event
from fakes.forge import FakeForge
from stories.fresh_ledger import fresh_ledger
from stories.ledger import claimant

from bot.errors import LeaseLostError, PolicyError, RetryableError, UserError
from bot.events import Comment, FileChange, PullRequest, Repo, Subject
from bot.intake import take_in
from bot.ledger import Lease, Ledger
from bot.repo_config_text import read_config
from tasks.effects import SETTLE_SECONDS
from tasks.policy import LARGEST_PATCH, check_policy
from tasks.publish import Place, Proposal, Publisher
from tasks.quoting import LONGEST_BODY

PROPOSAL = Proposal("Add is_even", "body", "Add is_even", [FileChange("a.py", b"x")], draft=False)


class Desk:
    """A job at a forge, and who publishes for its present attempt."""

    def __init__(self, folder: Path) -> None:
        self.ledger: Ledger = fresh_ledger(folder)
        self.event = command_event()
        self.forge = FakeForge(self.event.issue)
        self.job_id = take_in(self.ledger, self.event, b"").job_id or 0
        self.publisher = self.next_attempt()

    def next_attempt(self) -> Publisher:
        job = self.ledger.job(self.job_id)
        assert job is not None
        if job.fence:
            self.ledger.release(Lease(job.id, job.fence), delay_seconds=0, outcome="")
        job = self.ledger.claim(claimant("w"), self.job_id)
        assert job is not None
        return Publisher(self.ledger, Lease(job.id, job.fence), self.forge, self.event, job.dedupe_key)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.ledger.close()


def test_the_status_is_one_comment_that_is_edited(desk: Desk) -> None:
    desk.publisher.status("one")
    desk.publisher.status("two")
    desk.publisher.status("two")
    (body,) = desk.forge.comments.values()
    assert body.startswith("two\n\n<!-- codex-bot:")
    assert desk.forge.calls.count("edit_comment") == 1


def test_a_comment_whose_answer_got_lost_is_found_by_the_next_attempt(desk: Desk) -> None:
    desk.forge.fail_after = ["create_comment"]
    with pytest.raises(RetryableError):
        desk.publisher.status("one")
    desk.next_attempt().status("two")
    (body,) = desk.forge.comments.values()
    assert body.startswith("two")


def test_a_comment_that_never_arrived_is_written_by_the_next_attempt(desk: Desk) -> None:
    desk.forge.fail_before = ["create_comment"]
    with pytest.raises(RetryableError):
        desk.publisher.status("one")
    desk.next_attempt().status("two")
    assert len(desk.forge.comments) == 1


def test_after_a_lost_answer_nobody_looks_before_the_write_can_have_arrived(desk: Desk) -> None:
    desk.forge.fail_before = ["create_comment"]
    with pytest.raises(RetryableError) as caught:
        desk.publisher.status("one")
    assert caught.value.retry_after == SETTLE_SECONDS


@dataclasses.dataclass
class Slow(FakeForge):
    """A forge to which one write of a comment is long under way: `meanwhile` happens before it arrives."""

    meanwhile: Callable[[], object] | None = None

    def create_comment(self, repo: Repo, subject: Subject, body: str) -> Comment:
        self._wait()
        return super().create_comment(repo, subject, body)

    def edit_comment(self, repo: Repo, comment_id: str, body: str) -> None:
        self._wait()
        super().edit_comment(repo, comment_id, body)

    def _wait(self) -> None:
        happens, self.meanwhile = self.meanwhile, None
        if happens is not None:
            happens()


@pytest.fixture
def slow(desk: Desk) -> Slow:
    desk.forge = made = Slow(desk.event.issue)
    desk.publisher = desk.next_attempt()
    return made


def test_a_frozen_worker_that_writes_after_all_takes_its_own_comment_back(desk: Desk, slow: Slow) -> None:
    slow.meanwhile = lambda: desk.next_attempt().status("by the next worker")
    with pytest.raises(LeaseLostError):
        desk.publisher.status("by the frozen one")
    (body,) = slow.comments.values()
    assert body.startswith("by the next worker")
    assert slow.calls.count("delete_comment") == 1


def test_a_frozen_worker_that_edits_after_all_puts_the_newer_words_back(desk: Desk, slow: Slow) -> None:
    desk.publisher.status("begun")
    slow.meanwhile = lambda: desk.next_attempt().status("done by the next worker")
    with pytest.raises(LeaseLostError):
        desk.publisher.status("half way")
    (body,) = slow.comments.values()
    assert body.startswith("done by the next worker")


def test_a_next_worker_that_finds_two_keeps_the_oldest(desk: Desk, slow: Slow) -> None:
    slow.fail_before = ["create_comment"]
    with pytest.raises(RetryableError):
        desk.publisher.status("by the first worker")
    marker = f"<!-- codex-bot:{desk.publisher.key} status -->"
    slow.meanwhile = lambda: slow.comments.update({"1": f"by the first worker\n\n{marker}"})
    again = desk.next_attempt()
    again.status("by the second")
    assert list(slow.comments) == ["1"]
    assert slow.comments["1"].startswith("by the second"), "what is kept is gone on with"
    again.status("done")
    assert slow.comments["1"].startswith("done")


def test_a_first_writing_is_not_looked_for(desk: Desk) -> None:
    desk.publisher.status("one")
    assert "find_comment" not in desk.forge.calls


def test_patience_ends_with_the_comment_gone_and_may_be_asked_for_anew(desk: Desk) -> None:
    desk.publisher.end_patience()
    assert desk.forge.calls == []
    for number in range(2):
        desk.publisher.ask_patience("wait")
        again = desk.next_attempt()
        again.ask_patience("wait")
        assert len(desk.forge.comments) == 1
        again.end_patience()
        again.end_patience()
        assert (desk.forge.comments, desk.forge.calls.count("delete_comment")) == ({}, number + 1)
        desk.publisher = desk.next_attempt()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("error", [RetryableError("away"), KilledError()], ids=["away", "killed"])
def test_wherever_it_breaks_while_somebody_waits_the_answer_stands_alone(
    tmp_path: Path, error: BaseException, *, after: bool
) -> None:
    def act(attempt: Callable[[Publisher], None]) -> bool:
        publisher = desk.next_attempt()
        publisher._forge = fuse.wire(desk.forge)
        publisher._ledger = publisher._effects._ledger = fuse.wire(desk.ledger)
        with contextlib.suppress(RetryableError, KilledError):
            attempt(publisher)
            return True
        return False

    def answer(publisher: Publisher) -> None:
        publisher.reply("answer")
        publisher.end_patience()

    for at in itertools.count():
        (tmp_path / str(at)).mkdir()
        desk, fuse = Desk(tmp_path / str(at)), Fuse(at, error, after)
        act(lambda publisher: publisher.ask_patience("wait"))
        act(lambda publisher: publisher.ask_patience("wait"))
        while not act(answer):
            pass
        where = f"{'after' if after else 'before'} call {at}, {fuse.blown}"
        assert [body.partition("\n")[0] for body in desk.forge.comments.values()] == ["answer"], where
        desk.ledger.close()
        if not fuse.blown:
            break
    assert at > 8, "the fuse must have been tried at every call"


def test_a_frozen_worker_whose_word_arrives_after_the_end_takes_it_back(desk: Desk, slow: Slow) -> None:
    def end() -> None:
        publisher = desk.next_attempt()
        publisher.reply("answer")
        publisher.end_patience()
        desk.ledger.finish(publisher._lease, outcome="answered")

    slow.meanwhile = end
    with pytest.raises(LeaseLostError):
        desk.publisher.ask_patience("wait")
    assert [body.partition("\n")[0] for body in slow.comments.values()] == ["answer"]


def test_a_frozen_worker_takes_nothing_back_that_says_something_else_by_then(desk: Desk, slow: Slow) -> None:
    marker = f"<!-- codex-bot:{desk.publisher.key} status -->"

    def cancel() -> None:
        slow.comments["1"] = f"Cancelled.\n\n{marker}"
        publisher = desk.next_attempt()
        desk.ledger.finish(publisher._lease, outcome="cancelled")

    slow.meanwhile = cancel
    with pytest.raises(LeaseLostError):
        desk.publisher.ask_patience("wait")
    assert list(slow.comments.values()) == [f"Cancelled.\n\n{marker}"]


def test_a_status_of_an_earlier_attempt_is_closed_and_one_that_this_attempt_wrote_is_not(desk: Desk) -> None:
    desk.publisher.close_status("Not done.")
    assert desk.forge.comments == {}
    desk.publisher.status("step 2")
    desk.publisher.close_status("Not done.")
    assert [body.partition("\n")[0] for body in desk.forge.comments.values()] == ["step 2"]
    desk.next_attempt().close_status("Not done.")
    assert [body.partition("\n")[0] for body in desk.forge.comments.values()] == ["Not done."]


def test_another_jobs_status_can_be_concluded_and_only_if_there_is_one(desk: Desk) -> None:
    desk.publisher.conclude("some other request", "Cancelled.")
    assert desk.forge.comments == {}
    desk.publisher.status("one")
    job = desk.ledger.job(desk.job_id)
    assert job is not None
    desk.next_attempt().conclude(job.dedupe_key, "Cancelled.")
    (body,) = desk.forge.comments.values()
    assert body == f"Cancelled.\n\n<!-- codex-bot:{desk.publisher.key} status -->"


def test_a_status_comment_that_somebody_deleted_undoes_nothing(desk: Desk) -> None:
    desk.publisher.status("one")
    desk.forge.comments.clear()
    desk.publisher.status("two")
    assert desk.forge.comments == {}


def test_a_ledger_made_anew_gives_the_same_markers(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    assert Desk(tmp_path / "new").publisher.key == desk.publisher.key


@pytest.mark.parametrize("lost", ["commit", "open_pull_request"])
def test_a_lost_answer_leaves_one_commit_and_one_pull_request(desk: Desk, lost: str) -> None:
    place = desk.publisher.place("codex/issue-7")
    desk.forge.fail_after = [lost]
    with pytest.raises(RetryableError):
        desk.publisher.pull_request(place, PROPOSAL)
    opened = desk.next_attempt().pull_request(place, PROPOSAL)
    assert (len(desk.forge.messages), desk.forge.pulls) == (1, [opened])


def test_publishing_twice_is_publishing_once(desk: Desk) -> None:
    place = desk.publisher.place("codex/issue-7")
    first = desk.publisher.pull_request(place, PROPOSAL)
    assert desk.next_attempt().pull_request(place, PROPOSAL) == first
    assert desk.forge.calls.count("commit") == 1


def test_a_pull_request_that_was_closed_meanwhile_is_not_opened_again(desk: Desk) -> None:
    place = desk.publisher.place("codex/issue-7")
    desk.publisher.pull_request(place, PROPOSAL)
    desk.forge.pulls.clear()
    with pytest.raises(UserError, match="closed"):
        desk.next_attempt().pull_request(place, PROPOSAL)


def test_one_that_is_open_becomes_what_the_newer_proposal_is(desk: Desk) -> None:
    desk.forge.branches["codex/issue-7"] = "theirs"
    desk.forge.pulls.append(PullRequest(100, "u", "codex/issue-7", "main", is_draft=True))
    desk.publisher.pull_request(desk.publisher.place("codex/issue-7"), PROPOSAL)
    assert (desk.forge.pulls[0].is_draft, desk.forge.texts[100][0]) == (False, "Add is_even")


def test_a_revised_pull_request_keeps_its_marker_however_long_it_has_become(desk: Desk) -> None:
    marker = "\n\n<!-- codex-bot:0123 pull request -->"
    for body in ("Short.", "Long.\n" * LONGEST_BODY):
        desk.publisher.revise(100, title="t", body=f"{body}{marker}", draft=False)
        _, shown = desk.forge.texts[100]
        assert shown.endswith(marker)
        assert len(shown) <= LONGEST_BODY + len(marker)
    desk.publisher.revise(100, title="t", body="Without one.", draft=False)
    assert desk.forge.texts[100] == ("t", "Without one.")


def test_who_lost_the_job_revises_and_merges_nothing(desk: Desk) -> None:
    desk.next_attempt()
    with pytest.raises(LeaseLostError):
        desk.publisher.revise(100, title="t", body="b", draft=False)
    with pytest.raises(LeaseLostError):
        desk.publisher.commit(Place("codex/issue-7", "base", "main", merging="tip"), "m", PROPOSAL.changes)
    assert (desk.forge.texts, desk.forge.messages) == ({}, {})


def test_a_free_branch_starts_from_the_default_branch(desk: Desk) -> None:
    assert desk.publisher.place("codex/issue-7") == Place("codex/issue-7", "base", "main")


def test_an_open_pull_request_is_gone_on_with(desk: Desk) -> None:
    desk.forge.branches["codex/issue-7"] = "theirs"
    desk.forge.pulls.append(PullRequest(100, "u", "codex/issue-7", "main", is_draft=False))
    assert desk.publisher.place("codex/issue-7") == Place("codex/issue-7", "theirs", "main")


def test_a_branch_left_from_a_merged_pull_request_is_not_touched(desk: Desk) -> None:
    desk.forge.branches["codex/issue-7"] = "merged"
    assert desk.publisher.place("codex/issue-7").branch == "codex/issue-7-2"


def test_an_empty_repository_is_told(desk: Desk) -> None:
    desk.forge.branches.clear()
    with pytest.raises(UserError, match="empty"):
        desk.publisher.place("codex/issue-7")


@pytest.mark.parametrize(
    "path",
    [
        ".github/workflows/ci.yml",
        ".gitlab-ci.yml",
        ".codex.toml",
        "CODEOWNERS",
        "docs/CODEOWNERS",
        ".git/hooks/post-checkout",
        "sub/.GIT/config",
        "../outside",
        "/etc/passwd",
        "a/../../outside",
        "./.github/workflows/ci.yml",
    ],
)
def test_protected_paths_and_ways_out_are_refused(desk: Desk, path: str) -> None:
    with pytest.raises(PolicyError):
        check_policy([FileChange(path, b"")])
    with pytest.raises(PolicyError):
        desk.publisher.pull_request(
            desk.publisher.place("codex/issue-7"), Proposal("t", "b", "m", [FileChange(path, b"")], draft=False)
        )
    assert desk.forge.messages == {}


OWN = FileChange(".codex.toml", b"")


def test_one_command_writes_one_protected_file_and_nothing_else() -> None:
    check_policy([OWN], command="configure")
    others = [FileChange(".codex/x.toml", b""), FileChange("CODEOWNERS", b""), FileChange("a.py", b"")]
    for change in [*others, FileChange(OWN.path, None)]:
        with pytest.raises(PolicyError, match="this command does not write"):
            check_policy([OWN, change], command="configure")
    for other in ("", "implement", "help"):
        with pytest.raises(PolicyError, match="only people may change"):
            check_policy([OWN], command=other)


def test_a_repository_protects_and_shuts_more_and_never_less(desk: Desk) -> None:
    rules = read_config(b'[paths]\nprotected = ["db/"]\nexclude = ["web/"]\ninclude = ["db/", "web/", ".github/"]', [])
    desk.publisher.obey(rules)
    place = desk.publisher.place("codex/issue-7")
    for path in ("db/a.sql", "web/a.js", "a.py", ".github/x.yml", "./web/../db/a.sql"):
        with pytest.raises(PolicyError):
            check_policy([FileChange(path, b"")], rules)
        with pytest.raises(PolicyError):
            desk.publisher.pull_request(place, dataclasses.replace(PROPOSAL, changes=[FileChange(path, b"")]))
    assert desk.forge.messages == {}


def test_an_ordinary_change_passes() -> None:
    check_policy([FileChange("src/a.py", b"x"), FileChange("docs/github.md", None)])


def test_a_change_that_is_too_large_is_refused() -> None:
    with pytest.raises(PolicyError, match="files"):
        check_policy([FileChange(f"f{number}", b"") for number in range(LARGEST_PATCH + 1)])
    with pytest.raises(PolicyError, match="bytes"):
        check_policy([FileChange("big", b"x" * (1024 * 1024 + 1))])


def test_a_body_that_is_too_long_is_cut_and_says_so(desk: Desk) -> None:
    desk.publisher.status("<details>\n\n```\n" + "line\n" * 20_000)
    (body,) = desk.forge.comments.values()
    assert len(body) < 65_536
    assert body.startswith(f"*Cut to {LONGEST_BODY} characters.*")
    assert body.count("```") % 2 == 0
    assert "</details>" in body
