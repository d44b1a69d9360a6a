"""Open arrivals: requests start when they are due, whatever the server does.

Latency counts from the intended start, so a stall is felt by everybody who would
have come meanwhile. A generator that is late itself proves nothing: its lag is kept.
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
    RunAborted,
    open_line,
    patience,
    require,
)

LINES = 100
"""Connections kept open: select() watches them, and an arrival may wait for one."""


class Offered(Struct, frozen=True):
    """What a stretch of open arrivals showed; seconds, `latencies` from the intent."""

    arrivals: int
    seconds: float
    latencies: list[float]
    lags: list[float]


def precise_loop() -> asyncio.AbstractEventLoop:
    """A loop that wakes within microseconds; epoll and uvloop round to milliseconds."""
    return asyncio.SelectorEventLoop(SelectSelector())


def due_times(*, rate: float, seconds: float, seed: int) -> list[float]:
    """Seconds from the start at which requests are due: Poisson, repeatable."""
    draw = random.Random(seed)  # noqa: S311 - a load, no secret
    times = []
    at = draw.expovariate(rate)
    while at < seconds:
        times.append(at)
        at += draw.expovariate(rate)
    return times


class Crowd:
    """Sends what is due on the line that rested longest; what finds none waits.

    In turn, because a server closes connections on which nobody asks for long.
    """

    def __init__(self, request: MakeRequest, wanted: range) -> None:
        self.latencies: list[float] = []
        self.lags: list[float] = []
        self.free: deque[Line] = deque()
        self._request = request
        self._wanted = wanted
        self._intents: dict[Line, float] = {}
        self._queue: deque[float] = deque()

    def answered(self, line: Line, answer: Answer) -> None:
        """Count an answer, and give its line to whoever waits."""
        self.latencies.append(time.perf_counter() - self._intents.pop(line))
        require(answer, self._wanted)
        if self._queue:
            self._send(line, self._queue.popleft())
        else:
            self.free.append(line)

    def arrive(self, intent: float) -> None:
        """Send one request that was due at `intent`, or let it wait for a line."""
        self.lags.append(time.perf_counter() - intent)
        if self.free:
            self._send(self.free.popleft(), intent)
        else:
            self._queue.append(intent)

    def _send(self, line: Line, intent: float) -> None:
        self._intents[line] = intent
        line.send(self._request())


async def offer(  # noqa: PLR0913 - whom, what, how much, how long
    host: str,
    port: int,
    request: MakeRequest,
    *,
    rate: float,
    seconds: float,
    seed: int,
    lines: int = LINES,
    wanted: range = SUCCESS,
) -> Offered:
    """Offer `rate` requests a second; raises RunAborted on a wrong answer or none."""
    due = due_times(rate=rate, seconds=seconds, seed=seed)
    crowd = Crowd(request, wanted)
    standing = [await open_line(host, port, crowd.answered) for _ in range(lines)]
    crowd.free.extend(standing)
    try:
        began = time.perf_counter()
        for at in due:
            await asyncio.sleep(max(0.0, began + at - time.perf_counter()))
            crowd.arrive(began + at)
        await settle(crowd, len(due), standing)
        return Offered(
            len(due), time.perf_counter() - began, crowd.latencies, crowd.lags
        )
    finally:
        for line in standing:
            line.close()


async def settle(crowd: Crowd, wanted: int, lines: list[Line]) -> None:
    """Wait for the last answers; raises RunAborted as soon as a line broke."""
    async with patience():
        while len(crowd.latencies) < wanted:
            for line in lines:
                if line.closed.done():
                    line.closed.result()
                    raise RunAborted("a connection ended early")
            await asyncio.sleep(0.01)
