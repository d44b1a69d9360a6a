"""`python -m bench run api`: our API and its peers in one interleaved run."""

import asyncio
from contextlib import ExitStack
from typing import Any

import msgspec
import uvloop
from msgspec import Struct

from bench.api.bodies import compare_bodies
from bench.api.goals import (
    SUITE,
    find_ratios,
    judge_import,
    judge_log_in,
    judge_offered,
    judge_ratios,
    judge_telemetry,
)
from bench.api.offered import Beside, Held, log_in_beside, offer_list
from bench.api.rounds import Shape, Turn, run_rounds
from bench.api.starting import import_seconds
from bench.api.summary import summarise
from bench.api.tables import draw_bars, draw_inside, draw_ratios, draw_tables
from bench.api.telemetry import Cost, weigh
from bench.cores import REST, standing_on
from bench.environment import prepare
from bench.judging import timestamp
from bench.machine import describe
from bench.run_options import RunOptions
from bench.services import serve
from bench.subjects import Stage, stand_up
from exchange.outcomes import Outcome
from targets.verdict import worst

_FULL, _QUICK = Shape(rounds=5, seconds=2.0), Shape(rounds=2, seconds=0.7)
_OFFERED_SECONDS = {False: 15.0, True: 3.0}
_IMPORTS = {False: 7, True: 3}


class Found(Struct, frozen=True):
    """All measurements."""

    turns: list[Turn]
    held: Held
    beside: Beside
    telemetry: Cost
    imports: list[float]


def run(options: RunOptions) -> Outcome:
    """Measure everything and judge it; raises RunAborted, ServiceMissing."""
    began = timestamp()
    peers = prepare(options.watch)
    with ExitStack() as stack:
        stack.enter_context(standing_on(REST))
        options.watch("starting Postgres and Redis")
        services = stack.enter_context(serve(options.folder))
        options.watch("migrating and starting the programs")
        stage = stack.enter_context(stand_up(services, options.folder, peers))
        found = measure(stage, options)
    shape = _QUICK if options.quick else _FULL
    ratios = find_ratios(found.turns)
    measurements = [
        *judge_ratios(ratios, rounds=shape.rounds),
        *judge_offered(found.held),
        *judge_log_in(found.beside),
        judge_telemetry(found.telemetry),
        judge_import(found.imports),
    ]
    rows = summarise(found.turns)
    return Outcome(
        kind="bench",
        name=SUITE,
        title="The API beside FastAPI with SQLAlchemy, and a bare ceiling",
        started=began,
        ended=timestamp(),
        verdict=worst(one.verdict for one in measurements),
        measurements=measurements,
        facts={
            "machine": describe(),
            "shape": msgspec.to_builtins(shape),
            "seed": options.seed,
            "tables": [
                *draw_tables(rows, found.held, found.beside),
                draw_inside(found.telemetry),
            ],
            "ratios": draw_ratios(ratios),
            "bars": draw_bars(rows),
            **raw(found),
        },
    )


def measure(stage: Stage, options: RunOptions) -> Found:
    """Measure everything on one stage; compare bodies before and after."""
    shape = _QUICK if options.quick else _FULL
    seconds = _OFFERED_SECONDS[options.quick]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        options.watch("comparing the bodies")
        runner.run(compare_bodies(stage))
        turns = runner.run(run_rounds(stage, shape, options.watch))
        runner.run(compare_bodies(stage))
    options.watch("offering the list at the promised rate")
    held = offer_list(stage, seconds=seconds, seed=options.seed)
    options.watch("logging in while others ask")
    beside = log_in_beside(stage, seconds=seconds, seed=options.seed)
    options.watch("weighing metrics and tracing")
    telemetry = weigh(stage.settings, folder=options.folder)
    options.watch("importing the API")
    imports = import_seconds("api.__main__", times=_IMPORTS[options.quick])
    return Found(turns, held, beside, telemetry, imports)


def raw(found: Found) -> dict[str, Any]:
    """Return the raw measurements."""
    told: dict[str, Any] = msgspec.to_builtins(found)
    return told
