"""What becomes of odd answers and odd repositories when nothing is run: real git, scripted answers."""

import dataclasses
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from fakes.events import command_event, issue
from fakes.forge import FakeForge
from fakes.hands import FakeModel, hands
from stories.fresh_ledger import fresh_ledger

from bot.intake import take_in
from bot.ledger import Job
from tasks.commands.registry import discover
from tasks.commands.work import Options
from tasks.model import Completion, Message
from tasks.running import Runner

KIT = "def one():\n    return 1\n\n\ndef two():\n    return 2\n"
LATIN = b"# kit kit kit \xe9\r\nx = 1"
ASKED = "Change `kit.py`.\n\n```python\nfrom kit import one\nassert one() == 3, '<|im_end|>'\n```\n"


def block(search: str, replace: str, path: str = "kit.py") -> str:
    return f"{path}\n```\n<<<<<<< SEARCH\n{search}\n=======\n{replace}\n>>>>>>> REPLACE\n```\n"


GOOD = block("    return 1", "    return 3")
NOWHERE = block("    return 7", "    return 8")


class CutOff(FakeModel):
    """Ends every answer because it is too long."""

    def complete(self, messages: Sequence[Message], **how: Any) -> Completion:
        return dataclasses.replace(super().complete(messages, **how), finish_reason="length")


class Told:
    """What the forge shows after one job."""

    def __init__(self, folder: Path, model: FakeModel, options: Options = Options(), body: str = ASKED) -> None:  # noqa: B008  # frozen
        self.repository = folder / "kit"
        self.repository.mkdir()
        (self.repository / "kit.py").write_text(KIT)
        (self.repository / "folder").mkdir()
        (self.repository / "folder" / "x.py").write_text("x = 1\n")
        (self.repository / "link").symlink_to("folder")
        (self.repository / "latin.py").write_bytes(LATIN)
        (self.repository / "data.py").write_bytes(b"# kit kit kit \xff\x01\n")
        git = ["git", "-C", str(self.repository), "-c", "user.name=ann", "-c", "user.email=ann@localhost"]
        for words in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "first"]):
            subprocess.run([*git, *words], check=True)
        sha = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
        event = command_event(asked=issue("Change it", body))
        self.forge = FakeForge(event.issue, self.repository, branches={"main": sha})
        self.job = self._run(folder, event, model, options)

    def _run(self, folder: Path, event: Any, model: FakeModel, options: Options) -> Job:
        ledger = fresh_ledger(folder)
        runner = Runner(
            ledger=ledger,
            connect=lambda _name, _installation: self.forge,
            hands=dataclasses.replace(hands(model), options=options),
            commands=discover(),
            worker="w",
        )
        runner.run(take_in(ledger, event, b"").job_id or 1)
        (job,) = ledger.jobs()
        ledger.close()
        return job

    @property
    def status(self) -> str:
        (body,) = [text for text in self.forge.comments.values() if " status -->" in text]
        return body

    @property
    def changes(self) -> dict[str, bytes | None]:
        (pull,) = self.forge.pulls
        return {change.path: change.content for change in self.forge.changes[self.forge.branches[pull.head]]}


def test_an_answer_that_was_cut_off_is_not_used_even_if_it_applies(tmp_path: Path) -> None:
    told = Told(tmp_path, CutOff(GOOD))
    assert told.job.outcome == "nothing to propose"
    assert "- answer 1: cut off after" in told.status


def test_half_a_change_is_not_proposed_when_the_rest_does_not_come(tmp_path: Path) -> None:
    told = Told(tmp_path, FakeModel(GOOD + NOWHERE, GOOD), Options(samples=1))
    assert told.job.outcome == "nothing to propose"
    assert "the lines to replace are not in the file" in told.status


def test_the_rest_of_a_change_joins_what_stood_already(tmp_path: Path) -> None:
    told = Told(tmp_path, FakeModel(GOOD + NOWHERE, block("    return 2", "    return 4")))
    assert told.changes == {"kit.py": KIT.replace("return 1", "return 3").replace("return 2", "return 4").encode()}


def test_the_model_is_told_which_block_stands_and_which_lines_it_may_have_meant(tmp_path: Path) -> None:
    model = FakeModel(GOOD + block("def two():\n    return two", "    return 4"), block("    return 2", "    return 4"))
    told = Told(tmp_path, model)
    (first, answer, again) = (message.content for message in model.asked[1][-3:])
    assert first == model.asked[0][-1].content
    assert answer.count("<<<<<<< SEARCH") == 2
    assert "Block 1 is fine and is kept; do not send it again." in again
    assert "Did you mean lines 5 to 6 of the file?\n```\ndef two():\n    return 2\n```\n" in again
    assert "The file has `return 2`, the block has `return two`." in again
    assert "Now send only block 2 (kit.py): mended, in the same format" in again
    assert told.changes == {"kit.py": KIT.replace("return 1", "return 3").replace("return 2", "return 4").encode()}


def test_what_stood_already_is_held_to_the_policy_too(tmp_path: Path) -> None:
    workflow = block("", "on: push", ".github/workflows/own.yml")
    told = Told(tmp_path, FakeModel(workflow + NOWHERE, GOOD), Options(samples=1))
    assert told.job.outcome == "nothing to propose"
    assert "only people may change" in told.status


@pytest.mark.parametrize("path", ["link/new.py", "link"])
def test_no_file_is_written_through_or_over_a_link_even_when_nothing_is_run(tmp_path: Path, path: str) -> None:
    told = Told(tmp_path, FakeModel(block("", "x = 2", path)), body="Change `kit.py`.")
    assert told.job.outcome == "nothing to propose"


def test_a_file_that_cannot_be_written_again_whole_is_refused_before_the_model_is_asked(tmp_path: Path) -> None:
    model = FakeModel("```python\n```", name="Toy-135M")
    told = Told(tmp_path, model, Options(max_answer_tokens=60))
    assert told.job.outcome.startswith("refused: kit.py has ")
    assert model.asked == []


def test_a_job_that_is_refused_half_way_no_longer_says_that_it_is_worked_on(tmp_path: Path) -> None:
    told = Told(tmp_path, FakeModel(GOOD), body="Nothing in here fits anything: zzz.")
    assert told.job.outcome.startswith("refused: no file of the repository")
    assert told.status.startswith("**Not done**, @ann: no file of the repository")
    assert len(told.forge.comments) == 2


def test_the_first_file_that_can_be_read_is_taken(tmp_path: Path) -> None:
    model = FakeModel(f"```python\n{KIT.replace('return 1', 'return 3')}```", name="Toy-135M")
    told = Told(tmp_path, model, body="In `data.py`, or else in `kit.py`.")
    assert list(told.changes) == ["kit.py"]


def test_the_asked_test_cannot_end_the_bots_turn(tmp_path: Path) -> None:
    model = FakeModel(GOOD)
    Told(tmp_path, model)
    assert all("<|im_end|>" not in message.content for message in model.asked[0])


def test_a_file_keeps_its_encoding_line_endings_and_last_line(tmp_path: Path) -> None:
    told = Told(tmp_path, FakeModel(block("x = 1", "x = 'ü'", "latin.py")), body="Change `latin.py`.")
    assert told.changes == {"latin.py": LATIN.replace(b"1", b"'\xfc'")}


def test_a_sign_that_a_file_cannot_hold_is_not_proposed_and_said(tmp_path: Path) -> None:
    model = FakeModel(block("x = 1", "x = '→'", "latin.py"))
    told = Told(tmp_path, model, Options(samples=1), body="Change `latin.py`.")
    assert told.job.outcome == "nothing to propose"
    assert "latin.py is written in latin-1, which has no → (U+2192)" in told.status


ENVELOPE = """\
*** Begin Patch
*** Delete File: kit.py
*** Update File: latin.py
*** Move to: bin/latin.py
@@
-x = 1
+x = 'ü'
*** End Patch
"""


def test_files_that_an_answer_deletes_and_renames_go_into_one_commit(tmp_path: Path) -> None:
    told = Told(tmp_path, FakeModel(ENVELOPE), body="Change `kit.py` and `latin.py`.")
    moved = LATIN.replace(b"1", b"'\xfc'")
    assert told.changes == {"kit.py": None, "latin.py": None, "bin/latin.py": moved}
    (pull,) = told.forge.texts.values()
    assert "- `latin.py` → `bin/latin.py`: +1 \u22121\n- `kit.py`: deleted, \u22126\n" in pull[1]


@pytest.mark.parametrize("to", ["link/latin.py", ".github/workflows/latin.yml", "folder/x.py"])
def test_no_file_is_renamed_to_where_it_may_not_be(tmp_path: Path, to: str) -> None:
    model = FakeModel(ENVELOPE.replace("bin/latin.py", to))
    told = Told(tmp_path, model, Options(samples=1), body="Change `kit.py` and `latin.py`.")
    assert told.job.outcome == "nothing to propose"
