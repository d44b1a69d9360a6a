"""A statement that is its own transaction has the guarantees of a COMMIT."""

import asyncio
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from api.kernel.errors import OutcomeUnknown
from api.kernel.lsn import CommitLsn
from api.kernel.pools import DatabaseUnavailable
from api.kernel.transactions import execute_autocommit, reading

pytestmark = pytest.mark.usefixtures("single")


@pytest_asyncio.fixture
async def probe(superuser):
    """A table that every role may write; its rows show what was committed."""
    await superuser.execute(
        "CREATE SCHEMA probe; CREATE TABLE probe.rows (name uuid);"
        "GRANT USAGE ON SCHEMA probe TO PUBLIC; GRANT INSERT ON probe.rows TO PUBLIC"
    )

    async def committed(name: UUID) -> bool:
        query = "SELECT EXISTS (SELECT FROM probe.rows WHERE name = $1)"
        return bool(await superuser.fetchval(query, name))

    yield committed
    await superuser.execute("DROP SCHEMA probe CASCADE")


SLOWLY = "INSERT INTO probe.rows SELECT $1::uuid FROM pg_sleep($2)"


async def test_a_single_statement_is_committed_and_returns_its_lsn(probe):
    name, commit_lsn = uuid4(), CommitLsn()

    rows = await execute_autocommit(
        f"{SLOWLY} RETURNING 7", name, 0.0, commit_lsn=commit_lsn
    )

    assert [row[0] for row in rows] == [7]
    assert await probe(name)
    assert commit_lsn.lsn is not None


async def test_a_single_statement_that_fails_raises_and_keeps_its_connection():
    async with reading(None) as before:
        pass

    with pytest.raises(asyncpg.DivisionByZeroError):
        await execute_autocommit("SELECT 1 / 0")

    async with reading(None) as connection:
        assert connection is before


async def test_a_connection_lost_in_a_single_statement_is_outcome_unknown(
    probe, superuser
):
    name = uuid4()
    task = asyncio.create_task(execute_autocommit(SLOWLY, name, 60.0))
    kill = (
        "SELECT count(pg_terminate_backend(pid, 1000)) FROM pg_stat_activity"
        " WHERE query = $1 AND state = 'active'"
    )
    async with asyncio.timeout(10):
        while not await superuser.fetchval(kill, SLOWLY):  # noqa: ASYNC110 - the server's pace
            await asyncio.sleep(0.02)

    with pytest.raises(OutcomeUnknown):
        await task
    assert not await probe(name)
    async with reading(None) as connection:
        assert await connection.fetchval("SELECT 1") == 1


@pytest.mark.parametrize("leave", [False, True])
async def test_a_statement_that_commits_is_never_cancelled_in_postgres(probe, leave):
    """A cancelled commit that waits for the standby would succeed without it."""
    name = uuid4()
    task = asyncio.create_task(execute_autocommit(SLOWLY, name, 3.0 if leave else 5.0))
    done, _ = await asyncio.wait({task}, timeout=0.2)
    assert not done
    if leave:
        task.cancel()

    with pytest.raises(asyncio.CancelledError if leave else OutcomeUnknown):
        await task

    async with asyncio.timeout(20):
        while not await probe(name):  # noqa: ASYNC110 - the server's pace
            await asyncio.sleep(0.05)
    async with reading(None) as connection:
        assert await connection.fetchval("SELECT 1") == 1


async def test_a_refusal_by_a_demoted_leader_is_certain(probe):
    name = uuid4()
    async with reading(None) as connection:
        await connection.execute("SET default_transaction_read_only = on")

    with pytest.raises(DatabaseUnavailable):
        await execute_autocommit(SLOWLY, name, 0.0)

    assert connection.is_closed()
    await execute_autocommit(SLOWLY, name, 0.0)
    assert await probe(name)
