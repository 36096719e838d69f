"""How much a tree weighs, whatever it is made of."""

import tempfile
from pathlib import Path

import pytest

from tasks.sandbox.account import Account
from tasks.sandbox.watch import ENTRY_BYTES, tree_bytes


def test_bytes_and_entries_weigh(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "big").write_bytes(bytes(1_000_000))
    for number in range(100):
        (tmp_path / "a" / f"{number}").touch()
    assert 1_000_000 + 100 * ENTRY_BYTES < tree_bytes(tmp_path, 10**9) < 1_300_000


def test_a_sparse_file_weighs_what_it_takes_and_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/usr")
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(10**9)
    assert tree_bytes(tmp_path, 10**12) < 100_000


def test_counting_stops_soon_after_enough(tmp_path: Path) -> None:
    for number in range(50):
        (tmp_path / f"{number}").mkdir()
    assert tree_bytes(tmp_path, 1000) > 1000
    assert tree_bytes(tmp_path / "absent", 1000) == 0


@pytest.mark.parametrize(("mode", "reachable"), [(0o755, "yes"), (0o700, "no"), (0o711, "no")])
def test_a_dropped_account_reaches_only_what_is_open_to_all(mode: int, reachable: str) -> None:
    stranger = Account(uid=59999, gid=59999, dropped=True)
    with tempfile.TemporaryDirectory(prefix="codex-reach-") as name:
        place = Path(name)
        place.chmod(mode)
        assert stranger.can_reach(place) is (reachable == "yes")
        below = place / "below"
        below.mkdir()
        below.chmod(0o755)
        # To walk through is less than to list.
        assert stranger.can_reach(below) is (mode & 0o001 != 0)
