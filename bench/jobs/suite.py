"""`python -m bench run jobs`: our queue compared with Dramatiq and Celery."""

from contextlib import ExitStack
from typing import Any

import msgspec
from msgspec import Struct

from bench.api.starting import import_seconds
from bench.environment import prepare
from bench.jobs.durable import Durable, measure_durable
from bench.jobs.goals import (
    SUITE,
    find_ratios,
    judge_durable,
    judge_import,
    judge_ratios,
    judge_starts,
)
from bench.jobs.queues import contenders
from bench.jobs.tables import draw_bars, draw_ratios, draw_tables
from bench.jobs.turns import Shape, Turn, take_turns
from bench.judging import timestamp
from bench.machine import describe
from bench.run_options import RunOptions
from bench.services import serve
from exchange.outcomes import Outcome
from targets.verdict import worst

_FULL = Shape(rounds=4, jobs=8000, warm=300, cold=15, rest_seconds=3.0)
_QUICK = Shape(rounds=2, jobs=2000, warm=100, cold=5, rest_seconds=1.5)
_IMPORTS = {False: 7, True: 3}


class Found(Struct, frozen=True):
    """All measurements."""

    turns: list[Turn]
    durable: list[Durable]
    imports: list[float]


def run(options: RunOptions) -> Outcome:
    """Measure everything and judge it; raises RunAborted, ServiceMissing.

    The programs share all cores, as in production: threads that wait for each other
    cost more there than on one core, for our queue and for the peers.
    """
    began = timestamp()
    shape = _QUICK if options.quick else _FULL
    found = measure(shape, options)
    ratios = find_ratios(found.turns)
    measurements = [
        *judge_ratios(ratios, rounds=shape.rounds),
        *judge_starts(found.turns),
        *judge_durable(found.durable),
        judge_import(found.imports, found.durable[-1]),
    ]
    return Outcome(
        kind="bench",
        name=SUITE,
        title="Jobs beside stock Dramatiq and Celery, and the durable path",
        started=began,
        ended=timestamp(),
        verdict=worst(one.verdict for one in measurements),
        measurements=measurements,
        facts={
            "machine": describe(),
            "shape": msgspec.to_builtins(shape),
            "seed": options.seed,
            "tables": draw_tables(found.turns, found.durable),
            "ratios": draw_ratios(ratios),
            "bars": draw_bars(found.turns),
            **raw(found),
        },
    )


def measure(shape: Shape, options: RunOptions) -> Found:
    """Measure everything on the same services."""
    peers = prepare(options.watch)
    with ExitStack() as stack:
        options.watch("starting Postgres and Redis")
        services = stack.enter_context(serve(options.folder))
        turns = take_turns(contenders(peers), services, shape, options)
        options.watch("migrating and starting relay and worker")
        durable = measure_durable(services, shape, options)
    options.watch("importing the worker")
    imports = import_seconds("workers.__main__", times=_IMPORTS[options.quick])
    return Found(turns, durable, imports)


def raw(found: Found) -> dict[str, Any]:
    """Return the raw measurements."""
    told: dict[str, Any] = msgspec.to_builtins(found)
    return told
