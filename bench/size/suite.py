"""The same queries with ten thousand, a million and ten million events."""

import asyncio
from datetime import UTC, datetime, timedelta

from bench.run_options import RunOptions
from bench.size.counting import build_reports, retire, roll_up
from bench.size.findings import Findings, find_sizes
from bench.size.generator import Filling, fill
from bench.size.ground import Ground, stand
from bench.size.population import tenants
from bench.size.reading import Shape, measure_reads
from bench.size.summary import conclude
from bench.size.writing import measure_writes
from exchange.outcomes import Outcome
from targets import load

QUICK = (10_000, 100_000)
FULL = (10_000, 1_000_000, 10_000_000)
_READS = {True: Shape(1, 0.4), False: Shape(3, 0.6)}
_WRITTEN = {True: 2_000, False: 10_000}
_RETENTION = timedelta(seconds=load().limit["event-retention"].value)


def run(options: RunOptions) -> Outcome:
    """Fill and measure, size after size, on temporary services.

    Raises RunAborted on a wrong answer, ServiceMissing when a program is missing.
    """
    sizes = QUICK if options.quick else FULL
    started = datetime.now(UTC)
    with stand(options.folder, sizes[-1]) as ground:
        found = asyncio.run(measure(ground, options, sizes))
    return conclude(found, quick=options.quick, seed=options.seed, started=started)


async def measure(
    ground: Ground, options: RunOptions, sizes: tuple[int, ...]
) -> list[Findings]:
    """Measure every size, smallest first."""
    return [await measure_size(ground, options, events) for events in sizes]


async def measure_size(ground: Ground, options: RunOptions, events: int) -> Findings:
    """Fill in `events` events, then measure reads, writes and worker jobs."""

    def watch(line: str) -> None:
        options.watch(f"{events:,} events: {line}")

    until = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    month = expired_month(until)
    watch("filling in")
    filled = datetime.now(UTC)
    await fill(
        ground.connect,
        Filling(
            events=events,
            tenants=tenants(ground.member.organization, options.seed),
            since=month,
            until=until,
            seed=options.seed,
        ),
    )
    seconds = (datetime.now(UTC) - filled).total_seconds()
    sizes = await find_sizes(ground)
    watch(f"{sizes.database_bytes / 1e9:.1f} GB filled in within {seconds:.0f} s")
    reads = await measure_reads(ground, _READS[options.quick], until, watch)
    watch("rolling up every event of the largest tenant")
    rolled = await roll_up(ground)
    reports = await build_reports(ground, until, watch)
    writes = await measure_writes(
        ground,
        events=min(_WRITTEN[options.quick], events // 5),
        rounds=_READS[options.quick].rounds,
        seed=options.seed + events,
        watch=watch,
    )
    watch("retiring a month that has expired")
    retired = await retire(ground, month)
    return Findings(events, seconds, sizes, reads, writes, rolled, reports, retired)


def expired_month(now: datetime) -> datetime:
    """Return the latest month in which all events are past their retention."""
    kept = (now - _RETENTION - timedelta(days=1)).replace(day=1)
    before = kept - timedelta(days=1)
    return before.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
