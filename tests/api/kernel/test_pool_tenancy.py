"""Few connections, many tenants: each statement runs bound to its own tenant.

The statements have no WHERE: row-level security alone decides which rows they return.
"""

import asyncio
import contextlib
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from api.kernel import database
from api.kernel.transactions import reading, transaction

TENANTS = tuple(uuid4() for _ in range(5))
NAME = "SELECT current_setting('app.organization', true)"
ROWS = "SELECT DISTINCT organization_id FROM idempotency_keys"
KEEP = (
    "INSERT INTO idempotency_keys"
    " (organization_id, route, key, request_digest, status, answer)"
    " VALUES ($1, 'GET /', $2, '', 200, '')"
)

pytestmark = pytest.mark.usefixtures("narrow")

steps = st.lists(
    st.tuples(
        st.sampled_from((*TENANTS, None)),
        st.sampled_from(("read", "write", "fail", "cancel", "roll back")),
    ),
    min_size=10,
    max_size=40,
)


@pytest_asyncio.fixture(scope="module")
async def narrow(settings, api_database):
    """Three shared connections; each tenant owns one row."""
    pools = database.Database(structs.replace(settings, pool_max=3), wait_seconds=30)
    await pools.start()
    database.use(pools)
    for tenant in TENANTS:
        async with transaction(tenant) as connection:
            await connection.execute(KEEP, tenant, uuid4().bytes)
    yield pools
    database.use(api_database)
    await pools.stop()


async def look(connection: Any, tenant: UUID | None) -> None:
    """Check the bound tenant and the visible rows; other tasks run in between."""
    assert await connection.fetchval(NAME) == (str(tenant) if tenant else "")
    await asyncio.sleep(0)
    seen = {row[0] for row in await connection.fetch(ROWS)}
    assert seen == ({tenant} if tenant else set())


async def take_step(tenant: UUID | None, what: str) -> None:
    door = transaction if what in {"write", "roll back"} else reading
    with contextlib.suppress(asyncpg.DivisionByZeroError, KeyError):
        async with door(tenant) as connection:
            await look(connection, tenant)
            if what == "fail":
                await connection.fetchval("SELECT 1 / 0")
            if what == "roll back":
                raise KeyError
            if what == "cancel":
                await connection.execute("SELECT pg_sleep(60)")


@settings(
    max_examples=12,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(plan=steps)
async def test_each_statement_runs_as_its_own_tenant(plan):
    tasks = [asyncio.create_task(take_step(*step)) for step in plan]
    ending = [
        task for task, (_, what) in zip(tasks, plan, strict=True) if what == "cancel"
    ]
    others = [task for task in tasks if task not in ending]
    while others:
        done, _ = await asyncio.wait(others, timeout=0.05)
        others = [task for task in others if task not in done]
        for task in ending:
            task.cancel()

    answers = await asyncio.gather(*tasks, return_exceptions=True)

    wrong = [one for one in answers if one is not None]
    assert all(isinstance(one, asyncio.CancelledError) for one in wrong), wrong
    assert len(wrong) <= len(ending)


async def test_a_returning_tenant_gets_the_connection_bound_to_it(narrow):
    backends = {}
    async with contextlib.AsyncExitStack() as held:
        for tenant in TENANTS[:3]:
            backends[tenant] = await held.enter_async_context(reading(tenant))
    for tenant in reversed(TENANTS[:3]):
        async with reading(tenant) as connection:
            assert connection is backends[tenant]
    assert narrow.primary.occupancy() == (0, 3)


async def test_an_interrupted_binding_is_not_trusted():
    """The binding may have happened or not, so the connection is not used again."""
    tenant, other = TENANTS[:2]
    async with reading(other) as before:
        pass

    async def come_and_go() -> None:
        async with reading(tenant):
            pass

    task = asyncio.create_task(come_and_go())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert before.is_closed() or before.bound == (other, None)
    async with reading(other) as connection:
        await look(connection, other)
