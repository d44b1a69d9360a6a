"""W1: a worker dies while it holds running jobs; others finish them, once."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from chaos.claims.always import ALWAYS
from chaos.claims.jobs import cut_off_jobs_run_again, every_job_finishes
from chaos.experiment import FaultRecord
from chaos.faults.workers import worker_killed_holding_jobs
from chaos.run_context import PlatformExperiment, RunContext
from chaos.steps import for_seconds, settle, steady
from chaos.traffic.load import Rates

# Many reports and few writes, so that a worker is often caught with a job.
_RATES = Rates(writes=20.0, reads=5.0, reports=20.0)


@asynccontextmanager
async def fault(context: RunContext) -> AsyncGenerator[FaultRecord]:
    worker = context.environment.workers[0]
    async with worker_killed_holding_jobs(context.environment, worker) as fault_record:
        yield fault_record


EXPERIMENT = PlatformExperiment(
    name="worker-killed-mid-job",
    title="A worker is killed while it holds running jobs",
    steady=steady,
    fault=fault,
    hold=for_seconds(0.0),
    during=(cut_off_jobs_run_again,),
    settle=settle,
    after=(every_job_finishes, *ALWAYS),
    rates=_RATES,
)
