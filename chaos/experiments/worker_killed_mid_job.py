"""W1: a worker dies while it holds running jobs; others finish them, once."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from chaos.acts import for_seconds, settle, steady
from chaos.claims.always import ALWAYS
from chaos.claims.jobs import cut_off_jobs_run_again, every_job_finishes
from chaos.experiment import Injury
from chaos.faults.workers import worker_killed_holding_jobs
from chaos.stage import PlatformExperiment, Stage
from chaos.traffic.load import Rates

# Many reports and few writes, so that a worker is often caught at one.
_RATES = Rates(writes=20.0, reads=5.0, reports=20.0)


@asynccontextmanager
async def fault(stage: Stage) -> AsyncGenerator[Injury]:
    worker = stage.environment.workers[0]
    async with worker_killed_holding_jobs(stage.environment, worker) as injury:
        yield injury


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
