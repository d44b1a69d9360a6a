"""D2: the leader's host dies; once undone, the old member rejoins automatically."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from chaos.claims.always import ALWAYS
from chaos.claims.requests import writes_resume
from chaos.experiment import FaultRecord
from chaos.faults.kills import host_killed
from chaos.probes.health import find_leader
from chaos.run_context import PlatformExperiment, RunContext
from chaos.steps import settle, steady, until_writes_flow


@asynccontextmanager
async def fault(context: RunContext) -> AsyncGenerator[FaultRecord]:
    leader = await find_leader(context.environment)
    async with host_killed(context.environment, leader) as fault_record:
        yield fault_record


EXPERIMENT = PlatformExperiment(
    name="database-host-killed",
    title="The leader's host dies: Patroni and Postgres at once",
    steady=steady,
    fault=fault,
    hold=until_writes_flow,
    during=(),
    settle=settle,
    after=(writes_resume("recovery.database-host-killed"), *ALWAYS),
    places=("local",),
)
