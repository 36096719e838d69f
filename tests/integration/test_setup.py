"""The set-up script, with a Python and an apt-get that write down what they are asked instead of doing it."""

import dataclasses
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-sandbox.lock")
ANALYSIS = ("requirements-analysis.lock", "requirements-analysis-more.lock")
TOOLS = ("sh", "cat", "chmod", "cut", "flock", "grep", "ls", "mkdir", "rm", "sha256sum", "tr")
PYTHON = """#!/bin/sh
# Stands for the system's Python and for the one of the environment that it makes.
here=$(cd "${0%/*}/.." && pwd)
case "$*" in
    *version_info\\ *) exit "$(cat "$DIARY/too-old" 2>/dev/null || echo 0)" ;;
    *--version) echo Python 3.9.2 ;;
    *sys.prefix*) echo "$here 3 11" ;;
    *ensurepip*) exit 0 ;;
    "-m venv --clear"*)
        echo venv >>"$DIARY/calls"
        rm -rf "$4" && mkdir -p "$4/bin" && cat "$0" >"$4/bin/python" && chmod +x "$4/bin/python"
        [ ! -e "$DIARY/interrupt" ] || exit 130 ;;
    "-m pip install"*)
        echo "pip $*" >>"$DIARY/calls"
        [ ! -e "$DIARY/refuse" ] || exit 1 ;;
esac
"""
APT = """#!/bin/sh
echo "apt-get $*" >>"$DIARY/calls"
[ ! -e "$DIARY/refuse" ] || exit 100
case "$*" in *bubblewrap*) printf '#!/bin/sh\\n' >"${0%/*}/bwrap"; chmod +x "${0%/*}/bwrap" ;; esac
"""

SCANNER = """#!/bin/sh
while [ "$1" != --rule-cache-dir ]; do shift; done
umask 077
mkdir "$2" && echo rules >"$2/rules"
"""


@dataclasses.dataclass
class Newcomer:
    """Somebody with a clone in `clone` and the programs of `path`; `diary` holds what those were asked."""

    clone: Path
    path: Path
    diary: Path

    def add_program(self, name: str, text: str = "#!/bin/sh\n") -> None:
        (self.path / name).write_text(text)
        (self.path / name).chmod(0o755)

    def set_up(self, for_what: str = "run") -> subprocess.CompletedProcess[str]:
        (self.diary / "calls").unlink(missing_ok=True)
        environment = {"PATH": str(self.path), "DIARY": str(self.diary)}
        argv = ["/bin/sh", "infra/setup/setup.sh", for_what]
        return subprocess.run(argv, cwd=self.clone, env=environment, capture_output=True, text=True, check=False)

    def calls(self) -> list[str]:
        """Return what was asked of the programs in the last run."""
        file = self.diary / "calls"
        return file.read_text().splitlines() if file.exists() else []

    def installed(self) -> list[str]:
        """Return the last word of each call of pip: what was to be installed."""
        return [call.split()[-1] for call in self.calls() if call.startswith("pip ")]


@pytest.fixture
def newcomer(tmp_path: Path) -> Newcomer:
    newcomer = Newcomer(tmp_path / "a clone", tmp_path / "bin", tmp_path / "diary")
    (newcomer.clone / "infra/setup").mkdir(parents=True)
    newcomer.path.mkdir()
    newcomer.diary.mkdir()
    shutil.copy(ROOT / "infra/setup/setup.sh", newcomer.clone / "infra/setup")
    for name in (*LOCKS, *ANALYSIS, "pyproject.toml"):
        (newcomer.clone / name).write_text("one==1\n")
    for tool in TOOLS:
        found = shutil.which(tool, path="/usr/bin:/bin")
        assert found
        (newcomer.path / tool).symlink_to(found)
    for name in ("git", "bwrap", "redis-server"):
        newcomer.add_program(name)
    newcomer.add_program("python3", PYTHON)
    newcomer.add_program("id", "#!/bin/sh\necho 1000\n")
    return newcomer


def test_the_first_time_makes_all_and_the_second_time_nothing(newcomer: Newcomer) -> None:
    first = newcomer.set_up()
    assert first.returncode == 0, first.stderr
    assert newcomer.installed() == ["requirements.lock", "requirements-sandbox.lock", "requirements-analysis.lock", "."]
    second = newcomer.set_up()
    assert (second.returncode, second.stdout, newcomer.calls()) == (0, "", [])


def test_testing_needs_one_lock_more(newcomer: Newcomer) -> None:
    newcomer.set_up()
    assert newcomer.set_up("test").returncode == 0
    assert newcomer.installed() == ["requirements-dev.lock", "requirements-analysis-more.lock"]


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-sandbox.lock", "requirements-analysis.lock"])
def test_a_changed_lock_is_installed_and_no_other(newcomer: Newcomer, name: str) -> None:
    newcomer.set_up()
    (newcomer.clone / name).write_text("one==2\n")
    newcomer.set_up()
    assert newcomer.installed() == [name]


def test_changed_entry_points_are_written(newcomer: Newcomer) -> None:
    newcomer.set_up()
    (newcomer.clone / "pyproject.toml").write_text("changed")
    newcomer.set_up()
    assert newcomer.installed() == ["."]


def test_what_was_refused_is_told_and_tried_again(newcomer: Newcomer) -> None:
    (newcomer.diary / "refuse").touch()
    refused = newcomer.set_up()
    assert refused.returncode == 2
    assert "error: pip could not install what requirements.lock asks for\nhint: " in refused.stderr
    (newcomer.diary / "refuse").unlink()
    assert newcomer.set_up().returncode == 0
    assert "venv" not in newcomer.calls()


def test_an_environment_that_was_never_finished_is_made_anew(newcomer: Newcomer) -> None:
    (newcomer.diary / "interrupt").touch()
    assert newcomer.set_up().returncode != 0
    (newcomer.diary / "interrupt").unlink()
    assert newcomer.set_up().returncode == 0
    assert newcomer.calls()[0] == "venv"


def test_an_environment_that_was_moved_is_made_anew(newcomer: Newcomer) -> None:
    newcomer.set_up()
    newcomer.clone = newcomer.clone.rename(newcomer.clone.with_name("elsewhere"))
    assert newcomer.set_up().returncode == 0
    assert newcomer.calls()[0] == "venv"
    assert len(newcomer.installed()) == 4


def test_an_environment_without_its_python_is_made_anew(newcomer: Newcomer) -> None:
    newcomer.set_up()
    (newcomer.clone / ".venv/bin/python").unlink()
    assert newcomer.set_up().returncode == 0
    assert len(newcomer.installed()) == 4


def test_no_python_or_an_old_one_is_told(newcomer: Newcomer) -> None:
    (newcomer.diary / "too-old").write_text("1")
    old = newcomer.set_up()
    assert old.returncode == 2
    assert "error: Python 3.9.2 is too old\nhint: Install Python 3.11 or newer" in old.stderr
    (newcomer.path / "python3").unlink()
    none = newcomer.set_up()
    assert none.returncode == 2
    assert "error: there is no python3\n" in none.stderr


def test_who_may_not_install_is_told_what_to_type(newcomer: Newcomer) -> None:
    (newcomer.path / "bwrap").unlink()
    without_sandbox = newcomer.set_up()
    assert without_sandbox.returncode == 0, "without bubblewrap everything else works"
    assert "sudo apt-get install --no-install-recommends bubblewrap" in without_sandbox.stderr
    (newcomer.path / "git").unlink()
    assert newcomer.set_up().returncode == 2


def test_root_installs_and_says_so_first(newcomer: Newcomer) -> None:
    newcomer.add_program("id", "#!/bin/sh\necho 0\n")
    newcomer.add_program("apt-get", APT)
    (newcomer.path / "bwrap").unlink()
    done = newcomer.set_up()
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Installing from Debian's packages: bubblewrap")
    assert newcomer.calls()[1] == "apt-get install -y -qq --no-install-recommends bubblewrap"
    assert "Not installed" not in done.stderr


def test_root_is_told_too_when_apt_cannot(newcomer: Newcomer) -> None:
    newcomer.set_up()
    newcomer.add_program("id", "#!/bin/sh\necho 0\n")
    newcomer.add_program("apt-get", APT)
    (newcomer.diary / "refuse").touch()
    (newcomer.path / "bwrap").unlink()
    done = newcomer.set_up()
    assert done.returncode == 0
    assert "Not installed: bubblewrap" in done.stderr


def test_the_rules_of_the_secret_scanner_are_read_once_for_each_version(newcomer: Newcomer) -> None:
    newcomer.set_up()
    scanner = newcomer.clone / ".venv/analysis-tools/kingfisher/bin"
    scanner.mkdir(parents=True)
    (scanner / "kingfisher").write_text(SCANNER)
    (scanner / "kingfisher").chmod(0o755)
    assert "Reading the rules" in newcomer.set_up().stdout
    rules = newcomer.clone / ".venv/analysis-tools/rule-cache/rules"
    assert rules.stat().st_mode & 0o777 == 0o644, "the account of the sandbox may read it"
    assert newcomer.set_up().stdout == ""
    (newcomer.clone / "requirements-analysis.lock").write_text("one==2\n")
    assert "Reading the rules" in newcomer.set_up().stdout


def test_a_secret_scanner_that_does_not_start_spoils_nothing(newcomer: Newcomer) -> None:
    newcomer.set_up()
    scanner = newcomer.clone / ".venv/analysis-tools/kingfisher/bin"
    scanner.mkdir(parents=True)
    (scanner / "kingfisher").write_text("#!/bin/sh\nexit 1\n")
    (scanner / "kingfisher").chmod(0o755)
    assert newcomer.set_up().returncode == 0
