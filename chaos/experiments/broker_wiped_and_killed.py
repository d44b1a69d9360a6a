"""R1: the broker loses its data and dies; Postgres owns the jobs, none is lost."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from chaos.claims.always import ALWAYS
from chaos.claims.jobs import backlog_drains, every_job_finishes
from chaos.claims.requests import no_request_fails
from chaos.experiment import FaultRecord
from chaos.faults.stores import wiped_and_killed
from chaos.run_context import PlatformExperiment, RunContext
from chaos.steps import for_seconds, settle, steady

_DOWN_SECONDS = 5.0


@asynccontextmanager
async def fault(context: RunContext) -> AsyncGenerator[FaultRecord]:
    async with wiped_and_killed(context.environment, "broker") as fault_record:
        yield fault_record


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
