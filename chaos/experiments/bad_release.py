"""K5: a release that answers some requests wrongly is taken back by itself."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from chaos.acts import settle, steady
from chaos.claims.always import ALWAYS
from chaos.claims.cluster import release_costs_little, rolled_back_by_itself
from chaos.cluster_acts import until_rolled_back
from chaos.environments.cluster.presence import on_kubernetes
from chaos.experiment import Injury
from chaos.faults.releases import badly_released
from chaos.stage import PlatformExperiment, Stage
from chaos.traffic.load import Rates

_RATES = Rates(writes=20.0, reads=40.0, reports=1.0)
_PROOF_SECONDS = 90.0


@asynccontextmanager
async def fault(stage: Stage) -> AsyncGenerator[Injury]:
    cluster = on_kubernetes(stage.environment)
    async with badly_released(cluster, stage.load.attempts) as injury:
        yield injury


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
