"""A light HTTP client for one kind of request: posts deliveries and reads each answer's status and time."""

import asyncio
import dataclasses
import time
from collections.abc import Callable, Iterator

from bench.ingest.load import BenchError
from bench.ingest.payload import Deliveries
from bench.ingest.targets import OURS_PATH

_PATIENCE_SECONDS = 30


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one delivery; times in seconds of this machine's wall clock."""

    number: str
    status: int
    sent: float
    read: float


class _Line:
    """One connection to the service, opened anew when the service closed it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, number: str, request: bytes) -> Answer:
        sent = time.time()
        try:
            status = await self._exchange(request)
        except (ConnectionError, asyncio.IncompleteReadError):
            # A connection that lay idle may be closed at any time. If the request was stored all the same, the
            # answer is 200 for a duplicate, which counts as wrong here.
            self.close()
            status = await self._exchange(request)
        return Answer(number, status, sent, time.time())

    async def _exchange(self, request: bytes) -> int:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = head.partition("content-length:")[2].partition("\r\n")[0]
        await reader.readexactly(int(length or 0))
        if "connection: close" in head:
            self.close()
        return int(head.split(" ", 2)[1])

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


async def _post(
    requests: Iterator[tuple[str, bytes]], port: int, lines: int, gap: float, each: Callable[[Answer], None]
) -> None:
    started, turn = time.monotonic(), 0

    async def one_line() -> None:
        nonlocal turn
        line = _Line(port)
        for number, request in requests:
            turn += 1
            if gap:
                await asyncio.sleep(max(0.0, started + turn * gap - time.monotonic()))
            async with asyncio.timeout(_PATIENCE_SECONDS):
                each(await line.post(number, request))
        line.close()

    async with asyncio.TaskGroup() as group:
        for _ in range(lines):
            group.create_task(one_line())


def post(
    deliveries: Deliveries,
    count: int,
    port: int,
    *,
    lines: int = 16,
    gap: float = 0.0,
    each: Callable[[Answer], None] = lambda _answer: None,
) -> list[Answer]:
    """Post `count` new deliveries over `lines` connections, one every `gap` seconds; return all answers.

    `each` sees every answer at once. Raises `BenchError` unless every answer is a 202.
    """
    answers: list[Answer] = []
    requests = deliveries.requests(count, port, OURS_PATH)
    if not gap:
        requests = iter(list(requests))  # signed beforehand

    def note(answer: Answer) -> None:
        if answer.status != 202:
            raise BenchError(f"a delivery was answered with {answer.status}")
        answers.append(answer)
        each(answer)

    try:
        asyncio.run(_post(requests, port, lines, gap, note))
    except* (BenchError, OSError, TimeoutError, asyncio.IncompleteReadError) as errors:
        raise BenchError(f"posting failed: {errors.exceptions[0]!r}") from errors
    return answers
