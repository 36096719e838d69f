"""Hints as files: whole or not there, taken once, and no file can bring a worker down."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.hints import QUEUE, Hints, make_app


@pytest.fixture
def channel(tmp_path: Path) -> Iterator[Any]:
    with make_app(None, tmp_path).connection_for_read() as connection:
        yield connection.default_channel


@pytest.fixture
def hints(tmp_path: Path) -> Hints:
    return Hints(make_app(None, tmp_path, sending=True))


def test_a_hint_is_taken_once(hints: Hints, channel: Any) -> None:
    assert hints.send(7)
    assert hints.waiting() == 1
    assert channel.basic_get(QUEUE, no_ack=True) is not None
    assert channel.basic_get(QUEUE, no_ack=True) is None
    assert hints.waiting() == 0


@pytest.mark.parametrize("content", [b"", b'{"body": "cut', b"\xff", b"[]", b'{"foo": 1}', b'{"body": 1}'])
def test_a_file_that_is_no_hint_is_thrown_away(tmp_path: Path, hints: Hints, channel: Any, content: bytes) -> None:
    (tmp_path / "hints" / "queue" / f"0_first.{QUEUE}.msg").write_bytes(content)
    assert hints.send(7)
    assert channel.basic_get(QUEUE, no_ack=True) is not None
    assert hints.waiting() == 0


def test_what_merely_lies_in_the_folder_is_neither_counted_nor_touched(
    tmp_path: Path, hints: Hints, channel: Any
) -> None:
    folder = tmp_path / "hints" / "queue"
    (folder / "notes.txt").write_text("x")
    (folder / f"folder.{QUEUE}.msg").mkdir()
    (folder / f".half-written.{QUEUE}.msg").write_text("{")
    assert hints.waiting() == 0
    assert channel.basic_get(QUEUE, no_ack=True) is None
    assert len(list(folder.iterdir())) == 3


def test_no_hint_is_seen_before_it_is_whole(tmp_path: Path, hints: Hints, caplog: pytest.LogCaptureFixture) -> None:
    taken: list[object] = []

    def take() -> None:
        with make_app(None, tmp_path).connection_for_read() as connection:
            while len(taken) < 200:
                message = connection.default_channel.basic_get(QUEUE, no_ack=True)
                taken.extend([] if message is None else [message])

    reader = threading.Thread(target=take, daemon=True)
    reader.start()
    assert all(hints.send(number) for number in range(200))
    reader.join(60)
    assert len(taken) == 200
    assert "no hint" not in caplog.text


def test_a_folder_that_is_gone_loses_a_hint_but_raises_nothing(tmp_path: Path, hints: Hints) -> None:
    (tmp_path / "hints" / "queue").rmdir()
    assert not hints.send(7)
    assert hints.waiting() == 0
