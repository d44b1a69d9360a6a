"""What the tests of the door to the database share."""

import pytest_asyncio
from msgspec import structs

from api.kernel import database


@pytest_asyncio.fixture
async def single(settings, api_database):
    """A pool of one connection, so that a leak is seen at once."""
    pools = database.Database(
        structs.replace(settings, pool_max=1), wait_seconds=1, command_seconds=2
    )
    await pools.start()
    database.use(pools)
    yield pools
    database.use(api_database)
    await pools.stop()
