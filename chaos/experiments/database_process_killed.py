"""D1: kill -9 of the leader's Postgres; its agent survives and detects it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from chaos.claims.always import ALWAYS
from chaos.claims.requests import writes_resume
from chaos.experiment import FaultRecord
from chaos.faults.kills import postgres_killed
from chaos.probes.health import find_leader
from chaos.run_context import PlatformExperiment, RunContext
from chaos.steps import settle, steady, until_writes_flow


@asynccontextmanager
async def fault(context: RunContext) -> AsyncGenerator[FaultRecord]:
    leader = await find_leader(context.environment)
    async with postgres_killed(context.environment, leader) as fault_record:
        yield fault_record


EXPERIMENT = PlatformExperiment(
    name="database-process-killed",
    title="Postgres of the leader is killed, Patroni is not",
    steady=steady,
    fault=fault,
    hold=until_writes_flow,
    during=(),
    settle=settle,
    after=(writes_resume("recovery.database-process-killed"), *ALWAYS),
    places=("local",),
)
