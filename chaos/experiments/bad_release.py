"""K5: a release with some wrong responses is rolled back automatically."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from chaos.claims.always import ALWAYS
from chaos.claims.cluster import release_costs_little, rolled_back_by_itself
from chaos.cluster_steps import until_rolled_back
from chaos.environments.kubernetes import on_kubernetes
from chaos.experiment import FaultRecord
from chaos.faults.releases import badly_released
from chaos.run_context import PlatformExperiment, RunContext
from chaos.steps import settle, steady
from chaos.traffic.load import Rates

_RATES = Rates(writes=20.0, reads=40.0, reports=1.0)
_PROOF_SECONDS = 90.0


@asynccontextmanager
async def fault(context: RunContext) -> AsyncGenerator[FaultRecord]:
    cluster = on_kubernetes(context.environment)
    async with badly_released(cluster, context.load.attempts) as fault_record:
        yield fault_record


EXPERIMENT = PlatformExperiment(
    name="bad-release",
    title="A release that fails some requests is rolled out",
    steady=steady,
    fault=fault,
    hold=until_rolled_back,
    during=(rolled_back_by_itself,),
    settle=settle,
    after=(release_costs_little, *ALWAYS),
    proof_seconds=_PROOF_SECONDS,
    rates=_RATES,
    places=("kubernetes",),
)
