"""Reads from replicas: allowed by the caller, and never behind its own writes."""

import asyncio

import asyncpg
import pytest
import pytest_asyncio

from api.events.encoded_reads import read_event, read_page
from api.events.freshness import Freshness
from api.events.service.listing import EventQuery
from api.events.writes import write_group
from local.postgres import SUPERUSER

pytestmark = pytest.mark.usefixtures("platform")


@pytest_asyncio.fixture
async def on_standby(standby, settings):
    """A superuser's connection to the standby."""
    connection = await asyncpg.connect(
        host=standby.address.host,
        port=standby.address.port,
        user=SUPERUSER,
        password=settings.database_password,
        database=settings.database_name,
    )
    yield connection
    await connection.execute("SELECT pg_wal_replay_resume()")
    await connection.close()


async def source_of(item, freshness) -> str:
    found = await read_event(
        item.id, organization=item.organization, freshness=freshness
    )
    return found.source


async def test_a_replica_that_has_the_write_may_show_it(item_of):
    item = item_of()
    wanted = Freshness(position=(await write_group([item])).position)

    async with asyncio.timeout(10):
        while await source_of(item, wanted) != "replica":  # noqa: ASYNC110 - it is elsewhere
            await asyncio.sleep(0.02)


async def test_while_the_replica_lags_the_primary_answers(
    item_of, on_standby, organization, now
):
    await on_standby.execute("SELECT pg_wal_replay_pause()")
    item = item_of()
    wanted = Freshness(position=(await write_group([item])).position)

    page = await read_page(
        EventQuery(organization=organization, limit=3), freshness=wanted, now=now
    )

    assert await source_of(item, wanted) == "primary"
    assert page.source == "primary"
    assert str(item.id).encode() in page.body


async def test_who_says_nothing_is_answered_by_the_primary(item_of):
    item = item_of()
    await write_group([item])

    assert await source_of(item, Freshness()) == "primary"
