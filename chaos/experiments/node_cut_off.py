"""K3: a node is cut off with all its pods; the rest of the platform continues."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from chaos.claims.always import LEDGER, recovers_within
from chaos.claims.jobs import every_job_finishes
from chaos.claims.requests import writes_resume
from chaos.cluster_steps import steady_with_primary_apart
from chaos.environments.kubernetes import on_kubernetes
from chaos.experiment import FaultRecord
from chaos.faults.nodes import node_cut_off
from chaos.run_context import PlatformExperiment, RunContext
from chaos.steps import settle, until_writes_flow
from chaos.traffic.load import Rates

# Every request to an instance on that node gets no response until its routes are gone.
_RATES = Rates(writes=20.0, reads=8.0, reports=1.0)
_PROOF_SECONDS = 40.0


@asynccontextmanager
async def fault(context: RunContext) -> AsyncGenerator[FaultRecord]:
    async with node_cut_off(on_kubernetes(context.environment)) as fault_record:
        yield fault_record


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
        recovers_within("recovery.node-restored"),
    ),
    proof_seconds=_PROOF_SECONDS,
    rates=_RATES,
    places=("kubernetes",),
)
