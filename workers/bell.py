"""Waking up when somebody commits a job: LISTEN, kept alive across failovers."""

import asyncio

from api.kernel import database
from api.kernel.connections import TenantConnection
from api.kernel.logs import logger
from api.kernel.outbox import CHANNEL
from workers.backoff import Backoff
from workers.passing import PASSING

log = logger(__name__)

#: A demoted leader keeps its sockets; asking it is the only way to find out.
CHECK_SECONDS = 1.0


class Bell:
    """Rings when a job was committed. A hint only: the caller polls as well."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    async def wait(self, timeout_seconds: float) -> None:
        """Return when it rings, at once if it rang since the last wait."""
        try:
            await asyncio.wait_for(self._rung.wait(), timeout_seconds)
        except TimeoutError:
            return
        finally:
            self._rung.clear()

    def ring(self, *_: object) -> None:
        self._rung.set()

    async def listen(self) -> None:
        """Hold a listening connection for ever; reconnects within half a second."""
        backoff = Backoff(0.05, 0.5)
        while True:
            try:
                await self._listen_once(backoff)
            except PASSING as error:
                log.warning("listener lost its connection", error=type(error).__name__)
            await asyncio.sleep(backoff.next_seconds())

    async def _listen_once(self, backoff: Backoff) -> None:
        async with database.handle().primary.borrow() as connection:
            await connection.add_listener(CHANNEL, self.ring)
            backoff.reset()
            self.ring()  # whatever was committed before we listened
            try:
                await _watch(connection)
            finally:
                if not connection.is_closed():
                    await connection.remove_listener(CHANNEL, self.ring)


async def _watch(connection: TenantConnection) -> None:
    """Return when this is not the leader any more; raises when it is gone."""
    while True:
        if await connection.fetchval("SELECT pg_is_in_recovery()"):
            return
        await asyncio.sleep(CHECK_SECONDS)
