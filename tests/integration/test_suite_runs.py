"""Real runs of pytest in the real sandbox, over the repositories that people have."""

from pathlib import Path

import pytest

from tasks.sandbox import Sandbox, self_test
from tasks.verify.suite import NO_TESTS, Report, Suite, TestsStoppedError
from tasks.verify.trial import measure

OK = "def test_a():\n    pass\n"
ASKED = "def test_as_asked():\n    assert True\n"


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    tools = Path(__file__).parents[2] / ".venv" / "sandbox-tools"
    if not (tools / "pytest").is_dir():
        pytest.skip("pytest for the sandbox is not installed; `make setup` does it")
    proven = self_test(mounts={"/toolchain": tools})
    if not proven.ok:
        pytest.skip(f"no sandbox on this machine: {proven.reason}")
    return Sandbox(mounts={"/toolchain": tools})


def suite(sandbox: Sandbox, seconds: float = 60.0) -> Suite:
    return Suite(sandbox, seconds=seconds, cancelled=lambda: False)


def write(tree: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text)
    return tree


def ran(report: Report) -> tuple[str, dict[str, str]]:
    return report.problem, dict(report.tests)


@pytest.mark.parametrize(
    "options",
    [
        "addopts = --cov=kit -n auto",
        "addopts = -p nosuch.plugin",
        "addopts = -p no:junitxml",
        "addopts = --strict-config\nasyncio_mode = auto",
        "required_plugins = pytest-cov",
        "minversion = 99",
        "junit_logging = all",
    ],
)
def test_what_a_repository_asks_of_pytest_does_not_hide_its_tests(
    tmp_path: Path, sandbox: Sandbox, options: str
) -> None:
    loud = "def test_a():\n    print('x' * 6_000_000)\n"
    tree = write(tmp_path, {"pytest.ini": f"[pytest]\n{options}\n", "test_a.py": loud})
    assert ran(suite(sandbox).all_tests(tree)) == ("", {"test_a::test_a": "passed"})


@pytest.mark.parametrize(
    "options", ["addopts = -m unit", "python_functions = check_*", "addopts = tests", "addopts = -x"]
)
def test_the_asked_test_runs_alone_whatever_the_repository_calls_its_tests(
    tmp_path: Path, sandbox: Sandbox, options: str
) -> None:
    tree = write(tmp_path, {"pytest.ini": f"[pytest]\n{options}\nmarkers = unit\n", "tests/test_a.py": OK})
    assert ran(suite(sandbox).asked(tree, ASKED)) == ("", {"codex_asked_test::test_as_asked": "passed"})
    assert sorted(path.name for path in tree.iterdir()) == ["pytest.ini", "tests"]


def test_the_first_failure_does_not_end_the_run(tmp_path: Path, sandbox: Sandbox) -> None:
    tree = write(
        tmp_path, {"pytest.ini": "[pytest]\naddopts = -x\n", "test_a.py": f"def test_0():\n    assert 0\n{OK}"}
    )
    assert ran(suite(sandbox).all_tests(tree)) == ("", {"test_a::test_0": "failed", "test_a::test_a": "passed"})


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"package.json": "{}"}, NO_TESTS),
        ({"conftest.py": "import nosuch", "test_a.py": OK}, "pytest could not start, because of its configuration"),
        ({"pytest/__init__.py": "", "test_a.py": OK}, "pytest left no report (exit code 1)"),
        ({"test_a.py": "import pytest\ndef test_a():\n    pytest.exit('enough')\n"}, "the tests were interrupted"),
        ({"test_a.py": "import os\ndef test_a():\n    os._exit(0)\n"}, "pytest left no report (exit code 0)"),
        ({"test_a.py": "import time\ndef test_a():\n    time.sleep(60)\n"}, "the tests took longer than 3 s"),
    ],
)
def test_where_nothing_can_be_said_the_reason_is_said(
    tmp_path: Path, sandbox: Sandbox, files: dict[str, str], problem: str
) -> None:
    found = suite(sandbox, seconds=3.0).all_tests(write(tmp_path, files))
    assert found.problem.startswith(problem)
    assert not found.tests


def test_a_module_that_cannot_be_imported_is_one_failure_and_the_rest_runs(tmp_path: Path, sandbox: Sandbox) -> None:
    tree = write(tmp_path, {"test_a.py": "import nosuch\n", "test_b.py": OK})
    assert ran(suite(sandbox).all_tests(tree)) == ("", {"test_a": "failed", "test_b::test_a": "passed"})


def test_runs_do_not_see_what_another_wrote_or_deleted(tmp_path: Path, sandbox: Sandbox) -> None:
    spoil = "import os\ndef test_a():\n    os.remove('kit.py')\n    open('new', 'w').close()\n"
    tree = write(tmp_path, {"test_a.py": spoil, "kit.py": ""})
    baseline = measure(tree, None, sandbox, seconds=60.0, cancelled=lambda: False)
    assert ran(baseline.before) == ("", {"test_a::test_a": "passed"})
    assert not (tree / "new").exists()


def test_a_job_that_must_end_ends_its_tests(tmp_path: Path, sandbox: Sandbox) -> None:
    hanging = write(tmp_path, {"test_a.py": "import time\ndef test_a():\n    time.sleep(60)\n"})
    with pytest.raises(TestsStoppedError):
        Suite(sandbox, seconds=50.0, cancelled=lambda: True).all_tests(hanging)
