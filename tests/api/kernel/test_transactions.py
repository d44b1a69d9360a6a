"""Guarantees of transactions and reads, also when the connection fails."""

import asyncio
import contextlib
from uuid import uuid4

import asyncpg
import pytest

from api.kernel.errors import OutcomeUnknown, Unavailable
from api.kernel.lsn import CommitLsn
from api.kernel.transactions import (
    TransactionAborted,
    current,
    reading,
    savepoint,
    transaction,
)

TENANT = "SELECT current_setting('app.organization', true)"
BACKEND = "SELECT pg_backend_pid()"

pytestmark = pytest.mark.usefixtures("single")


async def test_a_transaction_is_bound_to_its_tenant_only():
    first, second = uuid4(), uuid4()

    async with transaction(first) as connection:
        assert await connection.fetchval(TENANT) == str(first)
    async with transaction(second) as connection:
        assert await connection.fetchval(TENANT) == str(second)
    async with transaction(None) as connection:
        assert await connection.fetchval(TENANT) == ""


async def test_a_read_rebinds_the_session_only_when_the_tenant_differs():
    first, second = uuid4(), uuid4()

    async with reading(first) as connection:
        assert await connection.fetchval(TENANT) == str(first)
    async with reading(first) as connection:
        assert connection.bound == (first, None)
        assert await connection.fetchval(TENANT) == str(first)
    async with reading(second) as connection:
        assert await connection.fetchval(TENANT) == str(second)
    async with reading(None) as connection:
        assert await connection.fetchval(TENANT) == ""


async def test_a_transaction_leaves_the_binding_of_its_session_alone():
    reader, writer = uuid4(), uuid4()

    async with reading(reader):
        pass
    async with transaction(writer) as connection:
        assert await connection.fetchval(TENANT) == str(writer)
    async with reading(reader) as connection:
        assert await connection.fetchval(TENANT) == str(reader)


async def test_there_is_no_current_connection_outside():
    async with transaction(None) as connection:
        assert current() is connection
    with pytest.raises(RuntimeError, match="no transaction"):
        current()


async def test_a_transaction_that_raises_is_rolled_back():
    async def fail() -> None:
        async with transaction(None) as connection:
            await connection.execute("CREATE TEMP TABLE left_over ()")
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - raised three lines above
        await fail()

    async with transaction(None) as connection:
        assert await connection.fetchval("SELECT to_regclass('left_over')") is None


async def test_a_savepoint_is_rolled_back_alone():
    async with transaction(None) as connection:
        await connection.execute("SET LOCAL lock_timeout = '1s'")
        with pytest.raises(asyncpg.DivisionByZeroError):
            async with savepoint():
                await connection.execute("SELECT 1 / 0")
        assert await connection.fetchval("SHOW lock_timeout") == "1s"


async def test_a_swallowed_error_is_not_reported_as_a_commit():
    async def swallow() -> None:
        async with transaction(None) as connection:
            with contextlib.suppress(asyncpg.DivisionByZeroError):
                await connection.execute("SELECT 1 / 0")

    with pytest.raises(TransactionAborted):
        await swallow()


async def test_failures_at_commit_leak_no_connection():
    """Piccolo's own transaction loses one connection for each of these."""
    for _ in range(3):
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            async with transaction(None) as connection:
                await connection.execute(
                    "CREATE TEMP TABLE parent (id int PRIMARY KEY) ON COMMIT DROP;"
                    "CREATE TEMP TABLE child (id int REFERENCES parent"
                    " DEFERRABLE INITIALLY DEFERRED);"
                    "INSERT INTO child VALUES (1)"
                )
    async with transaction(None) as connection:
        assert await connection.fetchval("SELECT 1") == 1
    with pytest.raises(RuntimeError):
        current()


async def test_a_connection_lost_at_commit_leaves_the_outcome_unknown(superuser):
    async def lose() -> None:
        async with transaction(None) as connection:
            pid = await connection.fetchval(BACKEND)
            await superuser.execute("SELECT pg_terminate_backend($1, 1000)", pid)

    with pytest.raises(OutcomeUnknown):
        await lose()
    async with transaction(None) as connection:
        assert await connection.fetchval("SELECT 1") == 1


async def test_a_connection_lost_in_the_middle_is_unavailable_and_replaced(superuser):
    async def lose() -> None:
        async with transaction(None) as connection:
            pid = await connection.fetchval(BACKEND)
            await superuser.execute("SELECT pg_terminate_backend($1, 1000)", pid)
            await connection.fetchval("SELECT 1")

    with pytest.raises(Unavailable):
        await lose()
    async with transaction(None) as connection:
        assert await connection.fetchval("SELECT 1") == 1


async def test_a_cancelled_task_returns_its_connection():
    async def hang() -> None:
        async with transaction(None) as connection:
            await connection.execute("SELECT pg_sleep(60)")

    task = asyncio.create_task(hang())
    done, _ = await asyncio.wait({task}, timeout=0.3)
    assert not done
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    async with transaction(None) as connection:
        assert await connection.fetchval("SELECT 1") == 1


async def test_a_query_that_hangs_ends_as_unavailable():
    with pytest.raises(Unavailable):
        async with transaction(None) as connection:
            await connection.execute("SELECT pg_sleep(60)")


async def test_waiting_for_a_connection_is_bounded():
    async with transaction(None):
        with pytest.raises(Unavailable) as refused:
            async with transaction(None):
                pass
    assert refused.value.retry_after_seconds >= 1


async def test_a_replica_serves_a_read_after_it_replayed_the_write():
    organization, commit_lsn = uuid4(), CommitLsn()
    async with transaction(organization, commit_lsn=commit_lsn) as connection:
        await connection.execute("SELECT pg_current_xact_id()")
    assert commit_lsn.lsn is not None

    async def ask() -> str:
        async with reading(organization, min_lsn=commit_lsn.lsn) as connection:
            return str(connection.source)

    async with asyncio.timeout(10):
        while await ask() != "replica":  # noqa: ASYNC110 - another server's progress
            await asyncio.sleep(0.02)


async def test_the_primary_serves_a_read_while_no_replica_has_the_lsn():
    async with reading(uuid4(), min_lsn="FFFFFFFF/FFFFFFFF") as connection:
        assert connection.source == "primary"


async def test_the_primary_serves_reads_that_do_not_allow_a_replica():
    async with reading(uuid4()) as connection:
        assert connection.source == "primary"
