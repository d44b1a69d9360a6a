"""Open arrivals: requests start when they are due, independently of the server.

Latency counts from the intended start, so a stall delays every request due during it.
The generator's own lag is recorded, because a late generator makes a run invalid.
"""

import asyncio
import random
import time
from collections import deque
from selectors import SelectSelector

from msgspec import Struct

from bench.closed import MakeRequest
from bench.exchange import (
    SUCCESS,
    Answer,
    Line,
    open_line,
    patience,
    require,
)

_LOOK_SECONDS = 0.01
LINES = 100
"""Connections kept open, few enough for select(); an arrival may wait for one."""


class Offered(Struct, frozen=True):
    """The result of open arrivals; seconds, `latencies` from the intended start.

    `refused` are tolerated answers without success.
    """

    arrivals: int
    seconds: float
    latencies: list[float]
    lags: list[float]
    refused: int = 0


def precise_loop() -> asyncio.AbstractEventLoop:
    """Return a loop with microsecond timers; epoll and uvloop round to milliseconds."""
    return asyncio.SelectorEventLoop(SelectSelector())


def due_times(*, rate: float, seconds: float, seed: int) -> list[float]:
    """Return due times in seconds from the start: a repeatable Poisson process."""
    draw = random.Random(seed)  # noqa: S311 - a load, no secret
    times = []
    at = draw.expovariate(rate)
    while at < seconds:
        times.append(at)
        at += draw.expovariate(rate)
    return times


class OpenConnections:
    """Sends due requests on the connection idle longest; others wait for one.

    In rotation, because a server closes connections that are idle for long.
    """

    def __init__(
        self, request: MakeRequest, wanted: range, tolerated: range = range(0)
    ) -> None:
        self.latencies: list[float] = []
        self.lags: list[float] = []
        self.free: deque[Line] = deque()
        self._request = request
        self.refused = 0
        self.failure: BaseException | None = None
        self._wanted = wanted
        self._tolerated = tolerated
        self._intents: dict[Line, float] = {}
        self._queue: deque[float] = deque()

    def answered(self, line: Line, answer: Answer) -> None:
        """Count an answer, and give its connection to a waiting request."""
        self.latencies.append(time.perf_counter() - self._intents.pop(line))
        if answer.status in self._tolerated:
            self.refused += 1
        else:
            require(answer, self._wanted)
        if self._queue:
            self._send(line, self._queue.popleft())
        else:
            self.free.append(line)

    def lose(self, closed: asyncio.Future[None]) -> None:
        """Record why a connection broke; one that we closed is no failure."""
        self.failure = self.failure or closed.exception()

    def arrive(self, intent: float) -> None:
        """Send one request that was due at `intent`, or queue it for a connection."""
        self.lags.append(time.perf_counter() - intent)
        if self.free:
            self._send(self.free.popleft(), intent)
        else:
            self._queue.append(intent)

    def _send(self, line: Line, intent: float) -> None:
        self._intents[line] = intent
        line.send(self._request())


async def offer(  # noqa: PLR0913 - address, request, rate, time
    host: str,
    port: int,
    request: MakeRequest,
    *,
    rate: float,
    seconds: float,
    seed: int,
    lines: int = LINES,
    wanted: range = SUCCESS,
    tolerated: range = range(0),
) -> Offered:
    """Offer `rate` requests per second; raises RunAborted on a wrong answer or none.

    Statuses in `tolerated` are counted instead.
    """
    due = due_times(rate=rate, seconds=seconds, seed=seed)
    connections = OpenConnections(request, wanted, tolerated)
    standing = [await open_line(host, port, connections.answered) for _ in range(lines)]
    connections.free.extend(standing)
    for line in standing:
        line.closed.add_done_callback(connections.lose)
    try:
        began = time.perf_counter()
        for at in due:
            await asyncio.sleep(max(0.0, began + at - time.perf_counter()))
            connections.arrive(began + at)
            raise_failure(connections)
        async with patience():
            while len(connections.latencies) < len(due):
                await asyncio.sleep(_LOOK_SECONDS)
                raise_failure(connections)
        seconds = time.perf_counter() - began
        return Offered(
            len(due),
            seconds,
            connections.latencies,
            connections.lags,
            connections.refused,
        )
    finally:
        for line in standing:
            line.close()


def raise_failure(connections: OpenConnections) -> None:
    """End the arrivals as soon as a connection breaks; raises RunAborted."""
    if connections.failure is not None:
        raise connections.failure
