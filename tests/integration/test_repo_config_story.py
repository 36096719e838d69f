"""What a repository's own `.codex.toml` does to the commands that are given there: real git, scripted answers."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.hands import FakeModel
from stories.household import KIT, Household, a_household, edit

from bot.events import Account, Permission
from bot.ledger import JobState
from tasks.sandbox import Sandbox, SelfTest

CHANGED = KIT.replace("return 1", "return 3")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Household]:
    with a_household(tmp_path) as made:
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


def test_without_the_file_everything_is_as_ever(house: Household) -> None:
    assert house.ask().outcome.startswith("unverified: ")
    assert house.proposed == {"src/kit.py": CHANGED}


def test_a_file_that_only_says_what_holds_anyway_changes_nothing(house: Household) -> None:
    house.configure('[access]\nwho = "write"\n[model]\nprofile = "auto"\n')
    assert house.ask().outcome.startswith("unverified: ")
    assert house.proposed == {"src/kit.py": CHANGED}


BROKEN = [
    ('[acess]\nwho = "admin"\n', "- line 1: unknown key `acess`; did you mean `access`?"),
    ("[access\n", "- line 1: this is no TOML: "),
    ('[commands]\ndisabled = ["implment"]\n', "did you mean `implement`?"),
]


@pytest.mark.parametrize(("text", "said"), BROKEN)
def test_a_wrong_file_is_answered_once_and_nothing_else_is_done(house: Household, text: str, said: str) -> None:
    house.configure(text)
    job = house.ask()
    assert (job.state, job.outcome[:9]) == (JobState.DONE, "refused: ")
    (comment,) = house.said
    assert comment.startswith("**Not done:** `.codex.toml` of the default branch cannot be used:\n\n- ")
    assert said in comment
    assert comment.endswith("Nothing was done. Correct the file on the default branch, then ask again.")
    assert (house.model.asked, house.forge.pulls, house.forge.messages) == ([], [], {})


def test_a_file_that_is_no_text_or_too_large_or_a_link_is_answered_too(house: Household) -> None:
    path = house.repository / ".codex.toml"
    path.write_bytes(b"\xff")
    house.push({})
    assert "it is no UTF-8 text" in house.ask().outcome
    path.write_text("#" * 40_000)
    house.push({})
    assert "has 40000 bytes; at most 32768 are read" in house.ask().outcome
    path.unlink()
    path.symlink_to("README.md")
    house.push({})
    assert "is no plain file" in house.ask().outcome
    assert house.model.asked == []


@pytest.mark.parametrize("text", ["/codex help", "/codex status", "/codex cancel"])
def test_what_is_about_jobs_works_where_the_file_is_broken(house: Household, text: str) -> None:
    house.configure("[broken")
    assert not house.ask(text).outcome.startswith("refused")
    assert len(house.said) == 1


def test_a_job_that_was_given_up_can_be_taken_up_again_where_the_file_is_broken_now(house: Household) -> None:
    job_id = house.take_in("/codex implement")
    house.ledger.cancel(job_id, by="@ann")
    house.configure("[broken")
    assert house.ask("/codex retry").outcome == f"job {job_id} is queued again"
    assert "is no TOML" in house.run(job_id).outcome


OFF = '[commands]\ndisabled = ["implement"]\n'


def test_a_command_that_is_switched_off_gets_one_short_refusal(house: Household) -> None:
    house.configure(OFF)
    assert house.ask().outcome.startswith("refused: /codex implement is switched off")
    (comment,) = house.said
    assert comment == (
        "**Not done:** `/codex implement` is switched off in ann/numberkit.\n\n"
        "`commands` in `.codex.toml` of the default branch says which commands are on."
    )
    assert house.model.asked == []


def test_or_no_answer_at_all(house: Household) -> None:
    house.configure(OFF + '[access]\nrefusals = "silent"\n')
    assert house.ask().outcome.startswith("refused: /codex implement is switched off")
    assert (house.said, house.model.asked) == ([], [])


@pytest.mark.parametrize(("refusals", "comments"), [("comment", 1), ("silent", 0)])
@pytest.mark.parametrize("text", ["/codex implement", "/codex help"])
def test_who_may_not_write_is_refused_with_or_without_words(
    house: Household, text: str, refusals: str, comments: int
) -> None:
    house.configure(f'[access]\nrefusals = "{refusals}"\n')
    house.forge.permissions["eve"] = Permission.READ
    assert house.ask(text, by="eve").outcome.startswith("refused: @\u200beve may not give commands")
    assert (len(house.said), house.forge.reactions) == (comments, set())


def test_a_broken_file_silences_nobody(house: Household) -> None:
    house.configure('[access]\nrefusals = "silent"\n[broken')
    assert house.ask(by="eve").outcome.startswith("refused: @\u200beve may not")
    assert len(house.said) == 1


WHO = [
    ('who = "write"', {"bob": True, "cat": True, "ann": True, "eve": False}),
    ('who = "admin"', {"bob": False, "cat": False, "ann": True, "eve": False}),
    ('who = ["Bob", "eve"]', {"bob": True, "cat": False, "ann": True, "eve": False}),
    ("who = []", {"bob": False, "cat": False, "ann": True, "eve": False}),
]


@pytest.mark.parametrize(("rule", "may"), WHO)
def test_who_may_is_never_more_than_who_may_write(house: Household, rule: str, may: dict[str, bool]) -> None:
    house.configure(f"[access]\n{rule}\n")
    rights = {"bob": Permission.WRITE, "cat": Permission.WRITE, "eve": Permission.READ}
    house.forge.permissions.update(rights)
    for login, allowed in may.items():
        outcome = house.ask(by=login).outcome
        assert outcome.startswith("refused: @") is not allowed, login


def test_of_an_edited_comment_both_must_stand_in_the_list(house: Household) -> None:
    house.configure('[access]\nwho = ["bob"]\n')
    house.forge.permissions.update(bob=Permission.WRITE, cat=Permission.WRITE)
    job = house.ask(by="bob", action="edited", before="Hm.", sender=Account("cat"))
    assert job.outcome.startswith("refused: @\u200bcat may not give /codex implement")


@pytest.mark.parametrize(
    ("rules", "path", "reason"),
    [
        ('[paths]\nprotected = ["src/kit.py"]', "src/kit.py", "only people may change"),
        ('[paths]\nprotected = []\nexclude = ["web/"]', ".github/workflows/x.yml", "only people may change"),
        ("[paths]\nprotected = []", ".codex/more.toml", "only people may change"),
        ('[paths]\nexclude = ["src/new*"]', "src/new.py", "keeps from the bot"),
        ('[paths]\ninclude = ["src/"]', "new.py", "keeps from the bot"),
        ('languages = ["python"]', "src/new.go", "keeps from the bot"),
    ],
)
def test_no_patch_leaves_what_the_rules_allow(house: Household, rules: str, path: str, reason: str) -> None:
    house.configure(rules)
    house.model = FakeModel(edit(path) if path == "src/kit.py" else edit(path, "", "x = 1"))
    assert house.ask().outcome == "nothing to propose"
    assert reason in house.said[0]
    assert (house.forge.pulls, house.forge.messages) == ([], {})


@pytest.mark.parametrize(
    ("rules", "hidden"),
    [
        ('[paths]\nexclude = ["other.py"]', ["src/other.py"]),
        ('[paths]\ninclude = ["/src/*.py"]', ["web/kit.js", "README.md"]),
        ('languages = ["python"]', ["web/kit.js"]),
    ],
)
def test_what_is_kept_from_the_model_is_neither_shown_nor_changed(
    house: Household, rules: str, hidden: list[str]
) -> None:
    house.event = dataclasses.replace(
        house.event, issue=dataclasses.replace(house.event.issue, body=f"kit one, in src/kit.py. {' '.join(hidden)}")
    )
    house.configure(rules)
    house.model = FakeModel(*(edit(path, "", "whole") for path in hidden))
    house.options = dataclasses.replace(house.options, samples=len(hidden))
    assert house.ask().outcome == "nothing to propose"
    files = house.shown.split("# Request", maxsplit=1)[0]
    assert "src/kit.py\n```" in files
    assert [path for path in hidden if f"{path}\n```" in files] == []
    assert house.forge.messages == {}


def test_and_is_shown_where_nothing_is_kept(house: Household) -> None:
    house.ask()
    files = house.shown.split("# Request", maxsplit=1)[0]
    assert all(f"{path}\n```" in files for path in ("src/kit.py", "src/other.py", "web/kit.js", "README.md"))


@pytest.mark.parametrize(
    ("profile", "name", "edits"),
    [("small", "Grown-7B", False), ("large", "Toy-135M", True), ("auto", "Toy-135M", False)],
)
def test_the_profile_decides_how_the_model_is_asked(house: Household, profile: str, name: str, *, edits: bool) -> None:
    house.configure(f'[model]\nprofile = "{profile}"\n')
    house.model = FakeModel(edit("src/kit.py") if edits else f"```python\n{CHANGED}```", name=name)
    assert house.ask().outcome.startswith("unverified")
    assert ("SEARCH" in house.shown) is edits
    assert house.proposed == {"src/kit.py": CHANGED}
    (_, body) = house.forge.texts[100]
    assert ("toy model" in body) is name.startswith("Toy")


def test_the_file_of_a_pull_requests_branch_never_counts(house: Household) -> None:
    mine = {".codex.toml": OFF, "src/kit.py": KIT}
    house.push(mine, branch="codex/issue-7")
    house.open_pull_request("codex/issue-7")
    assert house.ask().outcome.startswith("unverified: http://forge/codex/issue-7")
    house.configure('[paths]\nprotected = ["src/"]')
    house.push({".codex.toml": "[broken", "src/kit.py": KIT}, branch="codex/issue-7")
    assert house.ask().outcome == "nothing to propose"
    assert "only people may change" in house.said[-2]


def test_every_attempt_sees_the_rules_that_the_first_one_saw(house: Household) -> None:
    house.forge.fail_after = ["commit"]
    job_id = house.take_in("/codex implement")
    assert house.run(job_id).state is JobState.QUEUED
    house.configure(OFF)
    house.ledger._clock = lambda _connection: 1e12
    assert house.run(job_id).outcome.startswith("unverified: ")
    assert house.ask().outcome.startswith("refused: /codex implement is switched off")


def test_who_has_an_ended_job_tried_again_asks_by_the_rules_of_then(house: Household) -> None:
    house.forge.fail_after = ["commit"]
    job_id = house.take_in("/codex implement")
    house.run(job_id)
    house.ledger.cancel(job_id, by="@ann")
    house.configure(OFF)
    assert house.ask("/codex retry").outcome == f"job {job_id} is queued again"
    assert house.run(job_id).outcome.startswith("refused: /codex implement is switched off")


def test_the_repositorys_own_test_command_is_what_is_run(house: Household, sandbox: Sandbox) -> None:
    house.sandbox, house.proven = sandbox, sandbox.prove()
    house.push({
        "src/__init__.py": "",
        "tests/unit/test_kit.py": "from src.kit import one\n\n\ndef test_one():\n    assert one()\n",
        "tests/slow/test_slow.py": "def test_slow():\n    assert False\n",
    })  # fmt: skip
    house.ask()
    assert "| the repository's tests | ✗ 1 failed, ✓ 1 passed | ✗ 1 failed, ✓ 1 passed |" in house.forge.texts[100][1]
    house.forge.pulls.clear()
    house.configure('[tests]\ncommand = ["python", "-m", "pytest", "-x", "tests/unit"]\n')
    house.ask()
    assert "| the repository's tests | ✓ 1 passed | ✓ 1 passed |" in house.forge.texts[100][1]


def test_a_test_command_that_cannot_be_run_is_named_and_nothing_is_run(house: Household) -> None:
    house.configure('[tests]\ncommand = ["npm", "test"]\n')
    house.proven = SelfTest(ok=True, rung="full", reason="", mend="")  # with a sandbox in which running is a defect
    assert house.ask().outcome.startswith("unverified: ")
    title, body = house.forge.texts[100]
    assert title == "[unverified] Change one"
    assert house.forge.pulls[0].is_draft
    assert "- Nothing was run: the repository's test command is `npm test`, not pytest." in body


def test_a_repository_without_any_commit_has_no_rules(house: Household, tmp_path: Path) -> None:
    with a_household(tmp_path / "empty") as empty:
        empty.forge.branches.clear()
        empty.forge.repository = tmp_path / "none"
        empty._git("init", "-q", str(tmp_path / "none"))
        assert empty.ask().outcome == "refused: the repository is empty"


def test_a_bot_that_requires_the_file_does_nothing_before_it_is_merged(house: Household) -> None:
    house.options = dataclasses.replace(house.options, require_config=True)
    assert house.ask().outcome.startswith("refused: nothing is done in ann/numberkit before")
    (comment,) = house.said
    assert comment == (
        "**Not done:** nothing is done in ann/numberkit before its default branch has a `.codex.toml`.\n\n"
        "`/codex configure` opens a pull request that adds one."
    )
    assert house.model.asked == []
    assert house.ask("/codex help").outcome == "helped"
    house.configure("")
    assert house.ask().outcome.startswith("unverified: ")
