"""The only access to the database: every statement runs bound to a tenant.

Row-level security reads two settings, `app.organization` and `app.user`. A transaction
sets them locally in the round trip of its BEGIN. A read runs on a connection whose
session is already bound. An empty setting matches no row.
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
from api.kernel.connections import Binding, TenantConnection, setting_text
from api.kernel.errors import OutcomeUnknown
from api.kernel.lsn import CommitLsn, has_replayed
from api.kernel.pools import LOST, BoundedPool, DatabaseUnavailable

_COMMIT_SECONDS = 3.0
# asyncpg's own timeout would send a cancel request. See _await_commit.
_NO_CLIENT_TIMEOUT_SECONDS = 3_600

# Both values are UUIDs in text form or empty, so no SQL can be injected. Several
# statements in one round trip cannot take arguments.
_BEGIN = (
    "BEGIN; SELECT set_config('app.organization', '{organization_id}', true),"
    " set_config('app.user', '{user_id}', true)"
)

_BIND = "SELECT set_config('app.organization', $1, true)"

T = TypeVar("T")

_current: ContextVar[TenantConnection | None] = ContextVar("connection", default=None)


class TransactionAborted(RuntimeError):
    """A statement failed, its exception was swallowed, and nothing was committed."""

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
    organization_id: UUID | None,
    *,
    user_id: UUID | None = None,
    commit_lsn: CommitLsn | None = None,
) -> AsyncGenerator[TenantConnection]:
    """Run the block in one transaction for this tenant; commit when it ends.

    `commit_lsn` receives the LSN that a replica must have replayed to show the writes.
    Raises Unavailable when the database cannot be reached, and OutcomeUnknown when the
    response to COMMIT never arrived.
    """
    begin = _BEGIN.format(
        organization_id=setting_text(organization_id), user_id=setting_text(user_id)
    )
    async with database.handle().primary.acquire() as connection:
        await connection.execute(begin)
        try:
            with use_connection(connection):
                yield connection
        except BaseException as error:
            await _roll_back(connection, error)
            raise
        await _commit(connection)
        await _read_lsn(connection, commit_lsn)


async def execute_autocommit(
    statement: str, *arguments: object, commit_lsn: CommitLsn | None = None
) -> list[asyncpg.Record]:
    """Run one statement as its own transaction, bound to no tenant.

    It takes one round trip instead of three. Raises like transaction(). The statement
    includes its commit, so a connection lost meanwhile raises OutcomeUnknown.
    """
    async with reading(None) as connection:
        command = connection.fetch(
            statement, *arguments, timeout=_NO_CLIENT_TIMEOUT_SECONDS
        )
        rows: list[asyncpg.Record] = await _await_commit(connection, command)
        await _read_lsn(connection, commit_lsn)
    return rows


def reading(
    organization_id: UUID | None,
    *,
    user_id: UUID | None = None,
    min_lsn: str | None = None,
    stale: bool = False,
) -> "ReadContext":
    """Provide a connection for single-statement reads of one tenant.

    It is a replica's when `stale` reads are allowed or when the replica has replayed
    `min_lsn`; otherwise the primary's. The connection's `source` names which.
    """
    return ReadContext((organization_id, user_id), min_lsn, stale=stale)


class ReadContext:
    """Context manager of one read; as a generator it would cost five times as much."""

    __slots__ = ("_binding", "_connection", "_min_lsn", "_pool", "_stale", "_token")

    def __init__(self, binding: Binding, min_lsn: str | None, *, stale: bool) -> None:
        self._binding = binding
        self._min_lsn = min_lsn
        self._stale = stale

    async def __aenter__(self) -> TenantConnection:
        """Acquire a connection and bind it; raises DatabaseUnavailable."""
        found = None
        if self._stale or self._min_lsn is not None:
            found = await _acquire_replica(self._binding, self._min_lsn)
        if found is None:
            primary = database.handle().primary
            found = primary, await _acquire_bound(primary, self._binding)
        self._pool, self._connection = found
        self._token = _current.set(self._connection)
        return self._connection

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Release it; raises DatabaseUnavailable when the connection was lost."""
        _current.reset(self._token)
        self._pool.checkin(self._connection, error)


@asynccontextmanager
async def bound_to(organization_id: UUID) -> AsyncGenerator[None]:
    """Bind the current transaction to another tenant for the length of the block.

    Only for creating a tenant: registration and a new organization.
    """
    connection = current()
    before = await connection.fetchval("SELECT current_setting('app.organization')")
    await connection.execute(_BIND, setting_text(organization_id))
    yield
    await connection.execute(_BIND, before)


@asynccontextmanager
async def savepoint() -> AsyncGenerator[None]:
    """Roll back only the block when it raises; the outer transaction continues."""
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
def use_connection(connection: TenantConnection) -> Generator[None]:
    """Make the caller's connection the current one, for migrations."""
    token = _current.set(connection)
    try:
        yield
    finally:
        _current.reset(token)


async def _acquire_bound(pool: BoundedPool, binding: Binding) -> TenantConnection:
    connection = await pool.checkout(binding)
    if connection.bound != binding:
        try:
            await connection.bind(binding)
        except BaseException as error:
            pool.checkin(connection, error)
            raise
    return connection


async def _acquire_replica(
    binding: Binding, min_lsn: str | None
) -> tuple[BoundedPool, TenantConnection] | None:
    """Acquire from the replica, unless it is unavailable or behind `min_lsn`."""
    replica = database.handle().replica
    if replica is None or replica.hosts.known is None:
        return None
    with contextlib.suppress(DatabaseUnavailable):
        connection = await _acquire_bound(replica, binding)
        try:
            if min_lsn is None or await has_replayed(connection, min_lsn):
                return replica, connection
        except BaseException as error:
            replica.checkin(connection, error)
            raise
        replica.checkin(connection, None)
    return None


async def _roll_back(connection: TenantConnection, error: BaseException) -> None:
    """Roll back; leave a connection of uncertain state to be terminated."""
    if isinstance(error, asyncio.CancelledError) or connection.is_closed():
        return
    if isinstance(error, LOST):
        return
    await connection.execute("ROLLBACK")


async def _commit(connection: TenantConnection) -> None:
    """Commit; raises OutcomeUnknown and TransactionAborted."""
    commit = connection.execute("COMMIT", timeout=_NO_CLIENT_TIMEOUT_SECONDS)
    if await _await_commit(connection, commit) != "COMMIT":
        raise TransactionAborted


async def _read_lsn(connection: TenantConnection, commit_lsn: CommitLsn | None) -> None:
    """Read the LSN; a failure is ignored, because the commit has already succeeded."""
    if commit_lsn is not None:
        with contextlib.suppress(*LOST, asyncpg.InterfaceError):
            await commit_lsn.read(connection)


async def _await_commit(connection: TenantConnection, command: Awaitable[T]) -> T:
    """Wait for a command that commits; raises OutcomeUnknown.

    A timeout or a cancellation must not send Postgres a cancel request: Postgres would
    stop waiting for the synchronous standby, commit locally and only warn, and a
    failover could then undo a write that others have seen. So the socket is closed.
    """
    running = asyncio.ensure_future(command)
    try:
        done, _ = await asyncio.wait({running}, timeout=_COMMIT_SECONDS)
        if not done:
            raise OutcomeUnknown
        return running.result()
    except asyncpg.ReadOnlySQLTransactionError:
        raise  # certain: nothing was written
    except (*LOST, asyncpg.InterfaceError) as error:
        raise OutcomeUnknown from error
    finally:
        if not running.done():
            connection.terminate()
            await asyncio.gather(running, return_exceptions=True)
