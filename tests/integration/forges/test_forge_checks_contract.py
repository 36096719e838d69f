"""The same checks, reported on every forge, and the same failed jobs read there."""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from stories.checked import GOING, Checked
from stories.forge_worlds import NAMES, World, Worlds

from bot.check import Annotation, CheckReport, Conclusion, FailedJob, Level, Status
from bot.errors import UserError
from infra.practice_forge.ci import CiRun, Job

URL = "https://bot.example/jobs/7"
WITH_CI = [name for name in NAMES if name != "local"]
STAMP = "2026-11-26T19:47:41.1234567Z "


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worlds]:
    with Worlds(tmp_path_factory.mktemp("forges")) as made:
        yield made


@pytest.fixture(params=NAMES)
def world(request: pytest.FixtureRequest, tmp_path: Path, worlds: Worlds) -> World:
    return worlds.make(request.param, tmp_path)


@pytest.fixture(params=WITH_CI)
def ci_world(request: pytest.FixtureRequest, tmp_path: Path, worlds: Worlds) -> World:
    return worlds.make(request.param, tmp_path)


def tip(world: World) -> str:
    sha = world.forge.head(world.repo, "main")
    assert sha is not None
    return sha


def queued(world: World, key: str = "job-7") -> CheckReport:
    return CheckReport("Codex Bot", tip(world), key, Status.QUEUED, "Waiting", "In a moment.", details_url=URL)


def ended(check: CheckReport, conclusion: Conclusion, title: str, *said: Annotation) -> CheckReport:
    return dataclasses.replace(
        check, status=Status.COMPLETED, conclusion=conclusion, title=title, summary="**All.**", annotations=said
    )


def shown(world: World) -> tuple[str, str, str, str]:
    found: Checked
    (found,) = world.checked(tip(world))
    return found.name, found.state, found.title, found.url


def ran(world: World, jobs: Sequence[Job]) -> CiRun:
    assert world.ci is not None
    return world.ci(tip(world), jobs)


def test_one_check_goes_from_waiting_to_its_end(world: World) -> None:
    check, checks = queued(world), world.forge.checks
    checks.report(world.repo, check)
    assert shown(world) == ("Codex Bot", GOING, "Waiting", URL)
    checks.report(world.repo, dataclasses.replace(check, status=Status.IN_PROGRESS, title="Reading"))
    assert shown(world)[:2] == ("Codex Bot", GOING)
    checks.report(world.repo, ended(check, Conclusion.FAILURE, "2 blocking, 3 other"))
    assert shown(world) == ("Codex Bot", "failure", "2 blocking, 3 other", URL)


@pytest.mark.parametrize(
    ("conclusion", "state"),
    [
        (Conclusion.SUCCESS, "success"),
        (Conclusion.NEUTRAL, GOING),
        (Conclusion.FAILURE, "failure"),
        (Conclusion.TIMED_OUT, "failure"),
        (Conclusion.CANCELLED, "cancelled"),
    ],
)
def test_every_end_is_told(world: World, conclusion: Conclusion, state: str) -> None:
    world.forge.checks.report(world.repo, ended(queued(world), conclusion, "Over"))
    assert shown(world)[1:3] == (state, "Over")


def test_a_second_attempt_finds_what_the_first_one_made(world: World) -> None:
    check = queued(world)
    for report in (check, dataclasses.replace(check, status=Status.IN_PROGRESS), ended(check, Conclusion.SUCCESS, "0")):
        first = world.forge.checks.report(world.repo, report)
        assert world.forge.checks.report(world.repo, report) == first
        assert len(world.checked(tip(world))) == 1


def test_two_jobs_on_one_commit_are_told_apart_where_the_forge_can(worlds: Worlds, tmp_path: Path) -> None:
    for name in ("github-app", "local"):
        (tmp_path / name).mkdir()
        world = worlds.make(name, tmp_path / name)
        ids = {world.forge.checks.report(world.repo, queued(world, key)) for key in ("job-7", "job-8")}
        assert len(ids) == len(world.checked(tip(world))) == 2, name


def test_all_annotations_arrive_once_and_in_order(worlds: Worlds, tmp_path: Path) -> None:
    world = worlds.make("github-app", tmp_path)
    notes = [Annotation("sums.py", n, n + 1, f"Hm {n}", Level.NOTICE, "Style") for n in range(1, 121)]
    check = ended(queued(world), Conclusion.NEUTRAL, "120 other", *notes)
    world.forge.checks.report(world.repo, dataclasses.replace(check, annotations=tuple(notes[:30])))
    for _ in range(2):
        world.forge.checks.report(world.repo, check)
        (found,) = world.checked(tip(world))
        assert found.notes == tuple(f"sums.py:{n} Hm {n}" for n in range(1, 121))
    assert (found.state, found.summary) == (GOING, "**All.**")


def test_an_app_without_the_permission_says_so(worlds: Worlds, tmp_path: Path) -> None:
    world, server = worlds.make("github-app", tmp_path), worlds.server("github")
    everything = dict(server.forge.app.permissions)
    server.grant({**everything, "checks": "read"})
    try:
        with pytest.raises(UserError, match="not accessible by integration"):
            world.forge.checks.report(world.repo, queued(world))
    finally:
        server.grant(everything)
    assert world.checked(tip(world)) == []


def test_local_annotations_stand_in_the_file(worlds: Worlds, tmp_path: Path) -> None:
    world = worlds.make("local", tmp_path)
    said = Annotation("sums.py", 1, 2, "Adds\nwrongly.", Level.FAILURE, "Sum")
    world.forge.checks.report(world.repo, ended(queued(world), Conclusion.FAILURE, "1 blocking", said))
    (found,) = world.checked(tip(world))
    assert found.notes == ("- `sums.py`, lines 1 to 2, failure: Sum: Adds wrongly.",)
    assert found.summary == "**All.**"


def test_what_is_too_long_is_cut_and_taken(world: World) -> None:
    check = ended(
        queued(world), Conclusion.SUCCESS, "ü" * 100, Annotation("sums.py", 1, 1, "é" * 70_000, title="t" * 300)
    )
    world.forge.checks.report(world.repo, dataclasses.replace(check, summary="größer\n" * 20_000))
    assert shown(world)[2] == "ü" * 59 + "…"


def test_failed_jobs_of_a_commit(ci_world: World) -> None:
    assert ci_world.forge.checks.failures(ci_world.repo, tip(ci_world)) == ()
    jobs = (Job("lint", "success"), Job("test"), Job("slow", "timed_out"), Job("gone", "cancelled"))
    run = ran(ci_world, jobs)
    found = ci_world.forge.checks.failures(ci_world.repo, tip(ci_world))
    assert [(job.name, job.id) for job in found] == [(job.name, str(job.id)) for job in run.jobs[1:3]]
    assert all(job.url.endswith(f"/{job.id}") for job in found)
    step = "" if ci_world.forge.name == "gitlab" else "Test"
    assert {job.step for job in found} == {step}


def test_a_newer_run_counts(ci_world: World) -> None:
    ran(ci_world, [Job("test")])
    ran(ci_world, [Job("test", "success")])
    assert ci_world.forge.checks.failures(ci_world.repo, tip(ci_world)) == ()


def test_jobs_that_may_fail_are_none(worlds: Worlds, tmp_path: Path) -> None:
    world = worlds.make("gitlab", tmp_path)
    ran(world, [Job("test"), Job("nightly", may_fail=True)])
    found: Sequence[FailedJob] = world.forge.checks.failures(world.repo, tip(world))
    assert [job.name for job in found] == ["test"]


def test_no_ci_no_failures(worlds: Worlds, tmp_path: Path) -> None:
    world = worlds.make("local", tmp_path)
    assert world.forge.checks.failures(world.repo, tip(world)) == ()
    with pytest.raises(UserError, match="no CI"):
        world.forge.checks.log(world.repo, "7")


def test_the_end_of_a_log_is_plain_text(ci_world: World) -> None:
    raw = f"{STAMP}first\r\n{STAMP}\x1b[31mE  assert 1 == 2\x1b[0m\r\n{STAMP}caf\xe9\n".encode("latin-1")
    job = ran(ci_world, [Job("test", log=raw)]).jobs[0]
    log = ci_world.forge.checks.log
    assert log(ci_world.repo, str(job.id)) == "first\nE  assert 1 == 2\ncaf�\n"
    assert log(ci_world.repo, str(job.id), last_bytes=60) == "caf�\n"


@pytest.mark.parametrize("log", [None, b""])
def test_a_log_that_is_gone(ci_world: World, log: bytes | None) -> None:
    job = ran(ci_world, [Job("test", log=log)]).jobs[0]
    for id_ in (str(job.id), "999999"):
        with pytest.raises(UserError, match=rf"The log of job {id_} is gone") as told:
            ci_world.forge.checks.log(ci_world.repo, id_)
        assert "run the job again" in told.value.mend


@pytest.mark.parametrize("id_", ["", "1/../2", "seven", "²"])
def test_what_is_no_job_is_never_asked_for(ci_world: World, id_: str) -> None:
    with pytest.raises(UserError, match="is no job"):
        ci_world.forge.checks.log(ci_world.repo, id_)


@pytest.mark.parametrize("sha", ["", "main", "abc123", "A" * 40])
def test_what_is_no_commit_is_never_asked_for(ci_world: World, sha: str) -> None:
    with pytest.raises(UserError, match="is no commit"):
        ci_world.forge.checks.failures(ci_world.repo, sha)
