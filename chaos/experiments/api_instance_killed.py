"""A1: one API instance dies under load; only what it was answering fails."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from chaos.acts import for_seconds, settle, steady
from chaos.claims.always import ALWAYS
from chaos.claims.requests import only_requests_in_flight_fail
from chaos.experiment import Injury
from chaos.faults.kills import instance_killed
from chaos.stage import PlatformExperiment, Stage
from chaos.traffic.load import Rates

# Busy enough that requests are in flight when the instance dies.
_RATES = Rates(writes=60.0, reads=60.0, reports=3.0)
_WATCH_SECONDS = 5.0


@asynccontextmanager
async def fault(stage: Stage) -> AsyncGenerator[Injury]:
    instance = stage.environment.api_instances[0]
    killed = instance_killed(stage.environment, instance, stage.load)
    async with killed as injury:
        yield injury


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
