"""A comment on a pull request of the bot's in, one that is up to date and proven anew out: at every forge."""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.breaking import KilledError
from fakes.forge import BOT
from stories.forge_worlds import FILES, Worlds
from stories.household import KIT, a_household
from stories.own_pull import TESTS, OwnPull

from bot.events import FileChange, Issue, Subject
from bot.forges.plumbing import make_commit
from bot.forges.protocol import Forge
from tasks.publish import TRAILER
from tasks.sandbox import Sandbox

NAMES = ("github-app", "gitlab", "local")
MINE = "def add(a, b):\n    return a + b\n"


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worlds]:
    with Worlds(tmp_path_factory.mktemp("forges")) as made:
        yield made


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    tools = Path(__file__).parents[2] / ".venv" / "sandbox-tools"
    if not (tools / "pytest").is_dir():
        pytest.skip("pytest for the sandbox is not installed; `make setup` does it")
    made = Sandbox(mounts={"/toolchain": tools})
    if not made.prove().ok:
        pytest.skip(f"no sandbox on this machine: {made.prove().reason}")
    return made


@pytest.fixture(params=NAMES)
def own(request: pytest.FixtureRequest, tmp_path: Path, worlds: Worlds) -> Iterator[OwnPull]:
    """Return a pull request of ours on a machine without a sandbox, where all evidence is that there is none."""
    made = OwnPull(worlds.make(request.param, tmp_path))
    yield made
    made.ledger.close()


@pytest.mark.parametrize("name", NAMES)
def test_it_is_merged_tried_and_proven_anew(name: str, tmp_path: Path, worlds: Worlds, sandbox: Sandbox) -> None:
    own = OwnPull(worlds.make(name, tmp_path), sandbox, sandbox.prove())
    assert own.implemented.outcome.startswith("verified: ")
    head, tip = own.head(), own.push("main", {"more.py": "x = 1\n", "test_more.py": "def test_x():\n    pass\n"})
    before = own.shown
    job = own.rebase()
    assert job.outcome == f"verified: {own.pull.url}"
    assert own.parents() == [head, tip]
    assert own.files() == {
        **{path: content.decode() for path, content in FILES.items()},
        "sums.py": MINE,
        "test_sums.py": TESTS,
        "more.py": "x = 1\n",
        "test_more.py": "def test_x():\n    pass\n",
    }
    assert "| the repository's tests | ✗ 1 failed, ✓ 1 passed | ✓ 2 passed |" in own.shown.body
    assert f"Before: `main` at {tip}. After: this branch at {own.head()}." in own.shown.body
    assert own.shown.body.partition("**What changed:**")[2] == before.body.partition("**What changed:**")[2]
    assert (own.shown.title, own.pull.is_draft) == (before.title, False)
    assert own.said("status").startswith(f"**Up to date**, @ann: `main` at {tip[:12]} is merged into this branch")
    assert own.said("reply") == ""
    own.ledger.close()


def test_a_change_that_breaks_on_the_new_base_becomes_a_draft_and_ready_again_when_it_does_not(
    tmp_path: Path, worlds: Worlds, sandbox: Sandbox
) -> None:
    own = OwnPull(worlds.make("gitlab", tmp_path), sandbox, sandbox.prove())
    title = own.shown.title
    own.push("main", {"test_less.py": "from sums import add\n\n\ndef test_less():\n    assert add(2, 2) == 0\n"})
    assert own.rebase().outcome.startswith("unverified: ")
    assert (own.shown.title, own.pull.is_draft) == (f"[unverified] {title}", True)
    assert "- Broken by the change: `test_less::test_less`." in own.shown.body
    assert own.said("status").startswith("**Up to date, and not verified**, @ann: ")
    own.push("main", {"test_less.py": None})
    assert own.rebase().outcome.startswith("verified: ")
    assert (own.shown.title, own.pull.is_draft) == (title, False)
    assert "Broken by" not in own.shown.body
    own.ledger.close()


def test_up_to_date_already_it_says_so_and_nothing_else_happens(own: OwnPull) -> None:
    head, before = own.head(), own.shown
    assert own.rebase().outcome == f"up to date: {own.pull.url}"
    assert (own.head(), own.shown) == (head, before)
    assert own.said("status").startswith("**Up to date already**, @ann: this branch holds `main` at ")
    assert own.said("reply") == ""


def test_a_conflict_is_told_by_file_and_nothing_is_pushed(own: OwnPull) -> None:
    head, before = own.head(), own.shown
    own.push("main", {"sums.py": "def add(a, b):\n    return sum([a, b])\n"})
    assert own.rebase().outcome == "refused: these files conflict with main: sums.py"
    assert (own.head(), own.shown) == (head, before)
    again = f"`/codex implement` on #{own.world.issue.number} makes the change anew; or resolve it by hand."
    assert own.said("reply") == f"**Not done:** these files conflict with `main`: `sums.py`\n\n{again}"
    assert own.said("status").startswith("**Not done**, @ann: these files conflict with main: sums.py.")


def test_what_people_committed_on_top_survives(own: OwnPull) -> None:
    theirs = own.push(own.branch, {"sums.py": MINE + "\n\ndef zero():\n    return 0\n", "old.py": None})
    tip = own.push("main", {"more.py": "x = 1\n"})
    assert own.rebase().outcome.startswith("unverified: ")
    assert own.parents() == [theirs, tip]
    files = own.files()
    assert (files["sums.py"], files["more.py"]) == (MINE + "\n\ndef zero():\n    return 0\n", "x = 1\n")
    assert "old.py" not in files


def test_a_second_rebase_starts_where_the_first_ended(own: OwnPull) -> None:
    own.push("main", {"more.py": "x = 1\n"})
    own.rebase()
    first = own.head()
    tip = own.push("main", {"more.py": "x = 2\n"})
    assert own.rebase().outcome.startswith("unverified: ")
    assert own.parents() == [first, tip]
    assert (own.files()["more.py"], own.shown.body.count("<!-- proof -->")) == ("x = 2\n", 1)
    assert f"Before: `main` at {tip}." in own.said("status") + own.shown.body


def test_an_issue_cannot_be_rebased(own: OwnPull) -> None:
    assert own.ask("/codex rebase", own.world.issue).outcome.startswith("refused: /codex rebase works on pull requests")


def test_what_the_base_branch_holds_already_is_not_merged(own: OwnPull) -> None:
    head = own.head()
    own.push("main", {"sums.py": MINE})
    assert own.rebase().outcome == "refused: main holds all of this already"
    assert own.head() == head


def test_a_protected_path_that_people_added_is_for_people_to_merge(own: OwnPull) -> None:
    theirs = own.push(own.branch, {"CODEOWNERS": "* @ann\n"})
    own.push("main", {"more.py": "x = 1\n"})
    assert own.rebase().outcome == "refused: the change touches CODEOWNERS, which only people may change"
    assert own.head() == theirs


@pytest.mark.parametrize("branch", ["their/branch", "codex/by-hand"])
def test_a_branch_that_the_bot_did_not_make_is_left_alone(own: OwnPull, branch: str) -> None:
    _left_alone(own, own.world.forge, branch, "By hand")


def test_a_pull_request_that_somebody_else_opened_is_left_alone_though_it_looks_like_ours(own: OwnPull) -> None:
    if own.world.ann is not own.world.forge:  # on this machine everybody is one
        _left_alone(own, own.world.ann, "codex/issue-99", f"Copied\n\n{TRAILER}0123456789")


def _left_alone(own: OwnPull, opener: Forge, branch: str, message: str) -> None:
    repo, change = own.world.repo, [FileChange("a.py", b"")]
    sha = opener.commit(repo, branch=branch, parent=own.head("main"), message=message, changes=change)
    pull = opener.open_pull_request(repo, branch=branch, base="main", title="By hand", body="", draft=False)
    own.push("main", {"more.py": "x = 1\n"})
    job = own.ask("/codex rebase", Subject(pull.number, is_pull_request=True))
    assert job.outcome == "refused: this pull request is not the bot's own, and the bot touches no other branches"
    assert own.head(branch) == sha
    assert own.said("reply", pull.number).endswith("by hand, or with the forge's own button.")


@pytest.mark.parametrize("name", ["github-app", "gitlab"])
def test_one_that_is_closed_is_left_alone(name: str, tmp_path: Path, worlds: Worlds) -> None:
    own = OwnPull(worlds.make(name, tmp_path))
    number, head = own.pull.number, own.head()
    own.push("main", {"more.py": "x = 1\n"})
    own.world.closes(number)
    job = own.ask("/codex rebase", Subject(number, is_pull_request=True))
    assert (job.outcome, own.head()) == ("refused: this pull request is closed", head)
    own.ledger.close()


@pytest.mark.parametrize("name", ["github-app", "gitlab"])
def test_one_that_is_closed_while_the_tests_run_is_left_alone(name: str, tmp_path: Path, worlds: Worlds) -> None:
    own = OwnPull(worlds.make(name, tmp_path))
    number, head = own.pull.number, own.head()
    own.push("main", {"more.py": "x = 1\n"})
    own.forge = Meanwhile(own.world.forge, "head", lambda: own.world.closes(number))
    job = own.rebase()
    assert (job.outcome, own.head()) == ("refused: this pull request is closed", head)
    own.ledger.close()


ASKED = "`one` must return 3.\n\n```python\nfrom kit import one\nassert one() == 3\n```\n"


def test_the_test_in_the_issue_judges_again(tmp_path: Path, sandbox: Sandbox) -> None:
    with a_household(tmp_path) as house:
        house.sandbox, house.proven = sandbox, sandbox.prove()
        house.forge.issue_ = dataclasses.replace(house.forge.issue_, body=ASKED)
        house.forge.branches["codex/issue-7"] = make_commit(
            house.repository,
            branch="codex/issue-7",
            parent=house.forge.branches["main"],
            message=f"Change one\n\n{TRAILER}0123456789",
            changes=[FileChange("src/kit.py", KIT.replace("return 1", "return 3").encode())],
        )
        house.open_pull_request("codex/issue-7")
        house.forge.texts[50] = ("[unverified] Change one", "Older words.")
        house.push({"README.md": "kit one, newer\n"})
        house.event = dataclasses.replace(house.event, issue=Issue(50, "", "", BOT, is_pull_request=True))
        assert house.ask("/codex rebase").outcome == "verified: http://forge/codex/issue-7"
        title, body = house.forge.texts[50]
    assert title == "Change one"
    assert body.startswith(
        "<!-- proof -->\nFixes #7: Change one. The tests below were run before and after the change."
    )
    assert "| test from the issue | ✗ 1 failed | ✓ 1 passed |" in body
    assert body.endswith("Older words.")


@dataclasses.dataclass
class Meanwhile:
    """A forge at which something happens `before` or after the first call of a method."""

    forge: Any
    method: str
    act: Callable[[], object]
    before: bool = True

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.forge, name)
        if name != self.method:
            return found
        self.method = ""

        def call(*given: Any, **named: Any) -> Any:
            if self.before:
                self.act()
            answer = found(*given, **named)
            if not self.before:
                self.act()
            return answer

        return call


def test_a_base_that_moves_again_meanwhile_is_told_and_the_proof_names_its_commit(own: OwnPull) -> None:
    head, tip = own.head(), own.push("main", {"more.py": "x = 1\n"})
    own.forge = Meanwhile(own.world.forge, "commit", lambda: own.push("main", {"more.py": "x = 2\n"}))
    assert own.rebase().outcome.startswith("unverified: ")
    assert (own.parents(), own.files()["more.py"]) == ([head, tip], "x = 1\n")
    assert f"Before: `main` at {tip}." in own.shown.body
    assert "`main` has moved on since; `/codex rebase` brings that in as well." in own.said("status")


def test_what_people_push_while_the_tests_run_is_not_written_over(own: OwnPull) -> None:
    before = own.shown
    own.push("main", {"more.py": "x = 1\n"})
    own.forge = Meanwhile(own.world.forge, "commit", lambda: own.push(own.branch, {"theirs.py": "y = 1\n"}))
    assert own.rebase().outcome.startswith(f"refused: The branch {own.branch} has moved on")
    assert (own.files()["theirs.py"], "more.py" in own.files(), own.shown) == ("y = 1\n", False, before)


@pytest.mark.parametrize("method", ["create_comment", "commit", "edit_pull_request", "edit_comment"])
def test_a_worker_that_is_killed_after_a_visible_step_is_carried_on(own: OwnPull, method: str) -> None:
    head, tip = own.head(), own.push("main", {"more.py": "x = 1\n"})
    job_id = own.take_in("/codex rebase", Subject(own.pull.number, is_pull_request=True))

    def die() -> None:
        raise KilledError

    own.forge = Meanwhile(own.world.forge, method, die, before=False)
    with pytest.raises(KilledError):
        own.run(job_id)
    left = own.ledger.job(job_id)
    assert left is not None
    own.ledger._clock = lambda _connection: left.lease_until + 1
    assert own.run(job_id).outcome.startswith("unverified: ")
    assert own.parents() == [head, tip]
    assert own.said("status").startswith("**Up to date, and not verified**, @ann: ")
    assert own.shown.body.count(f"After: this branch at {own.head()}.") == 1
