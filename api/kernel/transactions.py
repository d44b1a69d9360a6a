"""The only door to the database: every statement runs bound to a tenant.

Row-level security reads two settings, `app.organization` and `app.user`. A
transaction sets them locally in the trip that begins it; a read runs on a
connection whose session is bound already. Empty means nobody.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Generator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import TypeVar
from uuid import UUID

import asyncpg

from api.kernel import database
from api.kernel.connections import Binding, TenantConnection, text_of
from api.kernel.errors import OutcomeUnknown
from api.kernel.pools import LOST, BoundedPool, DatabaseAway
from api.kernel.positions import Mark, has_replayed

_COMMIT_SECONDS = 3.0
# asyncpg's own timeout would send a cancel request. See _await_commit.
_NO_CLIENT_TIMEOUT_SECONDS = 3_600

# Both values are UUIDs in text form or empty, so nothing can be injected; several
# statements in one trip cannot take arguments.
_BEGIN = (
    "BEGIN; SELECT set_config('app.organization', '{organization}', true),"
    " set_config('app.user', '{user}', true)"
)

_BIND = "SELECT set_config('app.organization', $1, true)"

T = TypeVar("T")

_current: ContextVar[TenantConnection | None] = ContextVar("connection", default=None)


class TransactionAborted(RuntimeError):
    """A statement failed inside, somebody swallowed it, and nothing was kept."""

    def __init__(self) -> None:
        super().__init__("COMMIT was answered by ROLLBACK: an error was swallowed")


def current() -> TenantConnection:
    """Return the connection of this context's transaction or read."""
    connection = _current.get()
    if connection is None:
        message = "no transaction: open transaction() or reading() around this"
        raise RuntimeError(message)
    return connection


@asynccontextmanager
async def transaction(
    organization: UUID | None, *, user: UUID | None = None, mark: Mark | None = None
) -> AsyncGenerator[TenantConnection]:
    """Run the block in one transaction for this tenant; commit when it ends.

    `mark`, when given, receives the position that a replica must have replayed
    to show what was written. Raises Unavailable when the database is away and
    OutcomeUnknown when the commit's answer never came.
    """
    begin = _BEGIN.format(organization=text_of(organization), user=text_of(user))
    async with database.handle().primary.borrow() as connection:
        await connection.execute(begin)
        try:
            with adopt(connection):
                yield connection
        except BaseException as error:
            await _roll_back(connection, error)
            raise
        await _commit(connection)
        if mark is not None:
            # The commit stands; the mark is a courtesy.
            with contextlib.suppress(*LOST, asyncpg.InterfaceError):
                await mark.read(connection)


async def commit_alone(
    statement: str, *arguments: object, mark: Mark | None = None
) -> list[asyncpg.Record]:
    """Run one statement that is a transaction by itself, and speaks for nobody.

    One trip instead of three. Raises like transaction(); but as the statement and
    its commit are one, a connection lost meanwhile leaves the outcome unknown.
    """
    async with reading(None) as connection:
        command = connection.fetch(
            statement, *arguments, timeout=_NO_CLIENT_TIMEOUT_SECONDS
        )
        rows: list[asyncpg.Record] = await _await_commit(connection, command)
        if mark is not None:
            with contextlib.suppress(*LOST, asyncpg.InterfaceError):
                await mark.read(connection)
    return rows


def reading(
    organization: UUID | None,
    *,
    user: UUID | None = None,
    position: str | None = None,
    stale: bool = False,
) -> "Reading":
    """Lend a connection for single-statement reads of one tenant.

    A replica answers when `stale` reads are welcome, or when it has replayed
    `position`; otherwise the primary does. The connection's `source` tells.
    """
    return Reading((organization, user), position, stale=stale)


class Reading:
    """One read, as `async with` wants it; generators would cost it five times."""

    __slots__ = ("_binding", "_connection", "_pool", "_position", "_stale", "_token")

    def __init__(self, binding: Binding, position: str | None, *, stale: bool) -> None:
        self._binding = binding
        self._position = position
        self._stale = stale

    async def __aenter__(self) -> TenantConnection:
        """Borrow and bind; raises DatabaseAway."""
        found = None
        if self._stale or self._position is not None:
            found = await _borrow_replica(self._binding, self._position)
        if found is None:
            primary = database.handle().primary
            found = primary, await _borrow_bound(primary, self._binding)
        self._pool, self._connection = found
        self._token = _current.set(self._connection)
        return self._connection

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give back; raises DatabaseAway when the connection was lost."""
        _current.reset(self._token)
        self._pool.settle(self._connection, error)


@asynccontextmanager
async def bound_to(organization: UUID) -> AsyncGenerator[None]:
    """Bind the current transaction to another tenant for the length of the block.

    For the two moments when a tenant is made: registration and a new organization.
    """
    connection = current()
    before = await connection.fetchval("SELECT current_setting('app.organization')")
    await connection.execute(_BIND, text_of(organization))
    yield
    await connection.execute(_BIND, before)


@asynccontextmanager
async def savepoint() -> AsyncGenerator[None]:
    """Undo the block alone when it raises; the transaction around it goes on."""
    connection = current()
    await connection.execute("SAVEPOINT inner_block")
    try:
        yield
    except BaseException:
        if not connection.is_closed():
            await connection.execute(
                "ROLLBACK TO SAVEPOINT inner_block; RELEASE SAVEPOINT inner_block"
            )
        raise
    await connection.execute("RELEASE SAVEPOINT inner_block")


@contextmanager
def adopt(connection: TenantConnection) -> Generator[None]:
    """Make a connection of the caller's the current one (migrations do)."""
    token = _current.set(connection)
    try:
        yield
    finally:
        _current.reset(token)


async def _borrow_bound(pool: BoundedPool, binding: Binding) -> TenantConnection:
    connection = await pool.lend(binding)
    if connection.bound != binding:
        try:
            await connection.bind(binding)
        except BaseException as error:
            pool.settle(connection, error)
            raise
    return connection


async def _borrow_replica(
    binding: Binding, position: str | None
) -> tuple[BoundedPool, TenantConnection] | None:
    """Borrow from the replica, unless it is away or behind the position."""
    replica = database.handle().replica
    if replica is None or replica.hosts.known is None:
        return None
    with contextlib.suppress(DatabaseAway):
        connection = await _borrow_bound(replica, binding)
        try:
            if position is None or await has_replayed(connection, position):
                return replica, connection
        except BaseException as error:
            replica.settle(connection, error)
            raise
        replica.settle(connection, None)
    return None


async def _roll_back(connection: TenantConnection, error: BaseException) -> None:
    """Undo; a connection whose state is not certain is left to be cut."""
    if isinstance(error, asyncio.CancelledError) or connection.is_closed():
        return
    if isinstance(error, LOST):
        return
    await connection.execute("ROLLBACK")


async def _commit(connection: TenantConnection) -> None:
    """Commit, or say that nobody knows."""
    commit = connection.execute("COMMIT", timeout=_NO_CLIENT_TIMEOUT_SECONDS)
    if await _await_commit(connection, commit) != "COMMIT":
        raise TransactionAborted


async def _await_commit(connection: TenantConnection, command: Awaitable[T]) -> T:
    """Wait for a command that commits; raises OutcomeUnknown.

    A timeout or a cancellation must not send Postgres a cancel request: it
    would stop waiting for the synchronous standby, commit locally and only warn,
    and a failover could then undo what others have seen. So the socket is cut.
    """
    running = asyncio.ensure_future(command)
    try:
        done, _ = await asyncio.wait({running}, timeout=_COMMIT_SECONDS)
        if not done:
            raise OutcomeUnknown
        return running.result()
    except asyncpg.ReadOnlySQLTransactionError:
        raise  # it says for certain that nothing was written
    except (*LOST, asyncpg.InterfaceError) as error:
        raise OutcomeUnknown from error
    finally:
        if not running.done():
            connection.terminate()
            await asyncio.gather(running, return_exceptions=True)
