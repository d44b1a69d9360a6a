"""Fixtures of the tests of pools and transactions."""

import pytest_asyncio
from msgspec import structs

from api.kernel import database


@pytest_asyncio.fixture
async def single(settings, api_database):
    """A pool of one connection, so that the first leak fails a test."""
    pools = database.Database(
        structs.replace(settings, pool_max=1), wait_seconds=1, command_seconds=2
    )
    await pools.start()
    database.use(pools)
    yield pools
    database.use(api_database)
    await pools.stop()
