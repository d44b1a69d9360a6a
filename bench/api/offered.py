"""Open arrivals at one API instance: the list at the target rate, and log-ins during
other requests.
"""

import asyncio
import time

from msgspec import Struct

import targets
from bench.api.bodies import HOST
from bench.api.cases import CASES, LOGINS
from bench.api.rounds import take_account
from bench.arrivals import Offered, offer, precise_loop
from bench.closed import load
from bench.cores import going_first
from bench.exchange import side_by_side
from bench.judging import doubt_noise
from bench.subjects import OURS, Stage
from exchange.percentiles import percentile

BESIDE_PER_SECOND = 200.0
_WARM_UP_SECONDS = 1.0
_LAG_SHARE = 0.10
"""The allowed p99 lag of the generator, as a part of the judged p95."""


class Held(Struct, frozen=True):
    """The result of open arrivals: seconds, and shares of one core."""

    rate_per_second: float
    arrivals: int
    p50_seconds: float
    p95_seconds: float
    p99_seconds: float
    lag_p99_seconds: float
    subject_share: float
    generator_share: float
    foreign_share: float
    doubts: list[str]


class Beside(Struct, frozen=True):
    """The result of concurrent log-ins and of the requests beside them."""

    log_ins: int
    log_in_p50_seconds: float
    log_in_p95_seconds: float
    others: Held


def offer_list(stage: Stage, *, seconds: float, seed: int) -> Held:
    """Offer the uncached list at the target rate of one instance."""
    rate = targets.load().find("capacity.api").value
    limit = targets.load().find("speed.offered-latency").value
    with asyncio.Runner(loop_factory=precise_loop) as runner, going_first():
        return runner.run(
            hold(stage, "list", rate=rate, seconds=seconds, seed=seed, limit=limit)
        )


def log_in_beside(stage: Stage, *, seconds: float, seed: int) -> Beside:
    """Log in with four clients continuously while one event is read at a fixed rate."""
    limit = targets.load().find("speed.beside-log-in").value
    with asyncio.Runner(loop_factory=precise_loop) as runner, going_first():
        return runner.run(hold_beside(stage, seconds, seed, limit))


async def hold_beside(stage: Stage, seconds: float, seed: int, limit: float) -> Beside:
    subject = stage.subject(OURS)
    logged_in: list[float] = []
    noticed: list[Held] = []

    async def log_in() -> None:
        request = CASES["login"].make(stage.cast, subject.port)
        whole = seconds + _WARM_UP_SECONDS
        sample = await load(
            HOST, subject.port, request, connections=LOGINS, seconds=whole
        )
        logged_in.extend(sorted(sample.latencies))

    async def ask_meanwhile() -> None:
        others = await hold(
            stage,
            "one",
            rate=BESIDE_PER_SECOND,
            seconds=seconds,
            seed=seed,
            limit=limit,
        )
        noticed.append(others)

    await side_by_side(log_in(), ask_meanwhile())
    return Beside(
        log_ins=len(logged_in),
        log_in_p50_seconds=percentile(logged_in, 0.50),
        log_in_p95_seconds=percentile(logged_in, 0.95),
        others=noticed[0],
    )


async def hold(  # noqa: PLR0913 - request, rate and limits
    stage: Stage, case: str, *, rate: float, seconds: float, seed: int, limit: float
) -> Held:
    """Offer one of our cases at `rate` after warming up."""
    subject = stage.subject(OURS)
    request = CASES[case].make(stage.cast, subject.port)

    async def arrive(span: float) -> Offered:
        return await offer(
            HOST, subject.port, request, rate=rate, seconds=span, seed=seed
        )

    await arrive(_WARM_UP_SECONDS)
    before = take_account(subject, stage)
    began = time.perf_counter()
    offered = await arrive(seconds)
    wall = time.perf_counter() - began
    used = take_account(subject, stage).since(before)
    latencies, lags = sorted(offered.latencies), sorted(offered.lags)
    lag = percentile(lags, 0.99)
    foreign = used.foreign / wall
    return Held(
        rate_per_second=rate,
        arrivals=offered.arrivals,
        p50_seconds=percentile(latencies, 0.50),
        p95_seconds=percentile(latencies, 0.95),
        p99_seconds=percentile(latencies, 0.99),
        lag_p99_seconds=lag,
        subject_share=used.subject / wall,
        generator_share=used.generator / wall,
        foreign_share=foreign,
        doubts=doubt_lag(lag, limit) + doubt_noise(foreign),
    )


def doubt_lag(lag_p99_seconds: float, limit_seconds: float) -> list[str]:
    """Return the doubt about a late generator; empty when it was on time."""
    allowed = limit_seconds * _LAG_SHARE
    if lag_p99_seconds <= allowed:
        return []
    late, most = lag_p99_seconds * 1000, allowed * 1000
    return [f"requests left late: lag p99 {late:.1f} ms, more than {most:.1f} ms"]
