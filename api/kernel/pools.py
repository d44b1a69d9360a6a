"""A connection pool with bounded waits that stops using a host after a failure.

asyncpg's own pool resets each connection, wraps it in a proxy and starts a task to
release it. This pool does none of that, and prefers the connection that is already
bound to the caller's tenant.
"""

import asyncio
import contextlib
from types import TracebackType

import asyncpg

from api.kernel.connections import Binding, Source, TenantConnection
from api.kernel.errors import OutcomeUnknown, Unavailable
from api.kernel.hosts import UNREACHABLE, Hosts
from api.kernel.idle_connections import IdleConnections


class DatabaseUnavailable(Unavailable):
    """No connection was available in time, or the connection was lost."""

    code = "database_unavailable"

    def __init__(self) -> None:
        super().__init__("The database cannot be reached right now.")


# 25006: the leader was demoted and kept the socket. 57P01-57P03: it is shutting down or
# starting up. 08xxx: the connection broke. 53300: it has no connection left.
# asyncpg's InternalClientError: the server's last message came between commands, and
# the driver took it for a response. The driver's protocol state is then unknown, so
# the connection must not be used again.
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
_CLOSE_SECONDS = 2.0


class BoundedPool:
    """Connections to the host that has the wanted role.

    Only the transactions module may acquire connections of the API here, because a
    connection is bound to a tenant.
    """

    def __init__(
        self, source: Source, hosts: Hosts, *, size: int, wait_seconds: float
    ) -> None:
        self.source = source
        self.hosts = hosts
        self.size = size
        self._wait_seconds = wait_seconds
        self._connections: IdleConnections | None = None
        self._warming: asyncio.Task[None] | None = None

    async def start(self, *, warm: int) -> None:
        """Make the pool usable; `warm` connections open in the background."""
        self._connections = IdleConnections(self.size)
        self._warming = asyncio.create_task(self._warm(warm))

    async def stop(self) -> None:
        """Close idle connections, wait briefly for lent ones, terminate the rest."""
        await self.hosts.stop()
        if self._connections is None or self._warming is None:
            return
        self._warming.cancel()
        await asyncio.gather(self._warming, return_exceptions=True)
        with contextlib.suppress(*UNREACHABLE):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._connections.close()
        self._connections.terminate()

    def acquire(self, binding: Binding | None = None) -> "AcquireContext":
        """Provide a connection for a block; afterwards it is released or terminated.

        A connection with `binding` is preferred, not guaranteed. The block raises
        DatabaseUnavailable when no connection is available in time and when the
        connection is lost. A cancellation during a command terminates the connection.
        """
        return AcquireContext(self, binding)

    async def checkout(self, binding: Binding | None) -> TenantConnection:
        """Return a connection, to be given to `checkin`; raises DatabaseUnavailable."""
        connections = self._started()
        connection = connections.acquire(binding)
        if connection is not None:
            return connection
        try:
            async with asyncio.timeout(self._wait_seconds):
                return (await connections.wait()) or await self._open(connections)
        except UNREACHABLE as error:
            raise DatabaseUnavailable from error

    def checkin(
        self, connection: TenantConnection, error: BaseException | None
    ) -> None:
        """Take back a connection, with the exception that ended its use.

        Raises DatabaseUnavailable when the error means that the connection was lost.
        """
        if error is None:
            self._started().release(connection)
            return
        try:
            if isinstance(error, asyncio.CancelledError):
                connection.terminate()
            elif isinstance(error, OutcomeUnknown):
                self.invalidate(connection)
            elif isinstance(error, LOST) or (
                isinstance(error, asyncpg.InterfaceError) and connection.is_closed()
            ):
                self.invalidate(connection)
                raise DatabaseUnavailable from error
        finally:
            self._started().release(connection)

    def invalidate(self, connection: TenantConnection) -> None:
        """Terminate this connection, expire those of its host, search a new host."""
        connection.terminate()
        if connection.address == self.hosts.known:
            self.hosts.forget()
            self._started().expire()

    def occupancy(self) -> tuple[int, int]:
        """Return the number of lent and of idle connections."""
        if self._connections is None:
            return 0, 0
        return self._connections.lent, self._connections.idle

    def _started(self) -> IdleConnections:
        if self._connections is None:
            message = "the database was not started"
            raise RuntimeError(message)
        return self._connections

    async def _open(self, connections: IdleConnections) -> TenantConnection:
        try:
            connection = await self.hosts.open()
        except BaseException:
            connections.discard()
            raise
        connection.source = self.source
        connections.add(connection)
        return connection

    async def _warm(self, count: int) -> None:
        async with contextlib.AsyncExitStack() as lent:
            with contextlib.suppress(DatabaseUnavailable):
                for _ in range(count):
                    await lent.enter_async_context(self.acquire())


class AcquireContext:
    """Context manager of one use; as a generator it would cost five times as much."""

    __slots__ = ("_binding", "_connection", "_pool")

    def __init__(self, pool: BoundedPool, binding: Binding | None) -> None:
        self._pool = pool
        self._binding = binding

    async def __aenter__(self) -> TenantConnection:
        """Check out a connection; raises DatabaseUnavailable."""
        self._connection = await self._pool.checkout(self._binding)
        return self._connection

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Check it in; raises DatabaseUnavailable when the connection was lost."""
        self._pool.checkin(self._connection, error)
