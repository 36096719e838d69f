"""What the status comment shows while a job goes on."""

from typing import Any

from bot.errors import RetryableError
from tasks.commands.progress import Progress


class Wall:
    """Stands for the publisher; keeps what was shown, and is away when told to."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.away = False

    def status(self, body: str) -> None:
        if self.away:
            raise RetryableError("502")
        self.shown.append(body)


def begun() -> tuple[Progress, Wall]:
    wall: Any = Wall()
    progress = Progress(wall, asker="ann", command="implement", steps=["Read", "Test", "Write"], job=42)
    progress.begin()
    return progress, wall


def test_every_finished_step_is_shown_at_once_because_the_next_may_take_minutes() -> None:
    progress, wall = begun()
    progress.finish_step("Read 2 files")
    progress.finish_step()
    assert [body.count("[x]") for body in wall.shown] == [0, 1, 2]
    assert wall.shown[1].startswith("**Codex Bot is working on this** for @ann: step 2 of 3\n")
    assert "- [x] Read 2 files\n- [x] Test\n- [ ] Write" in wall.shown[2]


def test_details_do_not_make_an_edit_each() -> None:
    progress, wall = begun()
    for number in range(5):
        progress.detail(f"answer {number}")
    assert len(wall.shown) == 1
    progress.finish_step()
    assert "answer" not in wall.shown[-1]


def test_a_forge_that_is_away_for_a_moment_does_not_stop_the_work() -> None:
    progress, wall = begun()
    wall.away = True
    progress.finish_step()
    wall.away = False
    progress.finish_step()
    assert wall.shown[-1].count("[x]") == 2


def test_an_attempt_after_a_restart_begins_its_list_anew() -> None:
    begun()[0].finish_step()
    assert begun()[1].shown[0].count("[x]") == 0


def test_a_job_that_waits_says_so_and_takes_up_its_list_again() -> None:
    progress, wall = begun()
    progress.wait()
    assert wall.shown[-1].startswith("**Codex Bot is waiting** with the request of @ann")
    wall.away = True
    progress.wait()
    assert len(wall.shown) == 2
