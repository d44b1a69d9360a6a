"""A drill as an experiment: the same sequence, context and ledger."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from chaos.claims.always import nothing_lost
from chaos.drills.alerts import AlertWatch, Sources
from chaos.drills.claims import (
    detected,
    fires_as_predicted,
    page_sees,
    recovered,
    resolves,
)
from chaos.drills.drill import Drill, DrillRecord
from chaos.drills.pages import Pages
from chaos.drills.predictions import Prediction
from chaos.drills.steps import (
    settle_until_silent,
    steady_and_silent,
    until_the_page_repaired,
)
from chaos.environments.environment import Environment
from chaos.experiment import Fault, FaultRecord
from chaos.faults.kills import host_killed
from chaos.run_context import PlatformExperiment, RunContext
from chaos.runner import RunListener, run_experiment
from chaos.traffic.load import Rates
from exchange.outcomes import Outcome
from targets import Targets

_OUTPUT_CHARACTERS: Final = 2_000
_BACKGROUND: Final = Rates(writes=12.0, reads=5.0, reports=1.0)


async def run_drill(  # noqa: PLR0913 - place, targets, output and listeners
    drill: Drill,
    environment: Environment,
    targets: Targets,
    *,
    sources: Sources,
    prediction: Prediction,
    pages: Pages,
    out: Path,
    listener: RunListener,
) -> Outcome:
    """Kill, wait for the alert, follow the page; write the outcome to `out`."""

    async with AlertWatch(sources) as watch:
        record = DrillRecord(watch, prediction)
        experiment = make_experiment(drill, record, pages)
        return await run_experiment(
            experiment, environment, targets, out=out, listener=listener
        )


def make_experiment(
    drill: Drill, record: DrillRecord, pages: Pages
) -> PlatformExperiment:
    """Build the experiment that runs the drill."""
    return PlatformExperiment(
        name=drill.name,
        title=drill.title,
        steady=steady_and_silent(drill, record, pages),
        fault=_killed_and_held(drill),
        hold=until_the_page_repaired(drill, record, pages),
        during=(),
        settle=settle_until_silent(drill, record),
        after=(
            fires_as_predicted(drill, record),
            detected(drill, record),
            page_sees(drill, record),
            recovered(drill, record),
            resolves(drill, record),
            nothing_lost,
        ),
        rates=_BACKGROUND,
        kind="drill",
        extra_facts=lambda: describe(drill, record),
    )


def _killed_and_held(drill: Drill) -> Fault[RunContext]:
    @asynccontextmanager
    async def fault(context: RunContext) -> AsyncGenerator[FaultRecord]:
        name = await drill.fault_target(context)
        async with host_killed(context.environment, name) as fault_record:
            yield fault_record

    return fault


def describe(drill: Drill, record: DrillRecord) -> dict[str, Any]:
    """Return the alert, every other active alert, and each executed block."""
    steps = record.page_run.steps if record.page_run else []
    return {
        "alert": drill.alert,
        "page": drill.page,
        "parameters": record.page_run.parameters if record.page_run else {},
        "prediction": msgspec.to_builtins(record.prediction),
        "fired_at": record.fired_at,
        "notified_at": record.notified_at,
        "repaired_at": record.repaired_at,
        "resolved_at": record.resolved_at,
        "alerts": msgspec.to_builtins(record.watch.spans),
        "other_alerts": record.watch.fired(besides=drill.alert),
        "steps": [
            msgspec.to_builtins(step) | {"output": step.output[-_OUTPUT_CHARACTERS:]}
            for step in steps
        ],
    }
