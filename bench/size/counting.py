"""Worker jobs at size: roll-ups, reports and the retirement of a month."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from bench.closed import Sample, load
from bench.exchange import SUCCESS, ask, compose, require
from bench.size.ground import HOST, Ground, run_variant
from bench.size.reading import compose_read

REPORT_DAYS = (1, 30, 90)
_WORKER = "holdfast_worker"
_REPORTS = "/api/v1/events/reports"
# Like after single events: one tally each, in order of arrival.
_TALLIES = """
INSERT INTO event_tallies (organization_id, hour, type, count)
SELECT organization_id, date_trunc('hour', occurred_at, 'UTC'), type, 1 FROM events"""
_WATCHED_SECONDS = 2.0


class Work(Struct, frozen=True):
    """Transactions of a worker, one after the other."""

    amounts: list[int]
    cpu_seconds: list[float]
    wall_seconds: list[float]

    @property
    def amount(self) -> int:
        """Return the total amount."""
        return sum(self.amounts)

    @property
    def microseconds_each(self) -> float:
        """Return the database's processor time per unit of the amount."""
        return sum(self.cpu_seconds) / max(self.amount, 1) * 1e6


async def work(ground: Ground, what: str, *arguments: str) -> Work:
    """Run the worker's code in its program; raises RunAborted."""
    pieces: list[dict[str, Any]] = await asyncio.to_thread(
        run_variant, ground, "counting", what, *arguments, role=_WORKER
    )
    return Work(
        [int(one["amount"]) for one in pieces],
        [one["cpu_seconds"] for one in pieces],
        [one["wall_seconds"] for one in pieces],
    )


async def roll_up(ground: Ground) -> Work:
    """Roll up one tally for each event of our member's organization."""
    connection = await ground.connect()
    try:
        await connection.execute("TRUNCATE event_tallies, event_rollups")
        await connection.execute(_TALLIES)
        await connection.execute("VACUUM (ANALYZE) event_tallies")
    finally:
        await connection.close()
    return await work(ground, "roll-up", ground.member.organization)


async def build_reports(
    ground: Ground, until: datetime, watch: Callable[[str], None]
) -> dict[int, Work]:
    """Order and build a report over each number of days."""
    built = {}
    for days in REPORT_DAYS:
        watch(f"a report over {days} days")
        since = until - timedelta(days=days)
        body = {"from": since.isoformat(), "to": until.isoformat()}
        request = compose(
            "POST",
            _REPORTS,
            token=ground.member.token,
            port=ground.api.port,
            body=msgspec.json.encode(body),
        )
        answer = await ask(HOST, ground.api.port, request)
        require(answer, SUCCESS)
        ordered = msgspec.json.decode(answer.body)["id"]
        built[days] = await work(ground, "report", ground.member.organization, ordered)
    return built


class Retirement(Struct, frozen=True):
    """The retirement of a month, and the longest wait of a list request meanwhile."""

    clearing: Work
    drop_seconds: float
    reader_waited_seconds: float


async def retire(ground: Ground, month: datetime) -> Retirement:
    """Retire an expired month while the list is read."""
    request = compose_read(ground, "limit=50")
    stop = asyncio.Event()
    reading = asyncio.create_task(keep_reading(ground, request, stop))
    try:
        done = await work(ground, "retire", month.isoformat())
    finally:
        stop.set()
        waited = await reading
    return Retirement(done, done.wall_seconds[-1], waited)


async def keep_reading(ground: Ground, request: bytes, stop: asyncio.Event) -> float:
    """Request the first page until stopped; return the longest wait."""
    longest = 0.0
    while not stop.is_set():
        sample: Sample = await load(
            HOST,
            ground.api.port,
            lambda: request,
            connections=1,
            seconds=_WATCHED_SECONDS / 4,
        )
        longest = max(longest, *sample.latencies)
    return longest
