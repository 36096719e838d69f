"""The ledger's version is told without Alembic, and as Alembic would tell it."""

import subprocess
import sys
from pathlib import Path

from alembic.script import ScriptDirectory

from bot.ledger import migrate, open_ledger
from bot.ledger.version import versions

OPEN = (
    "import sys; from bot.ledger import open_ledger; open_ledger(sys.argv[1]).close(); print('alembic' in sys.modules)"
)


def test_the_steps_by_their_names_are_those_that_alembic_walks() -> None:
    walked = [revision.revision for revision in ScriptDirectory.from_config(migrate._config()).walk_revisions()]
    assert versions() == tuple(reversed(walked))


def test_only_a_ledger_whose_tables_must_be_changed_loads_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ledger.db"

    def loads_alembic() -> str:
        return subprocess.run([sys.executable, "-c", OPEN, url], capture_output=True, text=True, check=True).stdout

    assert loads_alembic() == "True\n"  # the control: an empty database gets its tables
    assert loads_alembic() == "False\n"
    open_ledger(url).close()
