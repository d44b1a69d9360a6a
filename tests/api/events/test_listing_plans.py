"""Plans of the list: the index that is walked, and how much of it."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from api.events.encoded_reads import read_page
from api.events.freshness import Freshness
from api.events.service.listing import Event, EventQuery, select_page
from api.events.writes import store
from api.kernel.paging import Page
from api.kernel.transactions import reading

INDEXES: list[tuple[dict[str, Any], str]] = [
    ({}, "pkey"),
    ({"sort": "occurred_at"}, "pkey"),
    ({"type": "absent"}, "type_occurred_at_id_idx"),
    ({"actor": "absent"}, "actor_occurred_at_id_idx"),
    ({"tool": "absent"}, "tool_occurred_at_id_idx"),
]
pytestmark = pytest.mark.usefixtures("platform")


async def page_of(query: EventQuery, now: datetime) -> Page[Event]:
    listing = await read_page(query, freshness=Freshness(), now=now)
    return msgspec.json.decode(listing.body, type=Page[Event])


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize(
    ("wanted", "index"),
    INDEXES,
)
async def test_every_filter_walks_its_own_index_without_sorting(
    organization, now, wanted, index
):
    query = EventQuery(organization=organization, **wanted)
    statement, arguments = select_page(query, now=now)

    async with reading(organization) as connection:
        plan = await connection.fetch(f"EXPLAIN {statement}", *arguments)
    text = "\n".join(line[0] for line in plan)

    assert index in text
    assert "Seq Scan" not in text
    # A merge of months has a sort key; a node that sorts has rows and a cost.
    assert "Sort  (" not in text


@pytest.mark.parametrize("analyzed", [False, True])
@pytest.mark.parametrize(
    "moment",
    [
        datetime(2027, 3, 31, 23, 59, 59, tzinfo=UTC),
        datetime(2027, 4, 1, tzinfo=UTC),
        datetime(2027, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(2028, 1, 1, tzinfo=UTC),
        datetime(2027, 2, 28, 12, tzinfo=UTC),
        datetime(2028, 2, 29, 12, tzinfo=UTC),
    ],
    ids=str,
)
async def test_a_fresh_empty_month_is_read_by_the_index_of_the_filter(
    organization, superuser, moment, analyzed
):
    keep = "SELECT * FROM keep_event_months($1, $2)"
    months = timedelta(days=32)
    made = await superuser.fetch(keep, moment - months, moment + months)
    try:
        if analyzed:
            await superuser.execute("ANALYZE events")
        for wanted, index in INDEXES:
            query = EventQuery(organization=organization, **wanted)
            statement, arguments = select_page(query, now=moment)
            async with reading(organization) as connection:
                plan = await connection.fetch(f"EXPLAIN {statement}", *arguments)
            text = "\n".join(line[0] for line in plan)
            scans = re.findall(r"(\w+ Scan)(?: Backward)? using (\S+)", text)
            assert scans
            assert all(kind == "Index Scan" and index in name for kind, name in scans)
            assert "Seq Scan" not in text
            assert "Sort  (" not in text
    finally:
        for row in made:
            await superuser.execute(f"DROP TABLE {row[0]}")


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("sort", ["-occurred_at", "occurred_at"])
async def test_a_deep_page_reads_no_more_than_the_first(organization, now, sort):
    async def blocks_of(query):
        statement, arguments = select_page(query, now=now)
        explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}"
        async with reading(organization) as connection:
            # The first run also reads the catalogue into the session's memory.
            plans = [await connection.fetchval(explain, *arguments) for _ in range(3)]
        return min(
            msgspec.json.decode(plan)[0]["Plan"]["Shared Hit Blocks"] for plan in plans
        )

    first = EventQuery(organization=organization, sort=sort, limit=200)
    deep = first
    for _ in range(12):
        page = await page_of(deep, now)
        deep = msgspec.structs.replace(first, cursor=page.next_cursor)
    small = msgspec.structs.replace(deep, limit=1)

    assert (
        await blocks_of(small)
        <= await blocks_of(msgspec.structs.replace(first, limit=1)) + 2
    )


@pytest.mark.usefixtures("many")
async def test_where_filters_meet_the_rarer_one_is_walked(organization, now):
    query = EventQuery(organization=organization, type="type.0", actor="absent")
    statement, arguments = select_page(query, now=now)

    async with reading(organization) as connection:
        # Postgres reconsiders a prepared statement's plan after five runs.
        for _ in range(7):
            await connection.fetch(statement, *arguments)
        explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}"
        plan = msgspec.json.decode(await connection.fetchval(explain, *arguments))

    # Ten months at two or three pages of an index; the type alone has 333 rows.
    assert plan[0]["Plan"]["Shared Hit Blocks"] <= 30


async def test_one_event_is_looked_up_in_one_partition(many, organization):
    async with reading(organization) as connection:
        plan = await connection.fetch(
            "EXPLAIN SELECT * FROM events WHERE organization_id = $1"
            " AND occurred_at >= $2 AND occurred_at < $3 AND id = $4",
            organization,
            many.occurred_at,
            many.occurred_at + timedelta(milliseconds=1),
            many.id,
        )
    text = "\n".join(line[0] for line in plan)

    assert text.count("Index Scan") == 1
    assert "Append" not in text


@pytest.fixture
async def many(item_of, superuser):
    """Enough events that a sequential scan would not win by being short."""
    items = [
        item_of(type=f"type.{number % 9}", actor=f"a-{number % 50}", tool="editor")
        for number in range(3_000)
    ]
    for start in range(0, len(items), 1_000):
        await store(items[start : start + 1_000])
    await superuser.execute("ANALYZE events")
    return items[0]
