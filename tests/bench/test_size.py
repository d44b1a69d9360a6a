"""A small `size` suite on real services: filling, queries, and planted faults."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from bench.exchange import SUCCESS, ask
from bench.services import ServiceMissing
from bench.size import population
from bench.size.counting import build_reports, retire, roll_up
from bench.size.generator import Filling, fill
from bench.size.ground import HOST, check_room, stand
from bench.size.indexes import dropped_meanwhile, parents
from bench.size.questions import QUESTIONS
from bench.size.reading import find_pages, find_rows, judge_plans
from bench.size.suite import expired_month
from bench.size.writing import measure_writes

FEW, MANY = 4_000, 100_000
UNTIL = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
FINGERPRINT = """
SELECT md5(string_agg(e::text, '' ORDER BY e.id)), count(*) FROM events e"""


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    with stand(tmp_path_factory.mktemp("size"), FEW) as standing:
        yield standing


async def fill_in(ground, events, seed=1):
    tenants = population.tenants(ground.member.organization, seed)
    since = expired_month(UNTIL)
    await fill(
        ground.connect,
        Filling(events=events, tenants=tenants, since=since, until=UNTIL, seed=seed),
    )


async def look_up(ground, query, *arguments):
    connection = await ground.connect()
    try:
        return await connection.fetch(query, *arguments)
    finally:
        await connection.close()


def silent(_line):
    """Ignore progress."""


async def test_the_same_seed_makes_the_same_events_and_another_seed_others(ground):
    prints = []
    for seed in (7, 7, 8):
        await fill_in(ground, FEW, seed)
        prints.append((await look_up(ground, FINGERPRINT))[0])

    assert prints[0] == prints[1] != prints[2]
    assert prints[0]["count"] == FEW


async def test_one_tenant_is_large_and_rare_names_are_as_rare_at_every_size(ground):
    for events in (FEW, 3 * FEW):
        await fill_in(ground, events)
        (row,) = await look_up(
            ground,
            "SELECT count(*) FILTER (WHERE organization_id = $1) AS ours,"
            " count(DISTINCT organization_id) AS tenants,"
            " count(*) FILTER (WHERE actor = $2) AS rare,"
            " count(*) FILTER (WHERE type = $3 AND tool = $4) AS met FROM events",
            ground.member.organization,
            population.RARE_ACTOR,
            population.APART_TYPE,
            population.APART_TOOL,
        )
        assert 0.4 < row["ours"] / events < 0.6
        assert row["tenants"] > population.TENANTS / 2
        assert row["rare"] == population.RARE_EVENTS
        assert row["met"] == 0


async def test_events_lie_in_their_months_and_lose_no_index(ground):
    await fill_in(ground, FEW)
    before = await look_up(ground, "SELECT indexdef FROM pg_indexes ORDER BY 1")
    await fill_in(ground, FEW)

    months = await look_up(
        ground, "SELECT DISTINCT tableoid::regclass::text FROM events"
    )
    assert len(months) >= 4
    after = await look_up(ground, "SELECT indexdef FROM pg_indexes ORDER BY 1")
    connection = await ground.connect()
    belongs = await parents(connection)
    await connection.close()
    assert {"events_pkey", "events_by_actor"} <= set(belongs.values())
    assert after == before


async def test_the_api_finds_the_events_by_the_ids_that_were_made(ground):
    await fill_in(ground, FEW)

    for request in await find_rows(ground):
        assert (await ask(HOST, ground.api.port, request)).status in SUCCESS


async def test_every_plan_is_the_expected_one_until_its_index_is_gone(ground):
    await fill_in(ground, MANY)
    asked = {
        question.name: await find_pages(ground, question, UNTIL)
        for question in QUESTIONS
    }

    assert [faults for _, _, faults in await judge_plans(ground, asked) if faults] == []

    connection = await ground.connect()
    try:
        async with dropped_meanwhile(connection, ["events"], only="events_by_actor"):
            judged = {name: one for name, _, one in await judge_plans(ground, asked)}
    finally:
        await connection.close()
    assert "not an index scan of events_by_actor" in judged["rare actor"][0]
    assert judged["rare tool"] == []


async def test_a_batch_costs_something_on_both_sides(ground):
    await fill_in(ground, FEW)

    costs = await measure_writes(ground, events=1000, rounds=1, seed=3, watch=silent)

    for cost in costs.values():
        assert cost.events == 1000
        assert min(cost.database_microseconds, cost.api_microseconds) > 0
        assert cost.log_bytes > 100


async def test_all_events_of_the_tenant_are_rolled_up_and_reported(ground):
    await fill_in(ground, FEW)
    (ours,) = await look_up(
        ground,
        "SELECT count(*), count(*) FILTER (WHERE occurred_at BETWEEN $2 AND $3)"
        " AS recent FROM events WHERE organization_id = $1",
        ground.member.organization,
        UNTIL - timedelta(days=90),
        UNTIL,
    )

    rolled = await roll_up(ground)
    built = await build_reports(ground, UNTIL, silent)

    assert rolled.amount == ours["count"]
    assert built[90].amount == ours["recent"]
    assert built[1].amount < built[30].amount < built[90].amount


async def test_an_expired_month_is_retired_while_the_list_is_read(ground):
    await fill_in(ground, FEW)
    month = expired_month(UNTIL)

    retired = await retire(ground, month)

    kept = await look_up(ground, "SELECT min(occurred_at) AS first FROM events")
    assert kept[0]["first"] >= (month + timedelta(days=31)).replace(day=1)
    assert retired.clearing.wall_seconds
    assert retired.reader_waited_seconds > 0


def test_a_disk_that_is_too_small_is_one_clear_line(tmp_path):
    with pytest.raises(ServiceMissing, match=r"need .* GB below .* GB are free"):
        check_room(tmp_path, 10**13)


def test_the_expired_month_is_the_latest_that_may_be_retired():
    assert expired_month(datetime(2026, 11, 20, 15, tzinfo=UTC)) == datetime(
        2026, 7, 1, tzinfo=UTC
    )
    assert expired_month(datetime(2026, 4, 2, tzinfo=UTC)) == datetime(
        2025, 12, 1, tzinfo=UTC
    )


def test_the_population_is_skewed_and_whole():
    types = population.types()

    assert len(types.things) == len(types.edges) + 1
    assert all(lower < higher for lower, higher in pairwise(types.edges))
    assert population.tenants("ours", 1) != population.tenants("ours", 2)
