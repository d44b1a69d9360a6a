"""Storing events: at most once, whatever arrives together, tenants kept apart."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import asyncpg
import msgspec
import pytest

from api.events.errors import CONFLICT, UNSTORABLE
from api.events.messages import RollUpEvents
from api.events.writes import Outcome, Stored, store, write_group
from api.kernel.transactions import reading, transaction

pytestmark = pytest.mark.usefixtures("platform")

COUNT = "SELECT count(*) FROM events WHERE organization_id = $1"
TALLIED = "SELECT coalesce(sum(count), 0) FROM event_tallies WHERE organization_id = $1"


def status_of(outcome: Outcome) -> str:
    assert isinstance(outcome, Stored)
    return outcome.status


async def test_a_new_event_is_accepted_and_kept_as_it_came(item_of, superuser):
    item = item_of(tool="editor", actor="ada", properties={"b": [1, None], "a": "ü"})

    written = await store([item])

    assert written.outcomes == [Stored(item.id)]
    row = await superuser.fetchrow("SELECT * FROM events WHERE id = $1", item.id)
    assert dict(row) == {
        "organization_id": item.organization,
        "id": item.id,
        "client_id": item.client_id,
        "type": "note.created",
        "tool": "editor",
        "actor": "ada",
        "occurred_at": item.occurred_at,
        "received_at": item.received_at,
        "properties": '{"a": "ü", "b": [1, null]}',
    }


async def test_the_same_event_again_is_a_duplicate_with_the_first_id(item_of):
    first = item_of("one", occurred_at=item_of().occurred_at)
    again = item_of("one", occurred_at=first.occurred_at)

    await store([first])
    written = await store([again])

    assert written.outcomes == [Stored(first.id, "duplicate")]


async def test_the_same_id_with_other_content_is_a_conflict(item_of):
    first = item_of("one")
    other = item_of("one", occurred_at=first.occurred_at, properties={"changed": True})

    await store([first])

    assert (await store([other])).outcomes == [CONFLICT]


async def test_a_retry_with_another_time_is_not_let_in_twice(
    item_of, organization, superuser
):
    """It lands in another partition, where no unique index could see it."""
    first = item_of("one")
    moved = item_of("one", occurred_at=first.occurred_at - timedelta(days=40))

    await store([first])

    assert (await store([moved])).outcomes == [CONFLICT]
    assert await superuser.fetchval(COUNT, organization) == 1


async def test_twins_inside_one_group_are_told_apart_in_their_order(
    item_of, organization, superuser
):
    first = item_of("twin")
    same = item_of("twin", occurred_at=first.occurred_at)
    other = item_of("twin", occurred_at=first.occurred_at, tool="other")
    alone = item_of("alone")

    written = await store([first, same, other, alone])

    assert written.outcomes == [
        Stored(first.id),
        Stored(first.id, "duplicate"),
        CONFLICT,
        Stored(alone.id),
    ]
    assert await superuser.fetchval(COUNT, organization) == 2


async def test_a_group_may_mix_tenants_and_each_keeps_its_own(item_of, superuser):
    here, there = uuid4(), uuid4()
    items = [item_of("same-id", tenant=here), item_of("same-id", tenant=there)]

    written = await store(items)

    assert written.outcomes == [Stored(item.id) for item in items]
    for tenant in (here, there):
        assert await superuser.fetchval(COUNT, tenant) == 1
        assert await superuser.fetchval(TALLIED, tenant) == 1


async def test_a_group_queues_one_roll_up_for_each_tenant_and_second(
    item_of, organization, superuser
):
    item = item_of()
    later = msgspec.structs.replace(item_of(), received_at=item.received_at)
    await store([item])
    await store([later])

    jobs = await superuser.fetch(
        "SELECT payload, run_at FROM jobs WHERE actor = $1 AND organization_id = $2",
        RollUpEvents.actor,
        organization,
    )

    assert len(jobs) == 1
    message = msgspec.json.decode(jobs[0]["payload"], type=RollUpEvents)
    assert message == RollUpEvents(organization)
    assert jobs[0]["run_at"] - item.received_at > timedelta(seconds=1)


async def test_a_row_that_postgres_refuses_sinks_nobody_else(
    item_of, organization, superuser
):
    items = [item_of() for _ in range(9)]
    items[4] = msgspec.structs.replace(items[4], properties='{"nul": "\\u0000"}')

    written = await store(items)

    assert written.outcomes[4] == UNSTORABLE
    assert written.position is not None
    assert sum(isinstance(one, Stored) for one in written.outcomes) == 8
    assert await superuser.fetchval(COUNT, organization) == 8
    assert await superuser.fetchval(TALLIED, organization) == 8


async def test_two_hundred_singles_at_once_keep_each_client_id_once(
    item_of, organization, superuser
):
    first = item_of()
    items = [
        item_of(f"id-{number % 80}", occurred_at=first.occurred_at)
        for number in range(200)
    ]

    written = await asyncio.gather(*(write_group([item]) for item in items))

    statuses = [status_of(one.outcomes[0]) for one in written]
    assert statuses.count("accepted") == 80
    assert statuses.count("duplicate") == 120
    assert await superuser.fetchval(COUNT, organization) == 80
    assert await superuser.fetchval(TALLIED, organization) == 80


async def test_groups_with_the_same_keys_in_opposite_order_do_not_deadlock(item_of):
    moment = item_of().occurred_at
    for turn in range(10):
        names = [f"{turn}-{number}" for number in range(100)]
        forth = [item_of(name, occurred_at=moment) for name in names]
        back = [item_of(name, occurred_at=moment) for name in reversed(names)]

        one, two = await asyncio.gather(store(forth), store(back))

        statuses = [status_of(outcome) for outcome in one.outcomes + two.outcomes]
        assert statuses.count("accepted") == 100


async def test_another_tenant_sees_nothing(item_of, organization):
    await store([item_of()])

    for table in ("events", "event_tallies"):
        count = f"SELECT count(*) FROM {table}"  # noqa: S608 - a constant
        async with reading(organization) as own:
            assert await own.fetchval(count) == 1
        async with reading(uuid4()) as foreign:
            assert await foreign.fetchval(count) == 0


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO events SELECT * FROM events",
        "SELECT * FROM event_keys",
        "DELETE FROM events",
        "UPDATE events SET type = 'x'",
        "SELECT * FROM event_keys_0",
        "INSERT INTO event_rollups SELECT * FROM event_rollups",
        "SELECT keep_event_months(now(), now())",
        "SELECT drop_event_month(now())",
    ],
)
async def test_the_api_has_no_door_but_the_function(organization, statement):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with transaction(organization) as connection:
            await connection.execute(statement)
