"""K1: the primary's pod dies with everything in it; the operator promotes another."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from chaos.acts import settle, steady, until_writes_flow
from chaos.claims.always import ALWAYS
from chaos.claims.requests import writes_resume
from chaos.experiment import Injury
from chaos.faults.kills import killed
from chaos.probes.wholeness import find_leader
from chaos.stage import PlatformExperiment, Stage


@asynccontextmanager
async def fault(stage: Stage) -> AsyncGenerator[Injury]:
    leader = await find_leader(stage.environment)
    async with killed(stage.environment, leader) as injury:
        yield injury


EXPERIMENT = PlatformExperiment(
    name="database-pod-killed",
    title="The database's primary pod is killed",
    steady=steady,
    fault=fault,
    hold=until_writes_flow,
    during=(),
    settle=settle,
    after=(writes_resume("recovery.database-pod-killed"), *ALWAYS),
    places=("kubernetes",),
)
