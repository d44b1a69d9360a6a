"""D2: the leader's host dies; undone, the old member rejoins without hands."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from chaos.acts import settle, steady, until_writes_flow
from chaos.claims.always import ALWAYS
from chaos.claims.requests import writes_resume
from chaos.experiment import Injury
from chaos.faults.kills import host_killed
from chaos.probes.wholeness import find_leader
from chaos.stage import PlatformExperiment, Stage


@asynccontextmanager
async def fault(stage: Stage) -> AsyncGenerator[Injury]:
    leader = await find_leader(stage.environment)
    async with host_killed(stage.environment, leader) as injury:
        yield injury


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
