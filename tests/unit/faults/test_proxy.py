"""The TCP proxy of the fault suite does to a connection what it was told, and nothing else."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from faults.proxy import Manner, Proxy


def _echo(listener: socket.socket, heard: list[bytes]) -> None:
    def answer(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            while piece := connection.recv(4096):
                heard.append(piece)
                connection.sendall(piece)

    with contextlib.suppress(OSError):
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=answer, args=(connection,), daemon=True).start()


class Line:
    """An echo server behind a proxy, and somebody who calls it."""

    def __init__(self, proxy: Proxy, heard: list[bytes]) -> None:
        self.proxy = proxy
        self.heard = heard

    @contextlib.contextmanager
    def call(self, seconds: float = 5.0) -> Iterator[socket.socket]:
        with socket.create_connection(("127.0.0.1", self.proxy.port), timeout=seconds) as connection:
            yield connection


@pytest.fixture
def line() -> Iterator[Line]:
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=_echo, args=(listener, heard), daemon=True)
        server.start()
        with Proxy(listener.getsockname()[1]) as proxy:
            yield Line(proxy, heard)
        listener.shutdown(socket.SHUT_RDWR)
    server.join(5)


def said(connection: socket.socket, words: bytes = b"hello") -> bytes:
    connection.sendall(words)
    return connection.recv(4096)


def test_it_passes_on_what_it_hears(line: Line) -> None:
    with line.call() as connection:
        assert said(connection) == b"hello"
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(10) == b""
    assert line.proxy.hits == 0


def test_it_delays(line: Line) -> None:
    line.proxy.behave(Manner("delay", seconds=0.1))
    started = time.monotonic()
    with line.call() as connection:
        assert said(connection) == b"hello"
    assert time.monotonic() - started >= 0.2, "both ways"


def test_it_drops_the_answer_after_the_request_went_through(line: Line) -> None:
    line.proxy.behave(Manner("drop", toward="client"))
    with line.call() as connection, pytest.raises(ConnectionResetError):
        said(connection)
    assert line.heard == [b"hello"]
    assert line.proxy.hits == 1


def test_it_drops_the_request_before_it_went_through(line: Line) -> None:
    line.proxy.behave(Manner("drop", toward="server", after=7))
    with line.call() as connection:
        assert said(connection) == b"hello"
        with pytest.raises(ConnectionResetError):
            said(connection)
    assert line.heard == [b"hello"]


def test_it_treats_only_so_many_connections(line: Line) -> None:
    line.proxy.behave(Manner("drop", toward="client", times=1))
    with line.call() as connection, pytest.raises(ConnectionResetError):
        said(connection)
    with line.call() as connection:
        assert said(connection) == b"hello"


def test_a_black_hole_swallows_the_answer(line: Line) -> None:
    line.proxy.behave(Manner("black hole"))
    with line.call(0.3) as connection, pytest.raises(TimeoutError):
        said(connection)
    assert line.heard == [b"hello"]


def test_a_half_open_connection_says_nothing(line: Line) -> None:
    line.proxy.behave(Manner("half open"))
    with line.call(0.3) as connection:
        with pytest.raises(TimeoutError):
            said(connection)
        line.proxy.behave()
        connection.sendall(b"is anybody there?")
        with pytest.raises(TimeoutError):
            connection.recv(10)


def test_it_refuses_and_cuts_what_is_open(line: Line) -> None:
    with line.call() as connection:
        assert said(connection) == b"hello"
        line.proxy.behave(Manner("refuse"))
        with pytest.raises(ConnectionResetError):
            said(connection)
    with pytest.raises(ConnectionResetError), line.call() as connection:
        said(connection)


def test_a_pause_ends_when_it_is_told_so(line: Line) -> None:
    line.proxy.behave(Manner("pause"))
    with line.call() as connection:
        connection.sendall(b"hello")
        connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            connection.recv(10)
        line.proxy.behave()
        connection.settimeout(5)
        assert connection.recv(10) == b"hello"


def test_a_server_that_is_away_looks_like_one(line: Line) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with (
        Proxy(port) as proxy,
        pytest.raises(ConnectionResetError),
        socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as connection,
    ):
        said(connection)
