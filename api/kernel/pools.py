"""A pool that never waits for ever and never trusts a host that failed.

asyncpg's own pool resets each connection, wraps it in a proxy and starts a task to
take it back; this one does none of it, and lends a tenant's reads the connection
that is bound to the tenant already.
"""

import asyncio
import contextlib
from types import TracebackType

import asyncpg

from api.kernel.connections import Binding, Source, TenantConnection
from api.kernel.errors import OutcomeUnknown, Unavailable
from api.kernel.hosts import UNREACHABLE, Hosts
from api.kernel.shelf import Shelf


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
_FAREWELL_SECONDS = 2.0


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
        self._shelf: Shelf | None = None
        self._warming: asyncio.Task[None] | None = None

    async def start(self, *, warm: int) -> None:
        """Make the pool usable at once; `warm` connections open behind it."""
        self._shelf = Shelf(self.size)
        self._warming = asyncio.create_task(self._warm(warm))

    async def stop(self) -> None:
        """Close what is idle, wait briefly for what is lent, cut the rest."""
        await self.hosts.stop()
        if self._shelf is None or self._warming is None:
            return
        self._warming.cancel()
        await asyncio.gather(self._warming, return_exceptions=True)
        with contextlib.suppress(*UNREACHABLE):
            async with asyncio.timeout(_FAREWELL_SECONDS):
                await self._shelf.clear()
        self._shelf.cut()

    def borrow(self, binding: Binding | None = None) -> "Loan":
        """Lend a connection for a block; whatever happens, it comes back or is cut.

        `binding` is a wish, no promise. The block raises DatabaseAway when none can
        be had in time and when it is lost. A connection that is cancelled in the
        middle of a command is cut rather than waited for.
        """
        return Loan(self, binding)

    async def lend(self, binding: Binding | None) -> TenantConnection:
        """Lend a connection that must go to `settle`; raises DatabaseAway."""
        shelf = self._started()
        connection = shelf.take(binding)
        if connection is not None:
            return connection
        try:
            async with asyncio.timeout(self._wait_seconds):
                return (await shelf.wait()) or await self._open(shelf)
        except UNREACHABLE as error:
            raise DatabaseAway from error

    def settle(self, connection: TenantConnection, error: BaseException | None) -> None:
        """Take a connection back from a block that ended so.

        Raises DatabaseAway when the error means that the connection was lost.
        """
        if error is None:
            self._started().put(connection)
            return
        try:
            if isinstance(error, asyncio.CancelledError):
                connection.terminate()
            elif isinstance(error, OutcomeUnknown):
                self.distrust(connection)
            elif isinstance(error, LOST) or (
                isinstance(error, asyncpg.InterfaceError) and connection.is_closed()
            ):
                self.distrust(connection)
                raise DatabaseAway from error
        finally:
            self._started().put(connection)

    def distrust(self, connection: TenantConnection) -> None:
        """Cut this connection; expire the others of its host and look anew."""
        connection.terminate()
        if connection.address == self.hosts.known:
            self.hosts.forget()
            self._started().expire()

    def occupancy(self) -> tuple[int, int]:
        """Return how many connections are lent and how many are idle."""
        if self._shelf is None:
            return 0, 0
        return self._shelf.lent, self._shelf.idle

    def _started(self) -> Shelf:
        if self._shelf is None:
            message = "the database was not started"
            raise RuntimeError(message)
        return self._shelf

    async def _open(self, shelf: Shelf) -> TenantConnection:
        try:
            connection = await self.hosts.open()
        except BaseException:
            shelf.vacate()
            raise
        connection.source = self.source
        shelf.fill(connection)
        return connection

    async def _warm(self, count: int) -> None:
        async with contextlib.AsyncExitStack() as lent:
            with contextlib.suppress(DatabaseAway):
                for _ in range(count):
                    await lent.enter_async_context(self.borrow())


class Loan:
    """One borrowing, as `async with` wants it; a generator would cost five times."""

    __slots__ = ("_binding", "_connection", "_pool")

    def __init__(self, pool: BoundedPool, binding: Binding | None) -> None:
        self._pool = pool
        self._binding = binding

    async def __aenter__(self) -> TenantConnection:
        """Borrow; raises DatabaseAway."""
        self._connection = await self._pool.lend(self._binding)
        return self._connection

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give back; raises DatabaseAway when the connection was lost."""
        self._pool.settle(self._connection, error)
