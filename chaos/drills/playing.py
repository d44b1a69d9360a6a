"""A drill as an experiment: the same frame, stage and ledger."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from chaos.claims.always import nothing_lost
from chaos.drills.acts import (
    settle_until_silent,
    steady_and_silent,
    until_the_page_helped,
)
from chaos.drills.alerts import AlertWatch, Sources
from chaos.drills.claims import (
    detected,
    fires_as_predicted,
    page_sees,
    recovered,
    resolves,
)
from chaos.drills.drill import Drill, Notes
from chaos.drills.facts import describe
from chaos.drills.pages import Pages
from chaos.drills.predictions import Prediction
from chaos.environments.environment import Environment
from chaos.experiment import Fault, Injury
from chaos.faults.kills import host_killed
from chaos.play import Audience, play
from chaos.stage import PlatformExperiment, Stage
from chaos.traffic.load import Rates
from exchange.outcomes import Outcome
from targets import Targets

_BACKGROUND: Final = Rates(writes=12.0, reads=5.0, reports=1.0)


async def play_drill(  # noqa: PLR0913 - where, what, and who looks on
    drill: Drill,
    environment: Environment,
    targets: Targets,
    *,
    sources: Sources,
    prediction: Prediction,
    pages: Pages,
    out: Path,
    audience: Audience,
) -> Outcome:
    """Kill, wait for the alert, follow the page; the outcome is written to `out`."""

    async with AlertWatch(sources) as watch:
        notes = Notes(watch, prediction)
        experiment = make_experiment(drill, notes, pages)
        return await play(experiment, environment, targets, out=out, audience=audience)


def make_experiment(drill: Drill, notes: Notes, pages: Pages) -> PlatformExperiment:
    """The drill in the frame of every experiment."""
    return PlatformExperiment(
        name=drill.name,
        title=drill.title,
        steady=steady_and_silent(drill, notes, pages),
        fault=_killed_and_held(drill),
        hold=until_the_page_helped(drill, notes, pages),
        during=(),
        settle=settle_until_silent(drill, notes),
        after=(
            fires_as_predicted(drill, notes),
            detected(drill, notes),
            page_sees(drill, notes),
            recovered(drill, notes),
            resolves(drill, notes),
            nothing_lost,
        ),
        rates=_BACKGROUND,
        kind="drill",
        tell_facts=lambda: describe(drill, notes),
    )


def _killed_and_held(drill: Drill) -> Fault[Stage]:
    @asynccontextmanager
    async def fault(stage: Stage) -> AsyncGenerator[Injury]:
        name = await drill.victim(stage)
        async with host_killed(stage.environment, name) as injury:
            yield injury

    return fault
