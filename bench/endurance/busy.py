"""The load of a busy day on one instance; memory is sampled once a second."""

import asyncio
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Struct

import targets
from bench.accounting import tree_bytes
from bench.api.bodies import HOST
from bench.api.cases import CASES, posting
from bench.arrivals import Offered, offer, precise_loop
from bench.closed import MakeRequest
from bench.cores import going_first
from bench.endurance.programs import Programs
from bench.exchange import RunAborted, side_by_side
from bench.run_options import RunOptions

MIX = {"list": 55, "list-cached": 10, "one": 8, "write": 25, "report": 2}
"""Percentages; each report and each second of writes is a job for the worker."""
_REFUSALS = range(503, 504)
"""The allowed share of refused requests equals the allowed share of errors."""
_LOAD_SHARE = 0.4
"""Part of the target rate of one instance: a busy day, not its limit."""


class Watched(Struct, frozen=True):
    """Resident bytes once a second; the numbers of requests and of refused ones."""

    api: list[float]
    worker: list[float]
    requests: int
    refused: int


def watch_memory(programs: Programs, options: RunOptions, seconds: float) -> Watched:
    """Offer the mix and sample the memory of both processes."""
    with asyncio.Runner(loop_factory=precise_loop) as runner, going_first():
        return runner.run(keep_busy(programs, options, seconds))


async def keep_busy(programs: Programs, options: RunOptions, seconds: float) -> Watched:
    rate = targets.load().find("capacity.api").value * _LOAD_SHARE
    api: list[float] = []
    worker: list[float] = []
    done: list[Offered] = []

    async def work() -> None:
        offered = await offer(
            HOST,
            programs.api.port,
            draw_requests(programs, options.seed),
            rate=rate,
            seconds=seconds,
            seed=options.seed,
            tolerated=_REFUSALS,
        )
        heed_refusals(offered)
        done.append(offered)

    async def look() -> None:
        began = time.monotonic()
        while (gone := time.monotonic() - began) < seconds:
            api.append(tree_bytes(programs.api.pid))
            worker.append(tree_bytes(programs.worker))
            tell(options.watch, gone, seconds, (api[-1], worker[-1]))
            await asyncio.sleep(1.0)

    await side_by_side(work(), look())
    return Watched(api, worker, done[0].arrivals, done[0].refused)


def heed_refusals(offered: Offered) -> None:
    """Raise RunAborted when more than the allowed share was refused."""
    objective = targets.load().slo["errors"]
    if offered.refused > offered.arrivals * objective.bad_share:
        said = f"{offered.refused} of {offered.arrivals} requests were refused"
        raise RunAborted(said)


def tell(
    watch: Callable[[str], None], gone: float, seconds: float, held: tuple[float, float]
) -> None:
    """Show the progress of the run."""
    api, worker = (one / 2**20 for one in held)
    watch(f"{gone:.0f} of {seconds:.0f} s: API {api:.0f} MiB, worker {worker:.0f} MiB")


def draw_requests(programs: Programs, seed: int) -> MakeRequest:
    """Yield random requests from the mix."""
    draw = random.Random(seed)  # noqa: S311 - a load, no secret
    makers = {
        name: CASES[name].make(programs.cast, programs.api.port)
        for name in MIX
        if name in CASES
    }
    makers["report"] = order_report(programs)
    names, weights = list(MIX), list(MIX.values())

    def draw_next() -> bytes:
        return makers[draw.choices(names, weights)[0]]()

    return draw_next


def order_report(programs: Programs) -> MakeRequest:
    """Request a report over the last day, which is a job for the worker."""
    until = datetime.now(UTC)
    span = {"from": (until - timedelta(days=1)).isoformat(), "to": until.isoformat()}
    body = msgspec.json.encode(span)
    path = "/api/v1/events/reports"
    return posting(path, lambda: body, programs.cast.writer, programs.api.port)
