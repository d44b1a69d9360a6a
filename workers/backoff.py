"""Retry loops: which errors are transient, and how long to wait after one."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import asyncpg
from dramatiq.errors import ConnectionClosed

from api.kernel.errors import Unavailable
from api.kernel.logs import logger

log = logger(__name__)

#: A failover, a deadlock, an absent Redis. Any other error ends the program, and the
#: supervisor restarts it. asyncpg raises InternalClientError when the server ends a
#: connection between two commands.
TRANSIENT_ERRORS = (
    Unavailable,
    asyncpg.PostgresError,
    asyncpg.InternalClientError,
    ConnectionClosed,
)

_random = random.SystemRandom()


def jittered(seconds: float) -> float:
    """Return a random wait between half of `seconds` and one and a half times it."""
    return seconds * _random.uniform(0.5, 1.5)


class Backoff:
    """Jittered waits that double from `first_seconds` up to `limit_seconds`."""

    def __init__(self, first_seconds: float, limit_seconds: float) -> None:
        self.first_seconds = first_seconds
        self.limit_seconds = limit_seconds
        self.failures = 0

    def next_seconds(self) -> float:
        """Return the wait before the next attempt, never above the limit."""
        wait = min(self.first_seconds * 2**self.failures, self.limit_seconds)
        self.failures = min(self.failures + 1, 32)
        return min(jittered(wait), self.limit_seconds)

    def reset(self) -> None:
        """Start again from `first_seconds`; call it after a success."""
        self.failures = 0


async def repeat(
    work: Callable[[], Awaitable[None]], pause_seconds: Callable[[], float]
) -> None:
    """Call `work` forever with pauses; a transient error ends only that call."""
    while True:
        await asyncio.sleep(pause_seconds())
        try:
            await work()
        except TRANSIENT_ERRORS as error:
            log.warning("call_skipped", call=work.__name__, error=type(error).__name__)
