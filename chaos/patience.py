"""Waiting for something to become true, never for ever."""

import asyncio
from collections.abc import Callable

from chaos.timeline import now


async def wait_until(
    holds: Callable[[], bool], *, until: float, every_seconds: float = 0.1
) -> bool:
    """Whether it held by the moment `until`; looks at least once."""
    while not holds():
        if now() >= until:
            return False
        await asyncio.sleep(every_seconds)
    return True
