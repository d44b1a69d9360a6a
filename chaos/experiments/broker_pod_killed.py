"""K2: the broker's leading pod dies; another takes its place, and no job is lost."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from chaos.acts import settle, steady
from chaos.claims.always import ALWAYS
from chaos.claims.cluster import broker_leads_again
from chaos.claims.jobs import every_job_finishes
from chaos.cluster_acts import until_broker_leads
from chaos.environments.cluster.presence import on_kubernetes
from chaos.experiment import Injury
from chaos.faults.brokers import find_leading_pod
from chaos.faults.kills import killed
from chaos.stage import PlatformExperiment, Stage


@asynccontextmanager
async def fault(stage: Stage) -> AsyncGenerator[Injury]:
    leader = await find_leading_pod(on_kubernetes(stage.environment))
    async with killed(stage.environment, leader) as injury:
        yield injury


EXPERIMENT = PlatformExperiment(
    name="broker-pod-killed",
    title="The broker's leading pod is killed",
    steady=steady,
    fault=fault,
    hold=until_broker_leads,
    during=(broker_leads_again,),
    settle=settle,
    after=(every_job_finishes, *ALWAYS),
    places=("kubernetes",),
)
