"""K4: a changed setting reaches every instance, and no request notices."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from chaos.acts import settle, steady
from chaos.claims.always import ALWAYS
from chaos.claims.cluster import pods_were_ready
from chaos.claims.requests import no_request_fails
from chaos.cluster_acts import until_promoted
from chaos.environments.cluster.presence import on_kubernetes
from chaos.experiment import Injury
from chaos.faults.releases import setting_changed
from chaos.stage import PlatformExperiment, Stage
from chaos.traffic.load import Rates

_RATES = Rates(writes=20.0, reads=40.0, reports=1.0)
_PROOF_SECONDS = 60.0


@asynccontextmanager
async def fault(stage: Stage) -> AsyncGenerator[Injury]:
    async with setting_changed(on_kubernetes(stage.environment)) as injury:
        yield injury


EXPERIMENT = PlatformExperiment(
    name="good-release",
    title="A changed setting is released under load",
    steady=steady,
    fault=fault,
    hold=until_promoted,
    during=(pods_were_ready,),
    settle=settle,
    after=(no_request_fails("rollout.failed-requests"), *ALWAYS),
    proof_seconds=_PROOF_SECONDS,
    rates=_RATES,
    places=("kubernetes",),
)
