"""The database gone: everybody hears so in time, and nobody is told a lie."""

import asyncio
from datetime import UTC, datetime
from time import monotonic

import msgspec
import pytest
import pytest_asyncio

from api.events.reads import Freshness
from api.events.service.ingestion import groups, ingest_event
from api.events.service.listing import EventQuery, list_events
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
async def test_every_writer_of_a_group_hears_of_it_within_five_seconds(
    body_of, organization, now
):
    started = monotonic()

    answers = await asyncio.gather(
        *(
            ingest_event(body_of(), organization=organization, now=now)
            for _ in range(50)
        ),
        return_exceptions=True,
    )

    refusals = [one for one in answers if isinstance(one, Unavailable)]
    assert len(refusals) == len(answers) == 50
    assert all(one.retry_after_seconds >= 1 for one in refusals)
    assert monotonic() - started < 5


@pytest.mark.usefixtures("outage")
@pytest.mark.parametrize("freshness", [Freshness(), Freshness(stale=True)])
async def test_every_reader_hears_of_it(organization, now, freshness):
    with pytest.raises(Unavailable):
        await list_events(
            EventQuery(organization=organization), freshness=freshness, now=now
        )


@pytest.mark.usefixtures("outage")
async def test_afterwards_the_same_events_are_taken_once(
    body_of, organization, platform, superuser
):
    now = datetime.now(UTC)
    body = body_of("one")
    with pytest.raises(Unavailable):
        await ingest_event(body, organization=organization, now=now)
    await groups.drain()
    database.use(platform)

    first, _ = await ingest_event(body, organization=organization, now=now)
    again, _ = await ingest_event(body, organization=organization, now=now)

    assert (first.status, again.status, again.id) == ("accepted", "duplicate", first.id)
    count = "SELECT count(*) FROM events WHERE organization = $1"
    assert await superuser.fetchval(count, organization) == 1
