"""K2: the broker's leading pod dies; another takes its place, and no job is lost."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from chaos.claims.always import ALWAYS
from chaos.claims.cluster import broker_leads_again
from chaos.claims.jobs import every_job_finishes
from chaos.cluster_steps import until_broker_leads
from chaos.environments.kubernetes import on_kubernetes
from chaos.experiment import FaultRecord
from chaos.faults.kills import killed
from chaos.probes.broker import find_leading_pod
from chaos.run_context import PlatformExperiment, RunContext
from chaos.steps import settle, steady


@asynccontextmanager
async def fault(context: RunContext) -> AsyncGenerator[FaultRecord]:
    leader = await find_leading_pod(on_kubernetes(context.environment))
    async with killed(context.environment, leader) as fault_record:
        yield fault_record


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
