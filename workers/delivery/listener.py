"""LISTEN for committed jobs, kept alive across failovers."""

import asyncio

from api.kernel import database
from api.kernel.connections import TenantConnection
from api.kernel.logs import logger
from api.kernel.outbox import CHANNEL
from workers.backoff import TRANSIENT_ERRORS, Backoff

log = logger(__name__)

#: A demoted leader keeps its sockets open; only a query reveals the demotion.
CHECK_SECONDS = 1.0


class JobListener:
    """Wakes its waiter when a job was committed. A NOTIFY may be lost: poll as well."""

    def __init__(self) -> None:
        self._notified = asyncio.Event()

    async def wait(self, timeout_seconds: float) -> None:
        """Wait for a notification; return at once if one came since the last wait."""
        try:
            await asyncio.wait_for(self._notified.wait(), timeout_seconds)
        except TimeoutError:
            return
        finally:
            self._notified.clear()

    def notify(self, *_: object) -> None:
        """Wake the waiter. The arguments are those of asyncpg's callback."""
        self._notified.set()

    async def listen(self) -> None:
        """Hold a listening connection forever; reconnect within half a second."""
        backoff = Backoff(0.05, 0.5)
        while True:
            try:
                await self._listen_once(backoff)
            except TRANSIENT_ERRORS as error:
                log.warning("listener_disconnected", error=type(error).__name__)
            await asyncio.sleep(backoff.next_seconds())

    async def _listen_once(self, backoff: Backoff) -> None:
        async with database.handle().primary.acquire() as connection:
            await connection.add_listener(CHANNEL, self.notify)
            backoff.reset()
            self.notify()  # for the jobs committed before LISTEN
            try:
                await _until_demoted(connection)
            finally:
                if not connection.is_closed():
                    await connection.remove_listener(CHANNEL, self.notify)


async def _until_demoted(connection: TenantConnection) -> None:
    """Return when the server is no longer the leader; raise when it is gone."""
    while True:
        if await connection.fetchval("SELECT pg_is_in_recovery()"):
            return
        await asyncio.sleep(CHECK_SECONDS)
