"""A closed load: a fixed number of connections, each with one open request."""

import time
from collections.abc import Callable

from msgspec import Struct

from bench.exchange import (
    SUCCESS,
    Answer,
    Line,
    open_line,
    patience,
    require,
    side_by_side,
)

MakeRequest = Callable[[], bytes]


class Sample(Struct, frozen=True):
    """The result of a closed load; latencies in seconds."""

    answers: int
    seconds: float
    latencies: list[float]


async def load(  # noqa: PLR0913 - address, request, amount
    host: str,
    port: int,
    request: MakeRequest,
    *,
    connections: int,
    seconds: float,
    wanted: range = SUCCESS,
) -> Sample:
    """Keep `connections` busy for `seconds`; raises RunAborted on any other status."""
    latencies: list[float] = []
    began = time.perf_counter()
    talks = [
        converse(host, port, request, until=began + seconds, into=latencies, ok=wanted)
        for _ in range(connections)
    ]
    async with patience(seconds):
        await side_by_side(*talks)
    return Sample(len(latencies), time.perf_counter() - began, latencies)


async def converse(  # noqa: PLR0913 - one connection of a load
    host: str,
    port: int,
    request: MakeRequest,
    *,
    until: float,
    into: list[float],
    ok: range,
) -> None:
    """Send requests one after the other on one connection, at least one."""
    began = 0.0

    def ask(line: Line) -> None:
        nonlocal began
        began = time.perf_counter()
        line.send(request())

    def answered(line: Line, answer: Answer) -> None:
        now = time.perf_counter()
        into.append(now - began)
        require(answer, ok)
        if now < until:
            ask(line)
        else:
            line.close()

    line = await open_line(host, port, answered)
    try:
        ask(line)
        await line.closed
    finally:
        line.close()
