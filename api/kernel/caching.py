"""A cache that may vanish: it saves work, and is never needed for an answer.

Every call has 50 ms. After three failures in a row nobody asks for a second; then
one call tries again. A failure reads as "away", never as an exception.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from time import monotonic
from typing import Any, TypeVar, cast

from opentelemetry.trace import SpanKind

from api.kernel import tracing
from api.kernel.redis_line import Command, RedisLine, open_line

T = TypeVar("T")

BUDGET_SECONDS = 0.05
FAILURES_TO_OPEN = 3
OPEN_SECONDS = 1.0
_READING = {"db.system.name": "redis", "db.operation.name": "MGET"}
_WRITING = {"db.system.name": "redis", "db.operation.name": "SET"}


class Breaker:
    """Stops asking a service that keeps failing, for a while."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._closed_again = 0.0

    @property
    def open(self) -> bool:
        """Tell whether nobody should ask right now."""
        return self._clock() < self._closed_again

    def succeeded(self) -> None:
        """Forget the failures."""
        self._failures = 0

    def failed(self) -> None:
        """Count a failure; after the third in a row, and any later one, open."""
        self._failures += 1
        if self._failures >= FAILURES_TO_OPEN:
            self._closed_again = self._clock() + OPEN_SECONDS


class Cache:
    """Bytes under names, in a Redis that holds nothing else worth keeping."""

    def __init__(self, url: str, *, budget_seconds: float = BUDGET_SECONDS) -> None:
        """Connect to nothing yet; an empty URL means that the cache stays away."""
        self._url = url
        self._breaker = Breaker()
        self._budget_seconds = budget_seconds
        self._line: RedisLine | None = None
        self._opening: asyncio.Task[RedisLine] | None = None

    async def read(self, names: Sequence[str]) -> list[bytes | None] | None:
        """Return what each name holds; None when the cache is away."""
        with tracing.inside("MGET", SpanKind.CLIENT, _READING):
            answers = await self._ask([("MGET", *names)])
        return None if answers is None else answers[0]

    async def write(
        self, entries: dict[str, bytes], *, seconds: int, absent_only: bool = False
    ) -> bool:
        """Keep the values for so many seconds; tells whether the cache took them."""
        manner = ("NX",) if absent_only else ()
        commands: list[Command] = [
            ("SET", name, value, "EX", seconds, *manner)
            for name, value in entries.items()
        ]
        with tracing.inside("SET", SpanKind.CLIENT, _WRITING):
            return await self._ask(commands) is not None

    async def stop(self) -> None:
        """Close the connection."""
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
        if self._line is not None:
            self._line.cut()

    async def _ask(self, commands: Sequence[Command]) -> list[Any] | None:
        if not self._url or self._breaker.open:
            return None
        try:
            line = self._line
            if line is None or line.lost:
                line = await self._connected()
            asked = [line.ask(one) for one in commands]
            answers = [await asked[0]] if len(asked) == 1 else await _all(asked)
        except OSError:
            self._breaker.failed()
            return None
        if any(isinstance(one, Exception) for one in answers):
            self._breaker.failed()
            return None
        self._breaker.succeeded()
        return answers

    async def _connected(self) -> RedisLine:
        """Open the line, once for all who want it."""
        if self._opening is None or self._opening.done():
            self._opening = asyncio.create_task(self._open())
        return await asyncio.shield(self._opening)

    async def _open(self) -> RedisLine:
        self._line = await open_line(self._url, patience_seconds=self._budget_seconds)
        return self._line


async def _all(asked: Sequence[asyncio.Future[Any]]) -> list[Any]:
    return await asyncio.gather(*asked)


_handle: list[Cache] = []


def use(cache: Cache) -> None:
    """Make this the program's cache; set once, at the start."""
    _handle[:] = [cache]


def handle() -> Cache:
    """Return the program's cache."""
    return _handle[0]


class Flights:
    """Lets those who want the same thing at the same time share one effort."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, asyncio.Task[Any]] = {}

    async def join(self, key: Hashable, supply: Callable[[], Awaitable[T]]) -> T:
        """Return what `supply` returns; whoever comes meanwhile gets the same.

        A caller that is cancelled leaves; the others still get their answer.
        """
        task = self._under_way.get(key)
        if task is None:
            task = asyncio.ensure_future(_run(supply))
            self._under_way[key] = task
            task.add_done_callback(lambda done: self._land(key, done))
        return cast("T", await asyncio.shield(task))

    def _land(self, key: Hashable, task: asyncio.Task[Any]) -> None:
        self._under_way.pop(key, None)
        if not task.cancelled():
            task.exception()  # seen here, in case everybody has left


async def _run(supply: Callable[[], Awaitable[T]]) -> T:
    return await supply()
