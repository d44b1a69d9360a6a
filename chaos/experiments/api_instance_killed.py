"""A1: one API instance dies under load; only its requests in flight fail."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from chaos.claims.always import ALWAYS
from chaos.claims.requests import only_requests_in_flight_fail
from chaos.experiment import FaultRecord
from chaos.faults.kills import instance_killed
from chaos.run_context import PlatformExperiment, RunContext
from chaos.steps import for_seconds, settle, steady
from chaos.traffic.load import Rates

# Busy enough that requests are in flight when the instance dies.
_RATES = Rates(writes=60.0, reads=60.0, reports=3.0)
_WATCH_SECONDS = 5.0


@asynccontextmanager
async def fault(context: RunContext) -> AsyncGenerator[FaultRecord]:
    instance = context.environment.api_instances[0]
    killed = instance_killed(context.environment, instance, context.load)
    async with killed as fault_record:
        yield fault_record


EXPERIMENT = PlatformExperiment(
    name="api-instance-killed",
    title="One API instance is killed under load",
    steady=steady,
    fault=fault,
    hold=for_seconds(_WATCH_SECONDS),
    during=(),
    settle=settle,
    after=(only_requests_in_flight_fail("recovery.api-instance-killed"), *ALWAYS),
    rates=_RATES,
)
