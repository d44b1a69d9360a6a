"""After the loss of the leader, a standby is promoted and writes resume."""

import asyncio
import signal
import time

import asyncpg
import pytest
import pytest_asyncio

from api.kernel import database, roles
from api.kernel.errors import Unavailable
from api.kernel.transactions import transaction


@pytest_asyncio.fixture
async def pools(doomed, as_role):
    """Pools configured with both servers, in use for one test."""
    before = list(database._handle)  # noqa: SLF001 - put back what others use
    opened = database.Database(
        as_role(*doomed, user=roles.API), wait_seconds=0.5, command_seconds=1
    )
    await opened.start()
    database.use(opened)
    yield opened
    database._handle[:] = before  # noqa: SLF001 - see above
    await opened.stop()


async def write() -> None:
    """Write one row; its policy reads the tenant that the session is bound to."""
    async with transaction(None) as connection:
        await connection.execute("SELECT pg_current_xact_id()")


async def seconds_until_written(limit: float) -> float:
    """Return the seconds until a write was acknowledged again."""
    started = time.monotonic()
    while time.monotonic() - started < limit:
        try:
            await write()
        except Unavailable:
            await asyncio.sleep(0.02)
        else:
            return time.monotonic() - started
    raise TimeoutError


@pytest.mark.usefixtures("pools")
async def test_writes_resume_within_half_a_second_of_the_promotion(doomed):
    leader, standby = doomed
    await write()

    leader.kill()
    with pytest.raises(Unavailable):
        await write()
    await standby.promote()

    assert await seconds_until_written(5) < 0.5


@pytest.mark.usefixtures("pools")
async def test_a_hanging_leader_delays_writes_within_the_limit(doomed):
    """Its port still accepts connections, so only timeouts detect the hang."""
    leader, standby = doomed
    await write()

    leader.signal(signal.SIGSTOP)
    try:
        started = time.monotonic()
        with pytest.raises(Unavailable):
            await write()
        waited = time.monotonic() - started
        await standby.promote()
        resumed = await seconds_until_written(5)
    finally:
        leader.signal(signal.SIGCONT)

    assert waited < 2
    assert resumed < 2.5


async def test_a_leader_that_became_a_standby_is_left(doomed, pools):
    """A demoted leader keeps its sockets and answers 25006 to every write."""
    leader, _ = doomed
    async with transaction(None) as connection:
        address = connection.address
    assert address == leader.address

    async def write_to_a_standby() -> None:
        async with transaction(None) as connection:
            await connection.execute("SET TRANSACTION READ ONLY")
            await connection.execute("SELECT pg_current_xact_id()")
            await connection.execute("CREATE TEMP TABLE refused ()")

    with pytest.raises((Unavailable, asyncpg.PostgresError)) as refused:
        await write_to_a_standby()

    assert isinstance(refused.value, Unavailable)
    assert pools.primary.hosts.known is None
    await write()


async def test_a_program_can_start_while_the_database_is_down(doomed, as_role):
    leader, standby = doomed
    leader.kill()
    standby.kill()
    opened = database.Database(as_role(leader, user=roles.API), wait_seconds=0.3)

    async with asyncio.timeout(2):
        await opened.start()
    with pytest.raises(Unavailable):
        async with opened.primary.acquire():
            pass
    async with asyncio.timeout(4):
        await opened.stop()
