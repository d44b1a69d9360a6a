"""The keeper: months exist ahead of time, expired ones go, keys with them."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from api.events.limits import AHEAD, RETENTION
from api.events.messages import RetireEventMonth
from api.events.service import months
from api.events.writes import store

pytestmark = pytest.mark.usefixtures("platform")

KEYS = "SELECT count(*) FROM event_keys WHERE organization_id = $1"


@pytest.fixture
def keep(as_worker):
    """Run the keeper's job at a moment."""

    async def run(now):
        async with as_worker(None):
            return await months.keep_months(now=now), await months.list_months()

    return run


async def test_every_moment_that_is_accepted_has_its_month(superuser, now):
    names = {
        row[0]
        for row in await superuser.fetch(
            "SELECT inhrelid::regclass::text FROM pg_inherits"
            " WHERE inhparent = 'events'::regclass"
        )
    }
    moment = now - RETENTION
    while moment < now + AHEAD:
        assert f"events_{moment:%Y_%m}" in names
        moment += timedelta(days=1)


async def test_the_keeper_makes_months_ahead_and_repeats_harmlessly(
    superuser, as_worker
):
    far = datetime(2099, 1, 15, tzinfo=UTC)
    keep = "SELECT * FROM keep_event_months($1, $2)"
    async with as_worker(None) as connection:
        made = await connection.fetch(keep, far, far + timedelta(days=60))
        again = await connection.fetch(keep, far, far + timedelta(days=60))

    assert [row[0] for row in made] == [f"events_2099_0{month}" for month in (1, 2, 3)]
    assert again == []
    await superuser.execute("DROP TABLE events_2099_01, events_2099_02, events_2099_03")


async def test_no_partition_can_be_read_or_written_directly(superuser):
    open_doors = await superuser.fetch(
        "SELECT c.relname FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid"
        " WHERE i.inhparent IN ('events'::regclass, 'event_keys'::regclass)"
        " AND (NOT c.relrowsecurity OR NOT c.relforcerowsecurity"
        "  OR has_table_privilege('holdfast_api', c.oid, 'SELECT, INSERT, DELETE')"
        "  OR has_table_privilege('holdfast_worker', c.oid, 'SELECT, DELETE')"
        "  OR has_table_privilege('holdfast_monitor', c.oid, 'SELECT'))"
    )
    assert open_doors == []


@pytest.fixture
async def expired_month(superuser):
    """A month of long ago that still holds two events, and their keys."""
    month = datetime(2001, 3, 1, tzinfo=UTC)
    await superuser.fetch("SELECT keep_event_months($1, $1)", month)
    yield month
    await superuser.execute("DROP TABLE IF EXISTS events_2001_03")


@pytest.fixture
async def old_events(superuser, expired_month, organization, item_of):
    """Two events of that month; and one of today, which must stay."""
    await store([item_of()])
    for client_id in ("old-1", "old-2"):
        event_id = await superuser.fetchval(
            "INSERT INTO event_keys VALUES ($1, $2, '', $3, gen_random_uuid())"
            " RETURNING event_id",
            organization,
            client_id,
            expired_month,
        )
        await superuser.execute(
            "INSERT INTO events (organization_id, id, client_id, type, occurred_at,"
            " received_at, properties) VALUES ($1, $2, $3, 'x', $4, $4, '{}')",
            organization,
            event_id,
            client_id,
            expired_month,
        )


@pytest.mark.usefixtures("old_events")
async def test_an_expired_month_is_queued_cleared_and_dropped(
    keep, expired_month, as_worker, organization, superuser
):
    now = datetime.now(UTC)
    await keep(now)

    queued = await superuser.fetchval(
        "SELECT count(*) FROM jobs WHERE actor = $1 AND dedupe_key = $2",
        RetireEventMonth.actor,
        expired_month.isoformat(),
    )
    assert queued == 1

    async with as_worker(None):
        await months.retire_month(expired_month, block=0)
    _, known = await keep(now)

    assert expired_month not in known
    assert await superuser.fetchval(KEYS, organization) == 1


@pytest.mark.usefixtures("old_events")
async def test_clearing_goes_on_where_it_stopped(
    expired_month, as_worker, organization, superuser
):
    step = "SELECT clear_event_keys($1, $2, $3)"
    async with as_worker(None) as connection:
        assert await connection.fetchval(step, expired_month, 5, 1) is None
        assert await superuser.fetchval(KEYS, organization) == 3
    async with as_worker(None) as connection:
        assert await connection.fetchval(step, expired_month, 0, 1) is None

    assert await superuser.fetchval(KEYS, organization) == 1


@pytest.mark.parametrize(
    "statement",
    ["SELECT drop_event_month($1)", "SELECT clear_event_keys($1, 0, 1)"],
)
async def test_a_month_that_is_still_kept_cannot_be_retired(as_worker, now, statement):
    month = (now - timedelta(days=89)).replace(day=1)

    with pytest.raises(asyncpg.ObjectInUseError):
        async with as_worker(None) as connection:
            await connection.execute(statement, month)


def test_a_month_expires_when_its_last_day_does():
    october = datetime(2026, 10, 1, tzinfo=UTC)
    end = datetime(2026, 11, 1, tzinfo=UTC)

    day = timedelta(days=1)
    assert months.expired([october], now=end + RETENTION) == []
    assert months.expired([october], now=end + RETENTION + day) == [october]
