"""Search for the host with the wanted role, by probing all candidates at once.

All waiters share one search. Each candidate has its own probe loop, so a host that
hangs never delays the others.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence

import asyncpg

from api.kernel.connections import TenantConnection
from api.settings import Address

Connect = Callable[[Address], Awaitable[TenantConnection]]
Accept = Callable[[TenantConnection], bool]

# Errors of a host that cannot serve: connection refused, starting up, gone.
UNREACHABLE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)


class Hosts:
    """Finds the host that `accept` accepts, and remembers it until `forget`."""

    def __init__(
        self,
        candidates: Sequence[Address],
        *,
        connect: Connect,
        accept: Accept,
        pause_seconds: float,
    ) -> None:
        self._candidates = tuple(candidates)
        self._connect = connect
        self._accept = accept
        self._pause_seconds = pause_seconds
        self._search: asyncio.Task[Address] | None = None
        self.known: Address | None = None

    async def open(self) -> TenantConnection:
        """Open a connection to the wanted host, last known host first.

        Waits without a limit; the caller sets the timeout.
        """
        while True:
            address = self.known
            if address is None:
                address = await asyncio.shield(self.search())
            connection = await self._try(address)
            if connection is not None:
                return connection
            if self.known == address:
                self.known = None

    def search(self) -> asyncio.Task[Address]:
        """Start a search in the background, or return the running one."""
        if self._search is None or self._search.done():
            self._search = asyncio.create_task(self._find())
        return self._search

    def forget(self) -> None:
        """Stop trusting the known host: it died or lost its role."""
        self.known = None

    async def stop(self) -> None:
        """Cancel the running search."""
        if self._search is not None:
            self._search.cancel()
            await asyncio.gather(self._search, return_exceptions=True)

    async def _find(self) -> Address:
        watches = [asyncio.create_task(self._watch(one)) for one in self._candidates]
        try:
            done, _ = await asyncio.wait(watches, return_when=asyncio.FIRST_COMPLETED)
            found = next(iter(done)).result()
            self.known = found
            return found
        finally:
            for watch in watches:
                watch.cancel()
            await asyncio.gather(*watches, return_exceptions=True)

    async def _watch(self, address: Address) -> Address:
        while True:
            connection = await self._try(address)
            if connection is not None:
                connection.terminate()
                return address
            await asyncio.sleep(self._pause_seconds)

    async def _try(self, address: Address) -> TenantConnection | None:
        try:
            connection = await self._connect(address)
        except UNREACHABLE:
            return None
        if self._accept(connection):
            return connection
        with contextlib.suppress(*UNREACHABLE):
            await connection.close(timeout=1)
        return None
