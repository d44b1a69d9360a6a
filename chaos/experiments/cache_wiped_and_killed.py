"""R4: the cache forgets everything and dies; the database answers in its place."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from chaos.acts import for_seconds, settle, steady
from chaos.claims.always import ALWAYS
from chaos.claims.requests import no_request_fails
from chaos.experiment import Injury
from chaos.faults.stores import wiped_and_killed
from chaos.stage import PlatformExperiment, Stage

_DOWN_SECONDS = 5.0


@asynccontextmanager
async def fault(stage: Stage) -> AsyncGenerator[Injury]:
    async with wiped_and_killed(stage.environment, "cache") as injury:
        yield injury


EXPERIMENT = PlatformExperiment(
    name="cache-wiped-and-killed",
    title="The cache is wiped and killed",
    steady=steady,
    fault=fault,
    hold=for_seconds(_DOWN_SECONDS),
    during=(),
    settle=settle,
    after=(no_request_fails("recovery.cache-wiped-errors"), *ALWAYS),
)
