"""K1: the primary's pod dies with everything in it; the operator promotes another."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from chaos.claims.always import ALWAYS
from chaos.claims.requests import writes_resume
from chaos.experiment import FaultRecord
from chaos.faults.kills import killed
from chaos.probes.health import find_leader
from chaos.run_context import PlatformExperiment, RunContext
from chaos.steps import settle, steady, until_writes_flow


@asynccontextmanager
async def fault(context: RunContext) -> AsyncGenerator[FaultRecord]:
    leader = await find_leader(context.environment)
    async with killed(context.environment, leader) as fault_record:
        yield fault_record


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
