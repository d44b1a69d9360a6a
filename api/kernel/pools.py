"""A pool that never waits for ever and never trusts a host that failed."""

import asyncio
import contextlib
import math
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import asyncpg

from api.kernel.connections import Source, TenantConnection
from api.kernel.errors import OutcomeUnknown, Unavailable
from api.kernel.hosts import UNREACHABLE, Hosts


class DatabaseAway(Unavailable):
    """No connection could be had in time."""

    code = "database_unavailable"

    def __init__(self) -> None:
        super().__init__("The database cannot be reached right now.")


# 25006: the leader was demoted and kept our socket. 57P01-57P03: it is going
# down or not up yet. 08xxx: the connection broke. 53300: it is full.
# Internal to asyncpg: the server said farewell between two commands, which the
# driver takes for an answer to nothing; whatever else it means, the driver no longer
# knows where in the protocol it is, and such a connection must not be used again.
LOST = (
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.PostgresConnectionError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InternalClientError,
    ConnectionError,
    TimeoutError,
)


class BoundedPool:
    """Connections to whichever host plays the wanted role.

    Only the transactions module may borrow here: whoever holds a connection
    speaks for the tenant that it is bound to.
    """

    def __init__(
        self, source: Source, hosts: Hosts, *, size: int, wait_seconds: float
    ) -> None:
        self.source = source
        self.hosts = hosts
        self.size = size
        self._wait_seconds = wait_seconds
        self._pool: asyncpg.Pool | None = None
        self._warming: asyncio.Task[None] | None = None

    async def start(self, *, warm: int) -> None:
        """Make the pool usable at once; `warm` connections open behind it."""
        self._pool = await asyncpg.create_pool(
            min_size=0,
            max_size=self.size,
            max_queries=math.inf,
            max_inactive_connection_lifetime=0,
            connect=self._open,
            reset=_keep_binding,
            connection_class=TenantConnection,
        )
        self._warming = asyncio.create_task(self._warm(warm))

    async def stop(self) -> None:
        """Close what is idle, wait briefly for what is lent, cut the rest."""
        await self.hosts.stop()
        if self._pool is None or self._warming is None:
            return
        self._warming.cancel()
        await asyncio.gather(self._warming, return_exceptions=True)
        with contextlib.suppress(*UNREACHABLE):
            await asyncio.wait_for(self._pool.close(), timeout=2)
        self._pool.terminate()

    @asynccontextmanager
    async def borrow(self) -> AsyncGenerator[TenantConnection]:
        """Lend a connection; whatever happens, it comes back or is cut.

        Raises DatabaseAway when none can be had in time. A connection that is
        cancelled in the middle of a command is cut rather than waited for.
        """
        pool = self._started()
        lent = await self._acquire(pool)
        # asyncpg empties its proxy when the server hangs up; our own stays usable.
        connection = lent.itself()
        try:
            yield connection
        except asyncio.CancelledError:
            connection.terminate()
            raise
        except OutcomeUnknown:
            await self.distrust(connection)
            raise
        except LOST as lost:
            await self.distrust(connection)
            raise DatabaseAway from lost
        except asyncpg.InterfaceError as error:
            if not connection.is_closed():
                raise
            await self.distrust(connection)
            raise DatabaseAway from error
        finally:
            with contextlib.suppress(*UNREACHABLE):
                await pool.release(lent)

    async def distrust(self, connection: TenantConnection) -> None:
        """Cut this connection; expire the others of its host and look anew."""
        connection.terminate()
        if connection.address == self.hosts.known:
            self.hosts.forget()
            await self._started().expire_connections()

    def occupancy(self) -> tuple[int, int]:
        """Return how many connections are lent and how many are idle."""
        if self._pool is None:
            return 0, 0
        idle = self._pool.get_idle_size()
        return self._pool.get_size() - idle, idle

    def _started(self) -> asyncpg.Pool:
        if self._pool is None:
            message = "the database was not started"
            raise RuntimeError(message)
        return self._pool

    async def _acquire(self, pool: asyncpg.Pool) -> TenantConnection:
        try:
            lent: TenantConnection = await pool.acquire(timeout=self._wait_seconds)
        except UNREACHABLE as error:
            raise DatabaseAway from error
        return lent

    async def _open(self, *_: object, **__: object) -> TenantConnection:
        connection = await self.hosts.open()
        connection.source = self.source
        return connection

    async def _warm(self, count: int) -> None:
        async with contextlib.AsyncExitStack() as lent:
            with contextlib.suppress(DatabaseAway):
                for _ in range(count):
                    await lent.enter_async_context(self.borrow())


async def _keep_binding(_: TenantConnection) -> None:
    """Replace asyncpg's RESET ALL, which costs a trip and would unbind the tenant.

    What it guards against cannot happen: only the transactions module borrows,
    it opens no cursor WITH HOLD, and it compares the binding before every use.
    """
