"""Reports: ordered in a transaction, built once by a job."""

from collections import Counter
from datetime import timedelta
from uuid import uuid4

import msgspec
import pytest

from api.events.errors import ReportMissing
from api.events.messages import BuildReport
from api.events.service.reports import build_report, find_report, order_report
from api.events.service.rollups import roll_up_events
from api.events.writes import store
from api.kernel.errors import Invalid
from api.kernel.transactions import reading, transaction

pytestmark = pytest.mark.usefixtures("platform")

JOBS = (
    "SELECT payload->>'report_id' FROM jobs WHERE actor = $1 AND organization_id = $2"
)


async def ordered(organization, now, **window):
    window.setdefault("since", now - timedelta(days=10))
    window.setdefault("until", now)
    async with transaction(organization):
        return await order_report(organization=organization, now=now, **window)


async def found(report, organization):
    async with reading(organization):
        return await find_report(report.id, organization=organization)


async def test_an_order_waits_for_its_job(organization, now, superuser):
    report = await ordered(organization, now)

    assert await found(report, organization) == report
    assert (report.state, report.builds) == ("waiting", 0)
    jobs = await superuser.fetch(JOBS, BuildReport.actor, organization)
    assert [row[0] for row in jobs] == [str(report.id)]


async def test_an_order_that_is_not_committed_leaves_no_job(
    organization, now, superuser
):
    async def fail():
        async with transaction(organization):
            await order_report(
                organization=organization,
                since=now - timedelta(days=1),
                until=now,
                now=now,
            )
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    assert await superuser.fetch(JOBS, BuildReport.actor, organization) == []


async def test_a_built_report_counts_by_type_actor_and_day(
    item_of, organization, now, as_worker
):
    noon = (now - timedelta(days=3)).replace(hour=12)
    await store(
        [
            item_of(type="a", actor="ada", occurred_at=noon),
            item_of(type="a", actor="bob", occurred_at=noon + timedelta(days=1)),
            item_of(type="b", actor="ada", occurred_at=noon),
            item_of(type="a", occurred_at=noon),
            item_of(type="a", actor="ada", occurred_at=now - timedelta(days=20)),
        ]
    )
    report = await ordered(organization, now)

    async with as_worker(organization):
        await build_report(report.id, now=now)
    built = await found(report, organization)

    assert (built.state, built.builds) == ("done", 1)
    assert msgspec.json.decode(built.result) == {
        "total": 4,
        "types": [{"type": "a", "count": 3}, {"type": "b", "count": 1}],
        "actors": [{"actor": "ada", "count": 2}, {"actor": "bob", "count": 1}],
        "days": [
            {"day": f"{noon:%Y-%m-%d}", "count": 3},
            {"day": f"{noon + timedelta(days=1):%Y-%m-%d}", "count": 1},
        ],
    }


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (timedelta(), timedelta(hours=6)),
        (timedelta(minutes=14), timedelta(hours=5, minutes=7)),
        (timedelta(minutes=7), timedelta(minutes=28)),
        (timedelta(minutes=35), timedelta(hours=1, minutes=14)),
        (timedelta(hours=2), timedelta(hours=3)),
    ],
)
async def test_a_stretch_may_cut_hours_whether_they_are_rolled_up_or_not(  # noqa: PLR0913, PLR0917 - a whole life
    item_of, organization, now, as_worker, since, until
):
    noon = (now - timedelta(days=3)).replace(hour=12, minute=0, second=0, microsecond=0)
    items = [
        item_of(
            type=f"type.{place % 2}",
            actor=f"actor-{place % 3}",
            occurred_at=noon + timedelta(minutes=7) * place,
        )
        for place in range(50)
    ]
    await store(items[:25])
    async with as_worker(organization):
        await roll_up_events(organization)
    await store(items[25:])
    report = await ordered(organization, now, since=noon + since, until=noon + until)

    async with as_worker(organization):
        await build_report(report.id, now=now)

    inside = [one for one in items if since <= one.occurred_at - noon < until]
    result = msgspec.json.decode((await found(report, organization)).result)
    assert result["total"] == len(inside)
    assert {one["type"]: one["count"] for one in result["types"]} == Counter(
        one.type for one in inside
    )
    assert {one["actor"]: one["count"] for one in result["actors"]} == Counter(
        one.actor for one in inside
    )
    assert sum(one["count"] for one in result["days"]) == len(inside)


async def test_a_report_on_nothing_is_built_too(organization, now, as_worker):
    report = await ordered(organization, now)

    async with as_worker(organization):
        await build_report(report.id, now=now)

    result = msgspec.json.decode((await found(report, organization)).result)
    assert result == {"total": 0, "types": [], "actors": [], "days": []}


async def test_every_effect_shows_in_builds(organization, now, as_worker):
    report = await ordered(organization, now)
    for _ in range(2):
        async with as_worker(organization):
            await build_report(report.id, now=now)

    assert (await found(report, organization)).builds == 2


async def test_a_report_of_another_tenant_is_missing(organization, now, as_worker):
    report = await ordered(organization, now)

    with pytest.raises(ReportMissing):
        await found(report, uuid4())
    with pytest.raises(ReportMissing):
        async with as_worker(uuid4()):
            await build_report(report.id, now=now)


@pytest.mark.parametrize(
    ("since", "until", "field"),
    [
        (0, 0, "from"),
        (1, 2, "from"),
        (200, 1, "to"),
        (500, 450, "from"),
        (0, -999, "to"),
    ],
)
async def test_a_window_that_cannot_be_is_refused_by_name(
    organization, now, since, until, field
):
    with pytest.raises(Invalid) as refusal:
        await ordered(
            organization,
            now,
            since=now - timedelta(days=since),
            until=now - timedelta(days=until),
        )

    assert refusal.value.details[0].field == field
