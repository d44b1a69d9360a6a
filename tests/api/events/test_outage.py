"""Without a database, reads and writes fail in time and no write is lost."""

import asyncio
from datetime import UTC, datetime
from time import monotonic

import msgspec
import pytest
import pytest_asyncio

from api.events.encoded_reads import read_page
from api.events.freshness import Freshness
from api.events.service.ingestion import ingest_event
from api.events.service.listing import EventQuery
from api.events.writes import event_writer
from api.kernel import database
from api.kernel.errors import Unavailable
from api.settings import Address

NOWHERE = (Address("127.0.0.1", 1),)


@pytest_asyncio.fixture
async def outage(platform, settings):
    """No database answers."""
    gone = database.Database(
        msgspec.structs.replace(settings, database_hosts=NOWHERE, replica_hosts=NOWHERE)
    )
    await gone.start()
    database.use(gone)
    yield
    database.use(platform)
    await gone.stop()


@pytest.mark.usefixtures("outage")
async def test_every_write_of_a_group_fails_within_five_seconds(item_of):
    started = monotonic()

    answers = await asyncio.gather(
        *(ingest_event(item_of(), writer=event_writer) for _ in range(50)),
        return_exceptions=True,
    )

    refusals = [one for one in answers if isinstance(one, Unavailable)]
    assert len(refusals) == len(answers) == 50
    assert all(one.retry_after_seconds >= 1 for one in refusals)
    assert monotonic() - started < 5


@pytest.mark.usefixtures("outage")
@pytest.mark.parametrize("freshness", [Freshness(), Freshness(stale=True)])
async def test_every_read_fails(organization, now, freshness):
    with pytest.raises(Unavailable):
        await read_page(
            EventQuery(organization=organization), freshness=freshness, now=now
        )


@pytest.mark.usefixtures("outage")
async def test_a_repeated_event_is_stored_once_after_the_outage(
    item_of, organization, platform, superuser
):
    occurred_at = datetime.now(UTC)
    event = item_of("one", occurred_at=occurred_at)
    repeated = item_of("one", occurred_at=occurred_at)
    with pytest.raises(Unavailable):
        await ingest_event(event, writer=event_writer)
    await event_writer.drain()
    database.use(platform)

    first = await ingest_event(event, writer=event_writer)
    again = await ingest_event(repeated, writer=event_writer)

    assert (first.status, again.status, again.id) == ("accepted", "duplicate", first.id)
    count = "SELECT count(*) FROM events WHERE organization_id = $1"
    assert await superuser.fetchval(count, organization) == 1
