"""Negative control: without the sweep jobs go missing, and the checker must see it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from chaos.claims.always import nothing_lost, nothing_twice, restored
from chaos.claims.controls import checker_goes_red, sweep_finishes_them
from chaos.experiment import FaultRecord
from chaos.faults.relays import jobs_stranded
from chaos.run_context import PlatformExperiment, RunContext
from chaos.steps import for_seconds, settle, steady
from chaos.traffic.load import Rates

# The only reports are the stranded ones.
_RATES = Rates(writes=20.0, reads=5.0, reports=0.0)


@asynccontextmanager
async def fault(context: RunContext) -> AsyncGenerator[FaultRecord]:
    organization = context.api.organization
    async with jobs_stranded(
        context.environment, context.client, context.requests, organization
    ) as fault_record:
        yield fault_record


EXPERIMENT = PlatformExperiment(
    name="control-relay-without-sweep",
    title="Control: the relay does not sweep, so jobs must go missing",
    steady=steady,
    fault=fault,
    hold=for_seconds(0.0),
    during=(checker_goes_red,),
    settle=settle,
    after=(sweep_finishes_them, nothing_lost, nothing_twice, restored),
    rates=_RATES,
    places=("local",),
)
