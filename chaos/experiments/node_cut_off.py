"""K3: a node is cut off with all that runs on it; the rest goes on without it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from chaos.acts import settle, until_writes_flow
from chaos.claims.always import LEDGER, whole_again
from chaos.claims.jobs import every_job_finishes
from chaos.claims.requests import writes_resume
from chaos.cluster_acts import steady_with_primary_apart
from chaos.environments.cluster.presence import on_kubernetes
from chaos.experiment import Injury
from chaos.faults.nodes import node_cut_off
from chaos.stage import PlatformExperiment, Stage
from chaos.traffic.load import Rates

# Every request to an instance on that node is silent until its routes are gone.
_RATES = Rates(writes=20.0, reads=8.0, reports=1.0)
_PROOF_SECONDS = 40.0


@asynccontextmanager
async def fault(stage: Stage) -> AsyncGenerator[Injury]:
    async with node_cut_off(on_kubernetes(stage.environment)) as injury:
        yield injury


EXPERIMENT = PlatformExperiment(
    name="node-cut-off",
    title="A node is cut off from all others",
    steady=steady_with_primary_apart,
    fault=fault,
    hold=until_writes_flow,
    during=(),
    settle=settle,
    after=(
        writes_resume("recovery.node-cut-off"),
        every_job_finishes,
        *LEDGER,
        whole_again("recovery.node-restored"),
    ),
    proof_seconds=_PROOF_SECONDS,
    rates=_RATES,
    places=("kubernetes",),
)
