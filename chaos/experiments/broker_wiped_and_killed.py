"""R1: the broker forgets everything and dies; Postgres owns the jobs, none is lost."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from chaos.acts import for_seconds, settle, steady
from chaos.claims.always import ALWAYS
from chaos.claims.jobs import backlog_drains, every_job_finishes
from chaos.claims.requests import no_request_fails
from chaos.experiment import Injury
from chaos.faults.stores import wiped_and_killed
from chaos.stage import PlatformExperiment, Stage

_DOWN_SECONDS = 5.0


@asynccontextmanager
async def fault(stage: Stage) -> AsyncGenerator[Injury]:
    async with wiped_and_killed(stage.environment, "broker") as injury:
        yield injury


EXPERIMENT = PlatformExperiment(
    name="broker-wiped-and-killed",
    title="The broker is wiped and killed",
    steady=steady,
    fault=fault,
    hold=for_seconds(_DOWN_SECONDS),
    during=(),
    settle=settle,
    after=(
        no_request_fails("recovery.broker-wiped-errors"),
        backlog_drains,
        every_job_finishes,
        *ALWAYS,
    ),
)
