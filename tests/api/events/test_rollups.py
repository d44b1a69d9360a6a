"""Hourly counts: added up once, exact at every moment."""

import asyncio
from collections import Counter
from datetime import UTC, timedelta

import pytest

from api.events.service import rollups
from api.events.service.rollups import Rollup, RollupQuery, list_rollups, roll_up_events
from api.events.writes import store
from api.kernel.errors import Invalid
from api.kernel.transactions import reading

pytestmark = pytest.mark.usefixtures("platform")

ROLLED_UP = (
    "SELECT coalesce(sum(count), 0) FROM event_rollups WHERE organization_id = $1"
)
TALLIES = "SELECT count(*) FROM event_tallies WHERE organization_id = $1"


@pytest.fixture
async def stored(item_of, now):
    """Thirty events of two types over some hours."""
    items = [
        item_of(
            type=f"type.{number % 2}", occurred_at=now - timedelta(minutes=17 * number)
        )
        for number in range(30)
    ]
    for start in range(0, 30, 10):
        await store(items[start : start + 10])
    return items


def counted(items) -> list[Rollup]:
    hours = Counter(
        (one.occurred_at.replace(minute=0, second=0, microsecond=0), one.type)
        for one in items
    )
    return [Rollup(*key, count) for key, count in sorted(hours.items())]


async def list_response(organization, now, **fields):
    query = RollupQuery(organization=organization, limit=200, **fields)
    async with reading(organization):
        return (await list_rollups(query, now=now)).data


async def test_the_counts_are_exact_before_between_and_after_the_jobs(  # noqa: PLR0913, PLR0917 - a whole life
    stored, organization, now, as_worker, item_of, superuser
):
    assert await list_response(organization, now) == counted(stored)

    async with as_worker(organization):
        await roll_up_events(organization)
    assert await superuser.fetchval(TALLIES, organization) == 0
    assert await superuser.fetchval(ROLLED_UP, organization) == 30
    assert await list_response(organization, now) == counted(stored)

    late = item_of(type="type.0", occurred_at=now.astimezone(UTC))
    await store([late])
    assert await list_response(organization, now) == counted([*stored, late])

    async with as_worker(organization):
        await roll_up_events(organization)
    assert await superuser.fetchval(ROLLED_UP, organization) == 31
    assert await list_response(organization, now) == counted([*stored, late])


@pytest.mark.usefixtures("stored")
async def test_a_job_that_does_not_commit_adds_nothing(
    organization, as_worker, superuser
):
    async def fail():
        async with as_worker(organization):
            await roll_up_events(organization)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    assert await superuser.fetchval(ROLLED_UP, organization) == 0
    assert await superuser.fetchval(TALLIES, organization) > 0


@pytest.mark.usefixtures("stored")
async def test_jobs_at_the_same_time_add_each_tally_once(
    organization, as_worker, superuser
):
    async def job():
        async with as_worker(organization):
            await roll_up_events(organization)

    await asyncio.gather(*(job() for _ in range(5)))

    assert await superuser.fetchval(ROLLED_UP, organization) == 30


async def test_what_is_too_much_for_one_job_is_left_to_another(
    organization, as_worker, superuser
):
    await superuser.execute(
        "INSERT INTO event_tallies SELECT $1, date_trunc('hour', now()), 'bulk', 1"
        " FROM generate_series(1, $2)",
        organization,
        rollups.TALLIES_PER_JOB + 5,
    )

    async with as_worker(organization):
        await roll_up_events(organization)

    assert await superuser.fetchval(TALLIES, organization) == 5
    waiting = (
        "SELECT count(*) FROM jobs WHERE organization_id = $1 AND state = 'waiting'"
    )
    assert await superuser.fetchval(waiting, organization) == 1


async def test_a_job_takes_the_oldest_hours_first(
    organization, now, as_worker, superuser
):
    await superuser.execute(
        "INSERT INTO event_tallies SELECT $1, date_trunc('hour', $3::timestamptz)"
        " - make_interval(hours => place % 2), 'bulk', 1"
        " FROM generate_series(1, $2) AS place",
        organization,
        2 * rollups.TALLIES_PER_JOB,
        now,
    )

    async with as_worker(organization):
        await roll_up_events(organization)

    left = "SELECT DISTINCT hour FROM event_tallies WHERE organization_id = $1"
    hours = [row["hour"] for row in await superuser.fetch(left, organization)]
    assert hours == [now.replace(minute=0, second=0, microsecond=0)]


async def test_pages_add_up_what_is_rolled_up_and_what_is_not(
    stored, organization, now, as_worker, item_of
):
    async with as_worker(organization):
        await roll_up_events(organization)
    again = [item_of(type=one.type, occurred_at=one.occurred_at) for one in stored[::4]]
    await store(again)

    found: list[Rollup] = []
    cursor = None
    while not found or cursor is not None:
        query = RollupQuery(organization=organization, limit=1, cursor=cursor)
        async with reading(organization):
            page = await list_rollups(query, now=now)
        found += page.data
        cursor = page.next_cursor

    assert found == counted([*stored, *again])


async def test_pages_and_the_type_filter_hold_together(stored, organization, now):
    found = []
    query = RollupQuery(organization=organization, type="type.1", limit=2)
    while True:
        async with reading(organization):
            page = await list_rollups(query, now=now)
        found += page.data
        if page.next_cursor is None:
            break
        query = RollupQuery(
            organization=organization, type="type.1", limit=2, cursor=page.next_cursor
        )

    assert found == [one for one in counted(stored) if one.type == "type.1"]


@pytest.mark.usefixtures("stored")
async def test_a_cursor_of_another_list_is_refused_by_name(organization, now):
    query = RollupQuery(organization=organization, limit=1)
    async with reading(organization):
        cursor = (await list_rollups(query, now=now)).next_cursor
        with pytest.raises(Invalid) as refusal:
            await list_rollups(
                RollupQuery(organization=organization, type="x", cursor=cursor), now=now
            )

    assert refusal.value.details[0].field == "cursor"
