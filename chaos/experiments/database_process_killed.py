"""D1: kill -9 of the leader's Postgres; its agent lives and sees it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from chaos.acts import settle, steady, until_writes_flow
from chaos.claims.always import ALWAYS
from chaos.claims.requests import writes_resume
from chaos.experiment import Injury
from chaos.faults.kills import postgres_killed
from chaos.probes.wholeness import find_leader
from chaos.stage import PlatformExperiment, Stage


@asynccontextmanager
async def fault(stage: Stage) -> AsyncGenerator[Injury]:
    leader = await find_leader(stage.environment)
    async with postgres_killed(stage.environment, leader) as injury:
        yield injury


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
