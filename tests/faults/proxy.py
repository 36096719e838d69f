"""A TCP proxy on loopback that can be told, at run time, to treat its connections badly.

Modes: `pass`; `delay` (every piece waits `seconds`); `drop` (a connection is reset once `after` bytes have gone
`toward` "server" or "client"); `black hole` (nothing goes on, nobody is told); `half open` (the server's end is
closed, the client is not told); `refuse` (new connections are reset, old ones too); `pause` (everything waits
until the mode changes).
"""

import asyncio
import contextlib
import dataclasses
import socket
import struct
import threading
from typing import Literal, Self

Mode = Literal["pass", "delay", "drop", "black hole", "half open", "refuse", "pause"]
End = Literal["server", "client"]
_PIECE = 16 * 1024
_RESET_AT_ONCE = struct.pack("ii", 1, 0)  # struct linger: on, no time


@dataclasses.dataclass(frozen=True, slots=True)
class Manner:
    """How connections are treated; `times` connections are treated so, the rest passes (0: all of them)."""

    mode: Mode = "pass"
    seconds: float = 0.0
    after: int = 0
    toward: End = "client"
    times: int = 0


class Proxy:
    """Stands before one port of loopback; a context manager with a thread of its own. `hits` counts the faults."""

    def __init__(self, target_port: int) -> None:
        self._target = target_port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault-proxy", daemon=True)
        self._changed = asyncio.Event()
        self._manner = Manner()
        self._left = 0
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None] | None] = set()  # one that waits for ever is held by nobody else
        self.hits = 0
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._run(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_error: object) -> None:
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def behave(self, manner: Manner = Manner()) -> None:
        """Treat connections like this from now on, those that are open as well."""
        self._run(self._change(manner))

    def _run(self, work):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202  # whatever the coroutine gives
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _change(self, manner: Manner) -> None:
        self._manner, self._left = manner, manner.times
        self._changed.set()
        self._changed = asyncio.Event()
        if manner.mode == "refuse":
            for writer in list(self._open):
                self._hit(writer)

    async def _end(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _hit(self, *writers: asyncio.StreamWriter) -> None:
        """Count a fault and reset these ends."""
        self.hits += 1
        for writer in writers:
            _reset(writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._manner.mode == "refuse":
            self._hit(writer)
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            _reset(writer)
            return
        self._open |= {writer, far_writer}
        self._tasks.add(asyncio.current_task())
        try:
            ways = (
                self._carry(reader, far_writer, writer, "server"),
                self._carry(far_reader, writer, far_writer, "client"),
            )
            await asyncio.gather(*ways)
        except asyncio.CancelledError:
            pass  # the proxy ends
        finally:
            self._open -= {writer, far_writer}
            self._tasks.discard(asyncio.current_task())
            for end in (writer, far_writer):
                end.close()

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, back: asyncio.StreamWriter, toward: End
    ) -> None:
        gone = 0
        with contextlib.suppress(OSError):
            while piece := await reader.read(_PIECE):
                if not await self._treat(len(piece) + gone, toward, writer, back):
                    return
                gone += len(piece)
                writer.write(piece)
                await writer.drain()
            writer.write_eof()

    async def _treat(self, carried: int, toward: End, writer: asyncio.StreamWriter, back: asyncio.StreamWriter) -> bool:
        """Do to one piece what the manner says; return whether it is to be carried on."""
        manner = self._manner
        match manner.mode:
            case "delay":
                self.hits += 1
                await asyncio.sleep(manner.seconds)
            case "pause":
                self.hits += 1
                while self._manner.mode == "pause":
                    await self._changed.wait()
            case "black hole" if toward == manner.toward and self._mine(manner):
                self.hits += 1
                await asyncio.Event().wait()
            case "half open" if toward == manner.toward and self._mine(manner):
                self._hit(back if toward == "client" else writer)
                await asyncio.Event().wait()
            case "drop" if toward == manner.toward and carried > manner.after and self._mine(manner):
                self._hit(writer, back)
                return False
        return True

    def _mine(self, manner: Manner) -> bool:
        """Use up one of the times that this manner is for."""
        if not manner.times:
            return True
        self._left -= 1
        return self._left >= 0


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close a connection so that the other end hears a reset, not an orderly end."""
    raw = writer.get_extra_info("socket")
    if raw is not None:
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_ONCE)
    writer.transport.abort()
