"""K4: a changed setting reaches every instance, and no request fails."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from chaos.claims.always import ALWAYS
from chaos.claims.cluster import pods_were_ready
from chaos.claims.requests import no_request_fails
from chaos.cluster_steps import until_promoted
from chaos.environments.kubernetes import on_kubernetes
from chaos.experiment import FaultRecord
from chaos.faults.releases import setting_changed
from chaos.run_context import PlatformExperiment, RunContext
from chaos.steps import settle, steady
from chaos.traffic.load import Rates

_RATES = Rates(writes=20.0, reads=40.0, reports=1.0)
_PROOF_SECONDS = 60.0


@asynccontextmanager
async def fault(context: RunContext) -> AsyncGenerator[FaultRecord]:
    async with setting_changed(on_kubernetes(context.environment)) as fault_record:
        yield fault_record


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
