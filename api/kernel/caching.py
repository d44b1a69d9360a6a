"""The cache: an optional Redis that saves work and is never needed for a response.

Every call has 50 ms. After three consecutive failures the circuit breaker stays open
for a second; then one call tries again. A failure is returned as None or False, never
raised.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from time import monotonic
from typing import Any, TypeVar, cast

from opentelemetry.trace import SpanKind

from api.kernel import tracing
from api.kernel.redis_pipeline import Command, SharedConnection, open_connection

T = TypeVar("T")

BUDGET_SECONDS = 0.05
FAILURES_TO_OPEN = 3
OPEN_SECONDS = 1.0
_READ_ATTRIBUTES = {"db.system.name": "redis", "db.operation.name": "MGET"}
_WRITE_ATTRIBUTES = {"db.system.name": "redis", "db.operation.name": "SET"}


class CircuitBreaker:
    """Stops calls to a service after consecutive failures, for OPEN_SECONDS."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._open_until = 0.0

    @property
    def open(self) -> bool:
        """Return whether calls are blocked now."""
        return self._clock() < self._open_until

    def succeeded(self) -> None:
        """Reset the count of failures."""
        self._failures = 0

    def failed(self) -> None:
        """Count a failure; open at the third consecutive one and at each later one."""
        self._failures += 1
        if self._failures >= FAILURES_TO_OPEN:
            self._open_until = self._clock() + OPEN_SECONDS


class Cache:
    """Values of bytes by key, in a Redis whose contents may be lost."""

    def __init__(self, url: str, *, budget_seconds: float = BUDGET_SECONDS) -> None:
        """Connect to nothing yet; an empty URL disables the cache."""
        self._url = url
        self._breaker = CircuitBreaker()
        self._budget_seconds = budget_seconds
        self._connection: SharedConnection | None = None
        self._opening: asyncio.Task[SharedConnection] | None = None

    async def read(self, keys: Sequence[str]) -> list[bytes | None] | None:
        """Return the value of each key; None when the cache is unavailable."""
        with tracing.child_span("MGET", SpanKind.CLIENT, _READ_ATTRIBUTES):
            responses = await self._execute([("MGET", *keys)])
        return None if responses is None else responses[0]

    async def write(
        self, entries: dict[str, bytes], *, seconds: int, absent_only: bool = False
    ) -> bool:
        """Store the values for `seconds`; returns whether the cache stored them."""
        options = ("NX",) if absent_only else ()
        commands: list[Command] = [
            ("SET", key, value, "EX", seconds, *options)
            for key, value in entries.items()
        ]
        with tracing.child_span("SET", SpanKind.CLIENT, _WRITE_ATTRIBUTES):
            return await self._execute(commands) is not None

    async def stop(self) -> None:
        """Close the connection."""
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
        if self._connection is not None:
            self._connection.abort()

    async def _execute(self, commands: Sequence[Command]) -> list[Any] | None:
        if not self._url or self._breaker.open:
            return None
        try:
            connection = self._connection
            if connection is None or connection.lost:
                connection = await self._connect()
            pending = [connection.execute(one) for one in commands]
            responses = (
                [await pending[0]] if len(pending) == 1 else await _gather(pending)
            )
        except OSError:
            self._breaker.failed()
            return None
        if any(isinstance(one, Exception) for one in responses):
            self._breaker.failed()
            return None
        self._breaker.succeeded()
        return responses

    async def _connect(self) -> SharedConnection:
        """Open the connection, once for all concurrent callers."""
        if self._opening is None or self._opening.done():
            self._opening = asyncio.create_task(self._open())
        return await asyncio.shield(self._opening)

    async def _open(self) -> SharedConnection:
        self._connection = await open_connection(
            self._url, timeout_seconds=self._budget_seconds
        )
        return self._connection


async def _gather(pending: Sequence[asyncio.Future[Any]]) -> list[Any]:
    return await asyncio.gather(*pending)


_handle: list[Cache] = []


def use(cache: Cache) -> None:
    """Set the cache of the process; called once, at the start."""
    _handle[:] = [cache]


def handle() -> Cache:
    """Return the cache of the process."""
    return _handle[0]


class SingleFlight:
    """Runs concurrent calls with the same key once, and shares the result."""

    def __init__(self) -> None:
        self._in_flight: dict[Hashable, asyncio.Task[Any]] = {}

    async def run(self, key: Hashable, supply: Callable[[], Awaitable[T]]) -> T:
        """Return the result of `supply`, of this call or of the one in flight.

        Cancelling one caller does not cancel the call for the others.
        """
        task = self._in_flight.get(key)
        if task is None:
            task = asyncio.ensure_future(_run(supply))
            self._in_flight[key] = task
            task.add_done_callback(lambda done: self._finish(key, done))
        return cast("T", await asyncio.shield(task))

    def _finish(self, key: Hashable, task: asyncio.Task[Any]) -> None:
        self._in_flight.pop(key, None)
        if not task.cancelled():
            task.exception()  # retrieved here, in case every caller was cancelled


async def _run(supply: Callable[[], Awaitable[T]]) -> T:
    return await supply()
